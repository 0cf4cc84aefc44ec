"""What follows for a meeting from its races: its status, its first and last start, and the going of its next race."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from raceday_daemon.model.meeting import ABANDONED, ACTIVE, COMPLETED, Meeting
from raceday_daemon.model.race import ABANDONED as RACE_ABANDONED
from raceday_daemon.model.race import is_over
from raceday_daemon.model.snapshot import TrackDetails


@dataclass(frozen=True, slots=True)
class CardLine:
    """A race as a line of its meeting's card."""

    race_id: str
    start_time: datetime
    status: str
    weather: str | None


def next_race(card: Sequence[CardLine]) -> CardLine | None:
    """Give the first race by start that is not over, else the last one; None for an empty card."""
    by_start = sorted(card, key=lambda line: (line.start_time, line.race_id))
    return next((line for line in by_start if not is_over(line.status)), by_start[-1] if by_start else None)


def summarised(meeting: Meeting, card: Sequence[CardLine]) -> Meeting:
    """Give the meeting with the fields that follow from `card`, its races that are not withdrawn."""
    upcoming = next_race(card)
    starts = [line.start_time for line in card]
    return replace(
        meeting,
        status=_status(card),
        weather=upcoming.weather if upcoming else None,
        first_race_start=min(starts, default=None),
        last_race_start=max(starts, default=None),
    )


def with_track(meeting: Meeting, track: TrackDetails, race_id: str, card: Sequence[CardLine]) -> Meeting:
    """Give the meeting with the track details of a race's answer, where that race may speak for the meeting.

    That is its next race, or any race while nothing is known: races of one card may differ (turf and synthetic), and
    taking the latest answer of whichever race would turn the row back and forth.
    """
    upcoming = next_race(card)
    known = meeting.track_direction or meeting.track_surface or meeting.rail_position
    if known and (upcoming is None or upcoming.race_id != race_id):
        return meeting
    return replace(
        meeting,
        track_direction=track.track_direction,
        track_surface=track.track_surface,
        rail_position=track.rail_position,
    )


def _status(card: Sequence[CardLine]) -> str:
    if not card or not all(is_over(line.status) for line in card):
        return ACTIVE
    return ABANDONED if all(line.status == RACE_ABANDONED for line in card) else COMPLETED
