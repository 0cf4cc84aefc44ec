"""When a holder on another machine counts as silent, although nobody knows what its clock shows."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.lease import Lease, LeaseTerms

CLOCKS_APART: Final = timedelta(minutes=5)
"""A heartbeat older than stale by more than this is old, whatever the two clocks are off by."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """A heartbeat, and since when it has been the newest one, in monotonic seconds of this machine."""

    lease: Lease
    since: float


class LeaseWatch:
    """Remembers the last sign of each holder and since when it was seen unchanged.

    Another machine's clock may be off, so its heartbeat's age proves nothing by itself: what counts is for how long,
    by this machine's own clock, no new heartbeat has come. Only an age that no difference of clocks explains counts at
    once, and not after a failure to reach Appwrite: the holder may have met the same, and must have the time to show
    that it lives.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin without having seen anything."""
        self._clock = clock
        self._sights: dict[str, _Sight] = {}
        self._was_away = False

    def is_silent(self, lease: Lease, terms: LeaseTerms) -> bool:
        """Take note of what stands there now, and say whether its holder has been silent for too long."""
        sight = self._sights.get(lease.lease_id)
        if sight is None or _sign(sight.lease) != _sign(lease):
            sight = self._sights[lease.lease_id] = _Sight(lease, self._clock.monotonic())
        if self._clock.monotonic() - sight.since > terms.stale_seconds:
            return True
        age = self._clock.now() - lease.last_heartbeat
        return not self._was_away and age > timedelta(seconds=terms.stale_seconds) + CLOCKS_APART

    def lose_sight(self) -> None:
        """Forget what was seen: Appwrite can't be reached, and so perhaps not by the holders either."""
        self._sights.clear()
        self._was_away = True


def _sign(lease: Lease) -> tuple[object, ...]:
    return lease.epoch, lease.execution_id, lease.last_heartbeat
