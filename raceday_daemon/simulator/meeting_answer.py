"""The data of /meetings, /meetings/{id} and /list: cards of meetings and races, as the source sends them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from raceday_daemon.simulator.grid import AUCKLAND, spelled
from raceday_daemon.simulator.plan import MeetingPlan
from raceday_daemon.simulator.race_now import RaceNow, race_at

_CATEGORY_NAMES: Final = {"T": "Thoroughbred Horse Racing", "H": "Harness Horse Racing"}
_NO_TIME: Final = "0001-01-01T00:00:00Z"


def meeting_card(meeting: MeetingPlan, at: datetime) -> dict[str, Any]:
    """Give a meeting with its races as they stand."""
    now = [race_at(race, at) for race in meeting.races]
    venue = meeting.venue
    return {
        "meeting": meeting.meeting_id,
        "name": venue.name,
        "date": f"{meeting.day}T00:00:00Z",
        "track_condition": meeting.track_condition,
        "category": venue.category,
        "category_name": _CATEGORY_NAMES[venue.category],
        "country": venue.country,
        "state": venue.state,
        "races": [_race(meeting, race) for race in now],
        "video_channels": ["Trackside1"],
        **legs(meeting),
        "tote_meeting_number": meeting.tote_number,
        "tote_raceday_date": meeting.day.isoformat(),
        "tote_status": "Closed" if all(race.is_over for race in now) else "Open",
    }


def listed_race(meeting: MeetingPlan, now: RaceNow) -> dict[str, Any]:
    """Give a race as /list names it."""
    sent = {
        "id": now.plan.race_id,
        "name": now.plan.name,
        "number": now.plan.number,
        "meeting_id": meeting.meeting_id,
        "advertised_start": spelled(now.start),
        "actual_start": spelled(now.actual_start) if now.actual_start else _NO_TIME,
    }
    return sent | _protest(now)


def legs(meeting: MeetingPlan) -> dict[str, Any]:
    """Give the numbers of the races that bets over several races run over."""
    numbers = [race.number for race in meeting.races]
    found: dict[str, Any] = {}
    if len(numbers) >= 4:
        found |= {"quaddie": numbers[-4:], "early_quaddie": numbers[:4]}
    if meeting.venue.country == "NZ" and len(numbers) >= 3:
        found |= {"tote_running_double": _runs(numbers, 2), "tote_treble": _runs(numbers, 3)}
    return found


def multi_leg_pools(meeting: MeetingPlan, number: int) -> list[str]:
    """Name the pools over several races that begin with this one."""
    over = legs(meeting)
    firsts = {
        "EarlyQuadrella": over.get("early_quaddie", [])[:1],
        "Quadrella": over.get("quaddie", [])[:1],
        "RunningDouble": [run[0] for run in over.get("tote_running_double", [])],
        "Treble": [run[0] for run in over.get("tote_treble", [])],
    }
    return [product for product, first in firsts.items() if number in first]


def _race(meeting: MeetingPlan, now: RaceNow) -> dict[str, Any]:
    race = now.plan
    sent = {
        "id": race.race_id,
        "race_number": race.number,
        "name": race.name,
        "start_time": spelled(now.start),
        "tote_start_time": f"{now.start.astimezone(AUCKLAND):%H:%M:%S}",
        "track_condition": meeting.track_condition,
        "distance": race.distance,
        "weather": meeting.weather,
        "country": meeting.venue.country,
        "state": meeting.venue.state,
        "status": now.status,
    }
    return sent | _protest(now)


def _protest(now: RaceNow) -> dict[str, Any]:
    return {"protest": True, "protest_reason": now.protest_reason} if now.protest_reason else {}


def _runs(numbers: Sequence[int], length: int) -> list[list[int]]:
    """Give runs of so many races, the last of which ends with the last race."""
    first = len(numbers) % length
    return [list(numbers[start : start + length]) for start in range(first, len(numbers), length)]
