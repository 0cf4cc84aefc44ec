"""What people who look at a racing day are shown of it: its meetings, their races in a line each."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceLine:
    """A race in short. `start_time` is the advertised start, `distance` in metres.

    `status` is `Open`, `Closed`, `Interim`, `Final` or `Abandoned`, or another word of the source. `seen_at` is the
    source's time of the last answer taken of the race itself, an unchanged one too; null: there was none.
    `result_status` is `interim` or `final` once there are results.
    """

    race_id: str
    meeting_id: str
    meeting_name: str
    country: str
    category: str
    race_number: int
    name: str
    start_time: datetime
    actual_start: datetime | None
    status: str
    distance: int | None
    track_condition: str | None
    weather: str | None
    field_size: int | None
    protest: bool | None
    result_status: str | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLine:
    """A meeting with its races by their numbers. `date` is the card's day; `category` is `T` or `H`.

    `status` is `active`, `completed` or `abandoned`.
    """

    meeting_id: str
    meeting_name: str
    country: str
    state: str | None
    category: str
    category_name: str
    date: date
    status: str
    tote_status: str | None
    track_condition: str | None
    track_direction: str | None
    track_surface: str | None
    rail_position: str | None
    weather: str | None
    first_race_start: datetime | None
    last_race_start: datetime | None
    races: tuple[RaceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A racing day's meetings in order of their first race, seen at the instant `now`."""

    racing_day: date
    now: datetime
    meetings: tuple[MeetingLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceList:
    """Races by their start, seen at the instant `now`; `next` is where the following page begins (null: no more)."""

    now: datetime
    races: tuple[RaceLine, ...]
    next: str | None
