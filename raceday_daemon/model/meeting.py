"""A meeting: a day's card at one track, and what follows from its races."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

ACTIVE: Final = "active"
COMPLETED: Final = "completed"
ABANDONED: Final = "abandoned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting as the source describes it, what is derived from its races, and the daemon's marks.

    `date` is the calendar label of the card, not an instant: a card can run past midnight. `category` is T or H,
    `category_name` its full name. `track_direction`, `track_surface`, `rail_position` and `weather` are those of
    the meeting's next race (the source has none for a meeting); the fields from `status` to `last_race_start`
    follow from its races.
    """

    meeting_id: str
    meeting_name: str
    country: str
    category: str
    category_name: str
    date: date
    state: str | None = None
    track_condition: str | None = None
    tote_status: str | None = None
    track_direction: str | None = None
    track_surface: str | None = None
    rail_position: str | None = None

    weather: str | None = None
    status: str = ACTIVE
    first_race_start: datetime | None = None
    last_race_start: datetime | None = None

    withdrawn_at: datetime | None = None
    data_source: str | None = None
    api_generated_time: datetime | None = None
    last_updated: datetime | None = None
