"""What an event's answer says, as the rows that follow from it alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.auditor.answers import Document
from tests.auditor.matchers import JsonText
from tests.auditor.told_bets import told_bets
from tests.auditor.told_money import told_money, told_pools
from tests.auditor.told_results import told_results
from tests.auditor.values import epoch_instant, flag, instant_of, iso_instant, words

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEvent:
    """All that an answer says of its race; `generated` is the answer's own time, `track` what it says of the course.

    The rows lack what only the daemon knows, and what follows from earlier answers.
    """

    generated: str
    race: Row
    entrants: Mapping[str, Row]
    pools: Row
    results: Row | None
    bets: Mapping[str, Row]
    track: Row

    @property
    def start(self) -> datetime:
        """Give the advertised start."""
        return instant_of(self.race["startTime"])


def told_event(document: Document) -> ToldEvent:
    """Read an answer."""
    data = document["data"]
    runners = data.get("entrants") or data["runners"]
    pools = told_pools(data)
    money = told_money(data, runners, pools)
    race_id = data["race"]["event_id"]
    return ToldEvent(
        generated=iso_instant(document["header"]["generated_time"]),
        race=_race(data["race"]),
        entrants={one["entrant_id"]: _entrant(one, race_id) | money[one["entrant_id"]] for one in runners},
        pools=pools,
        results=told_results(data, runners),
        bets=told_bets(data),
        track={
            "trackDirection": words(data["race"].get("track_direction")),
            "trackSurface": words(data["race"].get("track_surface")),
            "railPosition": words(data["race"].get("rail_position")),
        },
    )


def _race(sent: Document) -> Row:
    channels = sent.get("video_channels")
    return {
        "raceId": sent["event_id"],
        "meeting": sent["meeting_id"],
        "meetingId": sent["meeting_id"],
        "name": sent["description"],
        "raceNumber": sent["race_number"],
        "startTime": epoch_instant(sent["advertised_start"]),
        "actualStart": epoch_instant(sent.get("actual_start")),
        "startTimeNz": words(sent.get("start_time_nz")),
        "raceDateNz": words(sent.get("race_date_nz")),
        "distance": sent.get("distance"),
        "trackCondition": words(sent.get("track_condition")),
        "trackSurface": words(sent.get("track_surface")),
        "weather": words(sent.get("weather")),
        "status": sent["status"],
        "type": words(sent.get("type")),
        "totalPrizeMoney": (sent.get("prize_monies") or {}).get("total_value"),
        "entrantCount": sent.get("entrant_count"),
        "fieldSize": sent.get("field_size"),
        "positionsPaid": sent.get("positions_paid"),
        "silkUrl": words(sent.get("silk_url")),
        "silkBaseUrl": words(sent.get("silk_base_url")),
        "videoChannels": JsonText(channels) if channels else None,
        "protest": flag(sent.get("protest")),
        "protestReason": words(sent.get("protest_reason")),
        "withdrawnAt": None,
    }


def _entrant(sent: Document, race_id: str) -> Row:
    odds = sent.get("odds") or {}
    fixed_win, fixed_place, pool_win, pool_place = (
        odds.get(name) or None for name in ("fixed_win", "fixed_place", "pool_win", "pool_place")
    )
    return {
        "entrantId": sent["entrant_id"],
        "race": race_id,
        "raceId": race_id,
        "name": sent["name"],
        "runnerNumber": sent["runner_number"],
        "barrier": sent.get("barrier"),
        "isScratched": flag(sent.get("is_scratched")),
        "isLateScratched": flag(sent.get("is_late_scratched")),
        "isEmergency": flag(sent.get("is_emergency")),
        "scratchTime": sent.get("scratch_time") or None,
        "jockey": words(sent.get("jockey")),
        "trainerName": words(sent.get("trainer_name")),
        "silkColours": words(sent.get("silk_colours")),
        "silkUrl64": words(sent.get("silk_url_64x64")),
        "silkUrl128": words(sent.get("silk_url_128x128")),
        "favourite": flag(sent.get("favourite")),
        "mover": flag(sent.get("mover")),
        "fixedWinOdds": fixed_win,
        "fixedPlaceOdds": fixed_place,
        "poolWinOdds": pool_win,
        "poolPlaceOdds": pool_place,
        "winOdds": fixed_win or pool_win,
        "placeOdds": fixed_place or pool_place,
    }
