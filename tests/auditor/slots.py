"""The slots of a cadence, counted out step by step from its figures."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, Profile
from tests.auditor.eras import Facts

Slots = dict[datetime, str]
"""When a race is due, and why."""


def slots_of(profile: Profile, facts: Facts, imported_at: datetime) -> Slots:
    """Give all the slots that a race has by these facts, from its import on."""
    give_up_at = facts.start + timedelta(seconds=GIVE_UP_SECONDS)
    if facts.status in ("Final", "Abandoned"):
        base, found = facts.ended_at or imported_at, _after_the_end(profile, facts.status)
    else:
        base, found = facts.start, _around_the_start(profile, facts.status)
    due = ((base + timedelta(seconds=seconds), reason) for seconds, reason in found)
    return {instant: reason for instant, reason in due if imported_at <= instant <= give_up_at}


def _after_the_end(profile: Profile, status: str) -> Iterator[tuple[int, str]]:
    if profile.extras:
        final = status == "Final"
        for seconds in profile.extras.after_final_seconds if final else profile.extras.after_abandoned_seconds:
            yield seconds, f"{_spelled(seconds)} after {status.lower()}"


def _around_the_start(profile: Profile, status: str) -> Iterator[tuple[int, str]]:
    extras, until_final = profile.extras, profile.until_final_every_seconds
    if extras and status == "Closed":
        yield from _throughout(profile, extras.closed_every_seconds, "closed, ")
    elif extras and status == "Interim":
        yield from _throughout(profile, until_final, "until final, ")
    else:
        yield from _up_to_the_start(profile)
        if extras is None:
            yield from _every(until_final, until_final, GIVE_UP_SECONDS, "until final, ")
        else:
            late, later = extras.late_every_seconds, extras.later_every_seconds
            yield from _every(late, late, extras.late_for_seconds, "late, ")
            yield from _every(later, extras.late_for_seconds + later, GIVE_UP_SECONDS, "late, ")


def _up_to_the_start(profile: Profile) -> Iterator[tuple[int, str]]:
    ends = [step.from_seconds for step in profile.before[1:]]
    for step, end in zip(profile.before, [*ends, None], strict=True):
        # An edge belongs to the finer step, the start itself to the last one.
        last = 0 if end is None else -end - 1
        yield from _every(step.every_seconds, -step.from_seconds, last, "")


def _throughout(profile: Profile, every: int, word: str) -> Iterator[tuple[int, str]]:
    """Give one interval through a race's whole life, on the grid that the start lies on."""
    first = -(profile.before[0].from_seconds // every) * every
    yield from _every(every, first, GIVE_UP_SECONDS, word)


def _every(every: int, first: int, last: int, word: str) -> Iterator[tuple[int, str]]:
    for seconds in range(first, last + 1, every):
        yield seconds, f"{word}every {_spelled(every)}"


def _spelled(seconds: int) -> str:
    if seconds % 3600 == 0:
        return f"{seconds // 3600}h"
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"
