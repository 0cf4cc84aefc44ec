"""Small values and small answers of the source with sensible defaults, so that a test names only what it is about.

Values: `race()`, `entrant()`, `pools()`, `results()`, `big_bet()`, `money_point()`, `snapshot()`,
`minutes_before()`, `state()`, `meeting()`, `card_line()`.
Answers, as documents in the source's own spelling: `event()`, `meetings()` and their parts;
`mapped()` reads an event the way the daemon does.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from raceday_daemon.market.meeting_summary import CardLine
from raceday_daemon.model.changes import RaceState
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet, MoneyFlowPoint, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.event_mapping import race_snapshot
from raceday_daemon.nztab.payloads import EventAnswer

Document = dict[str, Any]

MEETING_ID = "meeting-1"
RACE_ID = "race-1"
START = datetime(2025, 7, 17, 0, 50, tzinfo=UTC)
GENERATED = datetime(2025, 7, 17, 0, 40, tzinfo=UTC)
"""The source's time of the answers made here: ten minutes before the start."""
NOW = datetime(2025, 7, 17, 0, 40, 1, 500_000, tzinfo=UTC)
"""This machine's time of writing them."""


def later(seconds: float, than: datetime = GENERATED) -> datetime:
    """Give an instant that many seconds later."""
    return than + timedelta(seconds=seconds)


def race(**changes: Any) -> Race:
    """Give an open race of the meeting."""
    return Race(
        **{
            "race_id": RACE_ID,
            "meeting_id": MEETING_ID,
            "name": "Maiden Plate",
            "race_number": 1,
            "start_time": START,
            "status": "Open",
            **changes,
        }
    )


def entrant(number: int = 1, **changes: Any) -> Entrant:
    """Give the runner of that number, without prices or money; its id is `runner-N`."""
    return Entrant(
        **{
            "entrant_id": f"runner-{number}",
            "race_id": RACE_ID,
            "name": f"Horse {number}",
            "runner_number": number,
            **changes,
        }
    )


def pools(**changes: Any) -> RacePools:
    """Give the race's pools, none known."""
    return RacePools(**{"race_id": RACE_ID, **changes})


def results(**changes: Any) -> RaceResults:
    """Give final results of one placing."""
    return RaceResults(
        **{
            "race_id": RACE_ID,
            "results_available": True,
            "result_status": "final",
            "results_data": '[{"position":1}]',
            **changes,
        }
    )


def big_bet(bet_id: str = "bet-1", **changes: Any) -> BigBet:
    """Give a bet of $1,000 on runner 1."""
    return BigBet(
        **{
            "bet_id": bet_id,
            "race_id": RACE_ID,
            "entrant_id": "runner-1",
            "title": "Big bet",
            "description": None,
            "stake": 100_000,
            "odds": 5.0,
            "placed_at": GENERATED,
            "legs": 1,
            **changes,
        }
    )


def money_point(**changes: Any) -> MoneyFlowPoint:
    """Give runner 1's point of ten minutes before the start, without figures."""
    return MoneyFlowPoint(
        **{
            "entrant_id": "runner-1",
            "race_id": RACE_ID,
            "time_to_start": 10,
            "time_interval": 10,
            "interval_type": "1m",
            "event_timestamp": GENERATED,
            "polling_timestamp": NOW,
            **changes,
        }
    )


def snapshot(**changes: Any) -> RaceSnapshot:
    """Give what the source says of the open race, without runners."""
    return RaceSnapshot(**{"generated_time": GENERATED, "race": race(), "pools": pools(), **changes})


def minutes_before(minutes: float, win: int | None = None, **changes: Any) -> RaceSnapshot:
    """Give what the source says so long before the advertised start: one runner with that much in the Win pool.

    There are pools: if all were missing, they would count as not read, and the amounts would stay as they are stored.
    """
    return snapshot(
        **{
            "generated_time": later(-60 * minutes, START),
            "entrants": (entrant(win_pool_amount=win),),
            "pools": pools(win_pool_total=1, place_pool_total=1),
            **changes,
        }
    )


def state(*entrants: Entrant, **changes: Any) -> RaceState:
    """Give what is stored of a race: these entrants, and nothing else unless named."""
    return RaceState(**{"entrants": {one.entrant_id: one for one in entrants}, **changes})


def meeting(**changes: Any) -> Meeting:
    """Give a meeting that nothing is derived for yet."""
    return Meeting(
        **{
            "meeting_id": MEETING_ID,
            "meeting_name": "Awapuni",
            "country": "NZ",
            "category": "T",
            "category_name": "Thoroughbred Horse Racing",
            "date": date(2025, 7, 17),
            **changes,
        }
    )


def card_line(number: int = 1, **changes: Any) -> CardLine:
    """Give the line of race N, half an hour after the one before."""
    return CardLine(
        **{
            "race_id": f"race-{number}",
            "start_time": START + timedelta(minutes=30 * (number - 1)),
            "status": "Open",
            "weather": None,
            **changes,
        }
    )


def body(document: Document) -> bytes:
    """Give an answer as the source sends it."""
    return json.dumps(document).encode()


def mapped(document: Document) -> RaceSnapshot:
    """Read an event's answer."""
    return race_snapshot(*decode(EventAnswer, body(document)))


def answer(data: Any, generated_time: Any = "2025-07-17T00:40:00.123456789Z") -> Document:
    """Give an answer around its data."""
    return {"header": {"title": "", "generated_time": generated_time}, "params": {"enc": "json"}, "data": data}


def event(*runners: Document, race: Document | None = None, **data: Any) -> Document:
    """Give an event's answer: these runners (two if none are named), changes to its race, and the rest of its data."""
    return answer({"race": event_race(**(race or {})), "runners": list(runners) or [runner(1), runner(2)], **data})


def event_race(**changes: Any) -> Document:
    """Give the race of an event."""
    return {
        "event_id": RACE_ID,
        "meeting_id": MEETING_ID,
        "status": "Open",
        "description": "Maiden Plate",
        "advertised_start": int(START.timestamp()),
        "race_number": 1,
        **changes,
    }


def runner(number: int, odds: Document | None = None, **changes: Any) -> Document:
    """Give the runner of that number; its id is `runner-N`."""
    sent = {"entrant_id": f"runner-{number}", "name": f"Horse {number}", "runner_number": number, **changes}
    return sent if odds is None else {**sent, "odds": odds}


def placing(position: int, number: int, **changes: Any) -> Document:
    """Give the placing of runner N."""
    return {"position": position, "entrant_id": f"runner-{number}", "runner_number": number, **changes}


def dividend(product: str = "Pool Win", amount: Any = 3.5, status: str = "Final", **changes: Any) -> Document:
    """Give a dividend."""
    return {"tote": "NZ", "product_name": product, "status": status, "dividend": amount, "description": "1", **changes}


def pool(product: str, total: Any, trend: str | None = None) -> Document:
    """Give a tote pool, with the XML of its tote trend where there is one."""
    sent = {"product_type": product, "total": total}
    return sent if trend is None else {**sent, "tote_trends": {"tote_trends_data": trend}}


def money(*rows: tuple[str, Any, Any]) -> Document:
    """Give a money tracker of rows (entrant id, hold, bet)."""
    return {"entrants": [{"entrant_id": who, "hold_percentage": h, "bet_percentage": b} for who, h, b in rows]}


def bet(**changes: Any) -> Document:
    """Give a bet that the source made public."""
    return {
        "title": "Big bet",
        "description": ["$1,000 on Horse 1"],
        "stake": 1000,
        "legs": [{"race": {"entrant_id": "runner-1"}}],
        "place_time": "2025-07-17T00:39:59.123456789Z",
        "place_odds": 5.5,
        **changes,
    }


def card_race(number: int = 1, **changes: Any) -> Document:
    """Give a race as /meetings lists it; its id is `race-N`."""
    return {
        "id": f"race-{number}",
        "race_number": number,
        "name": f"Race {number}",
        "start_time": "2025-07-17T00:50:00Z",
        "status": "Open",
        **changes,
    }


def card_meeting(number: int = 1, *races: Document, **changes: Any) -> Document:
    """Give a meeting as /meetings lists it, with one race unless others are named; its id is `meeting-N`."""
    return {
        "meeting": f"meeting-{number}",
        "name": f"Track {number}",
        "date": "2025-07-17T00:00:00Z",
        "country": "NZ",
        "category": "T",
        "category_name": "Thoroughbred Horse Racing",
        "races": list(races) or [card_race(number)],
        **changes,
    }


def meetings(*sent: Document) -> Document:
    """Give an answer of /meetings."""
    return answer({"meetings": list(sent)})


def trend_xml(bet_type: str = "WIN", race_number: int = 1, total: str = "1000.00", **investments: str) -> str:
    """Give the XML of a tote trend; the money is named by runner: `r1="250.00"`."""
    runners = "".join(
        f'<runner runner_number="{who[1:]}"><runner_scratched>N</runner_scratched>'
        f"<runner_investment>{amount}</runner_investment></runner>"
        for who, amount in investments.items()
    )
    return (
        f'<meetings><meeting meeting_number="4"><race race_number="{race_number}"><bet_types>'
        f'<bet_type type="{bet_type}"><pool_total>{total}</pool_total><runners>{runners}</runners></bet_type>'
        "</bet_types></race></meeting></meetings>"
    )
