"""How fresh what is known of a race is: measured by the slots that its table has asked for since."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.slots import RaceTimes, Slot, slots_between
from raceday_daemon.cadence.turn import PUNCTUAL, longest_look_seconds

STALE_SLOTS: Final = 2
"""A race is stale once so many of its slots in a row have brought nothing."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A race as its polling stands: watched since when, and when it was last seen (None: not yet)."""

    times: RaceTimes
    since: datetime
    seen_at: datetime | None

    @property
    def known_at(self) -> datetime:
        """Give since when nothing new is known."""
        return self.seen_at or self.since


def lost_slots(profile: Profile, times: RaceTimes, since: datetime, now: datetime) -> int:
    """Count the slots after `since` whose looks must be over by now, whatever came of them."""
    return sum(_must_be_over(slot, now) for slot in slots_between(profile, times, since, now))


def step_of(profile: Profile, times: RaceTimes, now: datetime) -> str | None:
    """Name the step that a race is in by its last slot, None where none has been due yet, or for too long."""
    slots = slots_between(profile, times, now - timedelta(seconds=profile.longest_step_seconds), now)
    return slots[-1].reason if slots else None


def _must_be_over(slot: Slot, now: datetime) -> bool:
    return slot.due_at + PUNCTUAL + timedelta(seconds=longest_look_seconds(slot.step_seconds)) <= now
