"""A lease: who may do a piece of work, for how long they may be silent, and how long they may take."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

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
