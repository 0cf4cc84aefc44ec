"""Tote trends: the money in a pool by runner, as a third party's XML in a string."""

from datetime import timedelta
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from raceday_daemon.simulator.plan import MeetingPlan, RunnerPlan
from raceday_daemon.simulator.pools import Pool, pools
from raceday_daemon.simulator.race_now import RaceNow

BET_TYPES: Final = {"Win": "WIN", "Place": "PLC", "Trifecta": "TFA"}

_BEHIND: Final = timedelta(seconds=75)
_PLACES_OF_A_TRIFECTA: Final = 3


def tote_trends(meeting: MeetingPlan, now: RaceNow) -> dict[str, dict[str, Any]]:
    """Give the trends that come with a race's pools, by product; none while no money is there.

    The third party is a little behind, and leaves a scratched runner its money: its total is never the pool's own.
    """
    behind = pools(now.plan, now.market_at - _BEHIND, with_refunds=False)
    return {
        product: {
            "pool_total": behind[product].total / 100,
            "tote_trends_data": _document(meeting, now, behind[product]),
        }
        for product in BET_TYPES
        if product in now.plan.trends and behind[product].total
    }


def _document(meeting: MeetingPlan, now: RaceNow, pool: Pool) -> str:
    race, venue = now.plan, meeting.venue
    lines = [
        "<meetings>",
        f"  <date>{meeting.day}</date>",
        f'  <meeting meeting_number="{meeting.tote_number}" meeting_type="{_meeting_type(meeting)}">',
        f"    <meet_ID meet_mnem={quoteattr(venue.name[:4].upper())} NetSet_Name={quoteattr(venue.name)}/>",
        f'    <race race_number="{race.number}">',
        "      <bet_types>",
        f'        <bet_type type="{BET_TYPES[pool.product]}">',
        f"          <pool_total>{pool.total / 100:.2f}</pool_total>",
        f'          <runners race_number="{race.number}">',
        *(line for runner in race.runners for line in _runner(runner, now, pool)),
        "          </runners>",
        "        </bet_type>",
        "      </bet_types>",
        "    </race>",
        "  </meeting>",
        "</meetings>",
    ]
    return "\r\n".join(lines) + "\r\n"


def _meeting_type(meeting: MeetingPlan) -> str:
    return "R" if meeting.venue.category == "T" else meeting.venue.category


def _runner(runner: RunnerPlan, now: RaceNow, pool: Pool) -> list[str]:
    about = [
        f"              <runner_scratched>{runner.is_scratched(now.market_at)}</runner_scratched>",
        f"              <runner_name>{escape(runner.name)}</runner_name>",
    ]
    money = _investments(pool.product, pool.on_runners.get(runner.number, 0))
    # The order of the elements is not fixed.
    inside = [*about, *money] if runner.number % 2 else [*money, *about]
    return [f'            <runner runner_number="{runner.number}">', *inside, "            </runner>"]


def _investments(product: str, cents: int) -> list[str]:
    places = range(1, _PLACES_OF_A_TRIFECTA + 1) if product == "Trifecta" else [""]
    return [f"              <runner_investment{place}>{cents / 100:.2f}</runner_investment{place}>" for place in places]
