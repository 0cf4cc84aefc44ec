"""A run of a daily job: what it was asked, what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

OK: Final = "ok"
PARTIAL: Final = "partial"
FAILED: Final = "failed"
REFUSED: Final = "refused"
RUNNING: Final = "running"

DONE: Final = (OK, PARTIAL)
"""What a job that came to its end has: what failed in it is told, and not done again for it."""

_WORST_FIRST = (REFUSED, FAILED, PARTIAL, OK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One item that failed: which, the kind of its error, and its words."""

    item: str
    kind: str
    message: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.item}: {self.kind}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """The record of one run.

    `stopped` says that the job ended as a whole before its items were done, and `source_away` that it came to nothing
    because the source could not be reached.
    """

    job: str
    racing_day: date
    started_at: datetime
    finished_at: datetime
    status: str
    processed: int = 0
    failed: int = 0
    skipped: int = 0
    api_calls: int = 0
    duration_seconds: float = 0.0
    memory_peak_mb: float = 0.0
    errors: tuple[Failure, ...] = ()
    stopped: bool = False
    source_away: bool = False

    @property
    def ends_a_range(self) -> bool:
        """Say whether the next day would meet the same: the source could not be reached, or the store was lost."""
        return self.source_away or (self.stopped and self.errors[-1:] != () and self.errors[-1].kind == "store")


def worst_status(runs: Sequence[JobRun]) -> str:
    """Give the worst status among runs, and ok for none."""
    found = {run.status for run in runs}
    return next((status for status in _WORST_FIRST if status in found), OK)
