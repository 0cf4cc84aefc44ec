"""What each kind of work should take and how often it should succeed: the one table of targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked of one kind of work.

    What takes longer than `seconds`, or more than `memory_mb`, is told; at `limit_seconds` it is cut off, recorded as
    failed and done again. None is a limit that stands elsewhere: a job's in its lease, a batch's in the settings.
    `success_percent` is of all that was tried in seven days. `is_of_a_batch` says that the seconds are of each batch.
    """

    seconds: float
    memory_mb: float
    success_percent: float
    limit_seconds: float | None = None
    is_of_a_batch: bool = False


POLLS: Final = "polls"
ALERTS: Final = "alerts"

TARGETS: Final[Mapping[str, Target]] = {
    "meetings": Target(seconds=60, memory_mb=200, success_percent=99.5),
    "races": Target(seconds=90, memory_mb=300, success_percent=99.5),
    "entrants": Target(seconds=300, memory_mb=800, success_percent=99.0, is_of_a_batch=True),
    POLLS: Target(seconds=120, memory_mb=1500, success_percent=99.5, limit_seconds=300),
    ALERTS: Target(seconds=30, memory_mb=100, success_percent=99.9, limit_seconds=60),
}
"""By the name of the work: the daily jobs, a round of polls, a pass of the alerts; docs/operations.md defines them."""
