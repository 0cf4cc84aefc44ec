"""A lease: who may do a piece of work, for how long they may be silent, and how long they may take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

HELD: Final = "held"
RELEASED: Final = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTerms:
    """The terms of one lease, in seconds: how often its holder beats, when silence makes it stale, and its limit."""

    lease_id: str
    heartbeat_seconds: float
    stale_seconds: float
    limit_seconds: float | None = None


def _terms(lease_id: str, heartbeat_seconds: float, stale_seconds: float, limit_seconds: float | None) -> LeaseTerms:
    return LeaseTerms(
        lease_id=lease_id,
        heartbeat_seconds=heartbeat_seconds,
        stale_seconds=stale_seconds,
        limit_seconds=limit_seconds,
    )


LEASE_OF_JOB: Final[Mapping[str, LeaseTerms]] = {
    "meetings": _terms("daily-meetings-lock", 120, 300, 780),
    "races": _terms("daily-races-lock", 90, 360, 780),
    # The limit of entrants is one of each of its batches.
    "entrants": _terms("daily-entrants-lock", 60, 180, None),
    "refresh": _terms("daily-initial-data-lock", 60, 180, 780),
    "statuses": _terms("meeting-status-poller-lock", 120, 240, 270),
}
"""The lease that each job and sequence is done under."""

POLLER_LEASE: Final = _terms("enhanced-race-poller-lock", 45, 120, None)
"""The lease of the daemon that polls, for all its races."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease as it stands: the row of its highest epoch.

    `execution_id` is the holder's run, `owner` its machine and process.
    """

    lease_id: str
    epoch: int
    execution_id: str
    owner: str
    start_time: datetime
    last_heartbeat: datetime
    status: str
    progress: str | None = None


def is_silent(lease: Lease, terms: LeaseTerms, now: datetime) -> bool:
    """Say whether the holder has been silent for too long.

    A heartbeat from as far in the future means that the clock was set back: its age is unknown, and it counts as
    silent too, or the lease could be held by nobody for hours.
    """
    return abs(now - lease.last_heartbeat) > timedelta(seconds=terms.stale_seconds)


def who_holds(lease: Lease) -> str:
    """Say in a sentence's part who holds a lease, since when, how far it is, and when it was last heard of."""
    progress = f" ({lease.progress})" if lease.progress else ""
    return (
        f"{lease.lease_id} is held by {lease.owner} since {_spelled(lease.start_time)}{progress};"
        f" it was last heard of at {_spelled(lease.last_heartbeat)}"
    )


def _spelled(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


IsOver = Callable[[Lease], bool]
"""Says of a lease that is marked as held whether its holder is known to have ended."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A shared lease that was taken, and the epoch before it (None: it was never held)."""

    lease: Lease
    before: Lease | None


class SharedLeases(Protocol):
    """The leases that all machines see which work on the same database.

    Every call raises AppwriteError where it can't be made: nothing is known then, and a lease may have been taken all
    the same, which the next call with the same execution id finds out.
    """

    async def refuse_if_held(self, terms: LeaseTerms, is_over: IsOver) -> Lease | None:
        """Give the newest epoch if the lease is free to take (None: never held); HeldElsewhereError if it is not."""

    async def take(self, terms: LeaseTerms, owner: str, execution_id: str, is_over: IsOver) -> Taken:
        """Take a lease that is free, stale or left by a holder that has ended; HeldElsewhereError otherwise."""

    async def beat(self, lease: Lease, terms: LeaseTerms, progress: str) -> None:
        """Show that the holder lives and how far it is; LeaseLostError where somebody has taken the lease over."""

    async def release(self, lease: Lease) -> None:
        """Mark the holder's own epoch as released."""
