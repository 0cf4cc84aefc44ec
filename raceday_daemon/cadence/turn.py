"""A race's turn: which of its slots have passed, whether to look now and why, and when its next turn is."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, Profile
from raceday_daemon.cadence.slots import RaceTimes, Slot, next_slot, slots_between

PUNCTUAL: Final = timedelta(seconds=3)
"""A slot is polled up to so late, a fifth of the shortest step; after that it was missed."""

LONGEST_LOOK_SECONDS: Final = 15.0
_SHARE_OF_STEP = 0.8
_FIRST_BACKOFF_SECONDS = 30.0
_LONGEST_BACKOFF_SECONDS = 300.0
_FAR_FROM_START: Final = timedelta(minutes=20)
_CLOCK_SET_BACK: Final = timedelta(minutes=5)

DOWN: Final = "down"
UNWATCHED: Final = "unwatched"
BUSY: Final = "busy"
STALLED: Final = "stalled"
REPLANNED: Final = "replanned"
OVERLOAD: Final = "overload"
RETRY: Final = "retry"
CATCHING_UP: Final = "catching up"

MISSED_REASONS: Final = (DOWN, UNWATCHED, BUSY, STALLED, REPLANNED, OVERLOAD)
"""Every reason why a slot may not be polled."""

_UNSEEN: Final = (DOWN, UNWATCHED, STALLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where the polling of one race stands.

    Every slot up to `accounted_until` was polled or is accounted for. `process_since` and `watched_since` are when this
    process and the watch on this race began, `planned_at` the instant that the last scheduled look was planned for,
    `ended_at` when the last look ended. `missed_at` is the last slot that passed while nobody could look: one is owed
    that ends after it. `failures` are those in a row, and `retry_at` is when to try again after them.
    """

    accounted_until: datetime
    process_since: datetime
    watched_since: datetime
    planned_at: datetime | None = None
    ended_at: datetime | None = None
    missed_at: datetime | None = None
    failures: int = 0
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A slot that is not polled, and why: down, unwatched, busy, stalled, replanned, or overload."""

    slot: Slot
    why: str


@dataclass(frozen=True, slots=True)
class Look:
    """A look to take now; `due_at` is its slot (None: no slot asked for it), `longest_seconds` when it gives up."""

    due_at: datetime | None
    reason: str
    longest_seconds: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What a race's turn comes to."""

    missed: tuple[Missed, ...]
    look: Look | None


def put_right(standing: Standing, now: datetime) -> Standing:
    """Give the standing after the clock was set back by more than minutes: slots that it counted will come again.

    By less than that the race waits for its next slot: no slot is polled twice.
    """
    if standing.accounted_until - now < _CLOCK_SET_BACK:
        return standing
    return replace(standing, accounted_until=now, planned_at=None, retry_at=None, ended_at=None, missed_at=None)


def after_turn(standing: Standing, turn: Turn, now: datetime) -> Standing:
    """Give the standing once what the turn says at `now` is known: every slot up to then is accounted for."""
    unseen = [missed.slot.due_at for missed in turn.missed if missed.why in _UNSEEN]
    missed_at = unseen[-1] if unseen else standing.missed_at
    return replace(standing, accounted_until=max(standing.accounted_until, now), missed_at=missed_at)


def take_turn(profile: Profile, race: RaceTimes, standing: Standing, now: datetime, *, lagging: bool) -> Turn:
    """Decide what is to be done for a race at `now`; `lagging` says that the process can't keep up.

    Of the slots that have passed since the last turn only the newest is polled, and only if it is not late: a slot that
    was missed is accounted for, never replayed. After a miss or a failure a look that no slot asked for may be due.
    """
    passed = slots_between(profile, race, standing.accounted_until, now)
    due = passed[-1] if passed and now - passed[-1].due_at <= PUNCTUAL else None
    shed = lagging and race.start_time - now > _FAR_FROM_START
    missed = [Missed(slot, _why_missed(slot, standing, shed)) for slot in passed if slot is not due]
    if due is None and shed:
        return Turn(tuple(missed), None)
    if due is None:
        return Turn(tuple(missed), _look_without_slot(profile, race, standing, missed, now))
    if why := _why_skipped(profile, race, standing, due, lagging):
        return Turn((*missed, Missed(due, why)), None)
    return Turn(tuple(missed), Look(due.due_at, due.reason, longest_look_seconds(due.step_seconds)))


def next_turn(profile: Profile, race: RaceTimes, standing: Standing) -> datetime | None:
    """Give the instant of the next slot, or of a retry before it; None when there is nothing more to look for."""
    following = next_slot(profile, race, standing.accounted_until)
    retry_at, least_step = standing.retry_at, timedelta(seconds=profile.least_step_seconds)
    if retry_at and standing.planned_at:
        retry_at = max(retry_at, standing.planned_at + least_step)
    if retry_at is None or retry_at <= standing.accounted_until or _is_past(race, retry_at):
        return following.due_at if following else None
    if following and retry_at + least_step > following.due_at:
        return following.due_at
    return retry_at


def retry_after(ended_at: datetime, failures: int) -> datetime:
    """Give when to try again after so many failures in a row: 30 seconds, then twice as long each time, 5 minutes."""
    doubled = _FIRST_BACKOFF_SECONDS * 2 ** min(failures - 1, 10)
    return ended_at + timedelta(seconds=min(doubled, _LONGEST_BACKOFF_SECONDS))


def longest_look_seconds(step_seconds: float) -> float:
    """Give how long a look may take: it ends well before the next one."""
    return min(LONGEST_LOOK_SECONDS, _SHARE_OF_STEP * step_seconds)


def _why_missed(slot: Slot, standing: Standing, shed: bool) -> str:
    if slot.due_at < standing.process_since:
        return DOWN
    if slot.due_at < standing.watched_since:
        return UNWATCHED
    if standing.ended_at and slot.due_at <= standing.ended_at:
        return BUSY
    return OVERLOAD if shed else STALLED


def _why_skipped(profile: Profile, race: RaceTimes, standing: Standing, due: Slot, lagging: bool) -> str | None:
    least_step = timedelta(seconds=profile.least_step_seconds)
    if standing.planned_at and due.due_at - standing.planned_at < least_step:
        return REPLANNED
    return OVERLOAD if lagging and race.start_time - due.due_at > _FAR_FROM_START else None


def _look_without_slot(
    profile: Profile, race: RaceTimes, standing: Standing, missed: list[Missed], now: datetime
) -> Look | None:
    """Retry, or look after what was missed, unless the next slot is about to do that or nobody waits for it."""
    following, least_step = next_slot(profile, race, now), timedelta(seconds=profile.least_step_seconds)
    too_soon = standing.planned_at is not None and now - standing.planned_at < least_step
    if too_soon or _is_past(race, now) or (following and following.due_at - now < least_step):
        return None
    longest_seconds = longest_look_seconds(profile.least_step_seconds)
    if standing.retry_at and standing.retry_at <= now:
        return Look(None, RETRY, longest_seconds)
    missed_at = missed[-1].slot.due_at if missed else standing.missed_at
    if missed_at and (standing.ended_at is None or standing.ended_at < missed_at):
        return Look(None, CATCHING_UP, longest_seconds)
    return None


def _is_past(race: RaceTimes, now: datetime) -> bool:
    return now > race.start_time + timedelta(seconds=GIVE_UP_SECONDS)
