"""When a race is looked at next: slots anchored to its start, by the facts that are known of it now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from raceday_daemon.cadence.durations import spelled_duration
from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, SETTLEMENT_STEP_SECONDS, Profile
from raceday_daemon.model.race import CLOSED, FINAL, INTERIM, OPEN, Race, is_over

_SECOND: Final = timedelta(seconds=1)
_GIVE_UP: Final = timedelta(seconds=GIVE_UP_SECONDS)

_Stretch = tuple[range, str]
"""Offsets in seconds from the start, a step apart, and the word that their reason begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceTimes:
    """The facts that a race's slots depend on; instants in UTC, `start_time` the advertised one.

    `imported_at` None sets no bound. `finalized_at` and `abandoned_at` are None while that has not happened, and for
    a race that was over when first seen.
    """

    start_time: datetime
    status: str
    imported_at: datetime | None = None
    finalized_at: datetime | None = None
    abandoned_at: datetime | None = None

    @classmethod
    def of(cls, race: Race) -> "RaceTimes":
        """Take the facts from a race."""
        return cls(
            start_time=race.start_time,
            status=race.status,
            imported_at=race.imported_at,
            finalized_at=race.finalized_at,
            abandoned_at=race.abandoned_at,
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """An instant (UTC) at which a race is due, why, and the interval of the step that it belongs to."""

    due_at: datetime
    reason: str
    step_seconds: int


def next_slot(profile: Profile, race: RaceTimes, after: datetime) -> Slot | None:
    """Give the first slot strictly later than `after`, as the facts stand; None where none is left."""
    return next(_slots(profile, race, after), None)


def slots_between(profile: Profile, race: RaceTimes, after: datetime, until: datetime) -> list[Slot]:
    """Give the slots later than `after` and not later than `until`, soonest first, as the facts stand."""
    return list(takewhile(lambda slot: slot.due_at <= until, _slots(profile, race, after)))


def reasons_of(profile: Profile) -> frozenset[str]:
    """Give every reason that a slot of this table can have."""
    anchored = (one for status in (OPEN, CLOSED, INTERIM) for one in _stretches(profile, status))
    after_final = (_after_the_end(seconds, final=True) for seconds in _looks_after_the_end(profile, final=True))
    after_abandoned = (_after_the_end(seconds, final=False) for seconds in _looks_after_the_end(profile, final=False))
    return frozenset((*(_every(offsets, word) for offsets, word in anchored), *after_final, *after_abandoned))


def _slots(profile: Profile, race: RaceTimes, after: datetime) -> Iterator[Slot]:
    if race.imported_at is not None:
        after = max(after, race.imported_at - timedelta.resolution)  # a slot at the instant of the import is due
    if is_over(race.status):
        return _settlement_slots(profile, race, after)
    return _anchored_slots(profile, race, after)


def _anchored_slots(profile: Profile, race: RaceTimes, after: datetime) -> Iterator[Slot]:
    least = (after - race.start_time) // _SECOND + 1  # the first whole offset that is later
    for offsets, word in _stretches(profile, race.status):
        skipped = max(-((offsets.start - least) // offsets.step), 0)
        for offset in offsets[skipped:]:
            yield Slot(race.start_time + timedelta(seconds=offset), _every(offsets, word), offsets.step)


def _every(offsets: range, word: str) -> str:
    return f"{word}every {spelled_duration(offsets.step)}"


def _stretches(profile: Profile, status: str) -> Iterator[_Stretch]:
    """Give the arithmetic sequences that a status has, soonest first; none reaches into another."""
    extras, until_final = profile.extras, profile.until_final_every_seconds
    if extras and status == CLOSED:
        yield _grid(profile, extras.closed_every_seconds), "closed, "
        return
    if extras and status == INTERIM:
        yield _grid(profile, until_final), "until final, "
        return
    for offsets in profile.offsets_before:
        yield offsets, ""
    if extras:
        late, late_for, later = extras.late_every_seconds, extras.late_for_seconds, extras.later_every_seconds
        yield range(late, late_for + 1, late), "late, "
        yield range(late_for + later, GIVE_UP_SECONDS + 1, later), "late, "
    else:
        yield range(until_final, GIVE_UP_SECONDS + 1, until_final), "until final, "


def _grid(profile: Profile, every: int) -> range:
    """Give one interval through a race's whole life: betting has ended, maybe before the start, so no table counts."""
    return range(-(profile.window_seconds // every) * every, GIVE_UP_SECONDS + 1, every)


def _settlement_slots(profile: Profile, race: RaceTimes, after: datetime) -> Iterator[Slot]:
    """Give the looks after the end, or after the import where nobody here knows when it ended."""
    final = race.status == FINAL
    ended_at = (race.finalized_at if final else race.abandoned_at) or race.imported_at
    if ended_at is None:
        return
    for seconds in _looks_after_the_end(profile, final=final):
        due_at = ended_at + timedelta(seconds=seconds)
        if after < due_at <= race.start_time + _GIVE_UP:
            yield Slot(due_at, _after_the_end(seconds, final=final), SETTLEMENT_STEP_SECONDS)


def _looks_after_the_end(profile: Profile, *, final: bool) -> tuple[int, ...]:
    if profile.extras is None:
        return ()
    return profile.extras.after_final_seconds if final else profile.extras.after_abandoned_seconds


def _after_the_end(seconds: int, *, final: bool) -> str:
    return f"{spelled_duration(seconds)} after {'final' if final else 'abandoned'}"
