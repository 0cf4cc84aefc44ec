"""Which slots of a racing day were polled, race by race, and what became of the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotCounts:
    """What became of slots: `due` are polled, failed, missed (by reason) and those without a record, together.

    A slot that has passed without a record is under way, or nobody was there: the daemon accounts for it when it is
    back. `buckets_filled` are the buckets of money flow that have a row, of the `buckets_due` whose slots were due
    while the race was Open.
    """

    due: int
    polled: int
    failed: int
    missed: Mapping[str, int]
    without_record: int
    buckets_filled: int
    buckets_due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceCoverage:
    """The line of a race; `last_look_at` is when it was last looked at, whether a slot asked for it or not."""

    race: str
    race_id: str
    start_time: datetime
    status: str
    slots: SlotCounts
    last_look_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A racing day's races, soonest first, and all of them together."""

    racing_day: date
    now: datetime
    races: tuple[RaceCoverage, ...]
    totals: SlotCounts
