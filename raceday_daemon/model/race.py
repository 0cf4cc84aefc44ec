"""A race: when it starts, where it stands, and what it is run over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

OPEN: Final = "Open"
CLOSED: Final = "Closed"
INTERIM: Final = "Interim"
FINAL: Final = "Final"
ABANDONED: Final = "Abandoned"

_SPELLING = {status.lower(): status for status in (OPEN, CLOSED, INTERIM, FINAL, ABANDONED)}

_PROGRESS = {OPEN: 0, CLOSED: 1, INTERIM: 2, FINAL: 3, ABANDONED: 3}


def race_status(sent: str) -> str:
    """Spell a status of the source as the tables do; an unknown one stays as it came and counts as still active."""
    return _SPELLING.get(sent.strip().lower(), sent)


def further_status(one: str, other: str) -> str:
    """Give the status that is further on in a race's life: Open, Closed, Interim, then Final or Abandoned.

    An unknown one is further on than none of these, so the other counts.
    """
    return max(one, other, key=lambda status: _PROGRESS.get(status, -1))


def is_over(status: str) -> bool:
    """Say whether the race has ended: Final or Abandoned."""
    return status in (FINAL, ABANDONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """A race as the source describes it, and the marks that the daemon keeps on it.

    Starts are instants in UTC, `start_time` the advertised one; `distance` is in metres, `total_prize_money` in
    dollars; `video_channels` is a JSON array as text; `race_date_nz`, `start_time_nz` and `tote_start_time` are the
    source's own texts. What the source did not send is None.

    The marks from `imported_at` on are set when the race is written, never by a mapping: `imported_at`,
    `last_updated` and `last_poll_time` by this machine's clock, the others by the source's. `finalized_at` and
    `abandoned_at` are None for a race that was over when it was first seen: nobody here knows when it ended.
    """

    race_id: str
    meeting_id: str
    name: str
    race_number: int
    start_time: datetime
    status: str
    actual_start: datetime | None = None
    tote_start_time: str | None = None
    start_time_nz: str | None = None
    race_date_nz: str | None = None
    distance: int | None = None
    track_condition: str | None = None
    track_surface: str | None = None
    weather: str | None = None
    type: str | None = None
    total_prize_money: int | None = None
    entrant_count: int | None = None
    field_size: int | None = None
    positions_paid: int | None = None
    silk_url: str | None = None
    silk_base_url: str | None = None
    video_channels: str | None = None
    protest: bool | None = None
    protest_reason: str | None = None

    imported_at: datetime | None = None
    last_updated: datetime | None = None
    last_poll_time: datetime | None = None
    last_status_change: datetime | None = None
    finalized_at: datetime | None = None
    abandoned_at: datetime | None = None
    withdrawn_at: datetime | None = None
