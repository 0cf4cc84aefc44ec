"""The running count of a job."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from raceday_daemon.model.errors import LeaseHeldError, RacedayError, SourceAwayError
from raceday_daemon.model.job import FAILED, OK, PARTIAL, REFUSED, Failure
from raceday_daemon.model.snapshot import SetAside

_MOST_FAILURES_TOLD = 200


@dataclass(slots=True)
class Tally:
    """Counts items done, failed and skipped, and keeps the first failures' words.

    A part that was set aside counts as failed beside its item, which is processed. `done_before` are the items that an
    earlier run, cut off, had done; `ended_by` is what stopped the whole job.
    """

    processed: int = 0
    failed: int = 0
    skipped: int = 0
    done_before: int = 0
    failures: list[Failure] = field(default_factory=list)
    source_was_away: int = 0
    ended_by: BaseException | None = None

    def item_done(self, label: str, set_aside: Iterable[SetAside]) -> None:
        """Count an item done, and the parts of it that didn't fit."""
        self.processed += 1
        self.parts_set_aside(label, set_aside)

    def parts_set_aside(self, label: str, set_aside: Iterable[SetAside]) -> None:
        """Count parts that didn't fit."""
        for part in set_aside:
            self._failed(Failure(item=f"{label} {part.where}", kind="set_aside", message=part.reason))

    def item_failed(self, label: str, error: RacedayError) -> None:
        """Count an item that failed."""
        self.source_was_away += isinstance(error, SourceAwayError)
        self._failed(Failure(item=label, kind=error.kind, message=str(error)))

    def job_ended(self, job: str, error: BaseException) -> None:
        """Note what stopped the job as a whole."""
        self.ended_by = error
        if isinstance(error, RacedayError):
            self._failed(Failure(item=job, kind=error.kind, message=str(error)))
        else:
            self._failed(Failure(item=job, kind="bug", message=repr(error)))

    @property
    def status(self) -> str:
        """Name the outcome: refused, failed where the job was stopped or no item succeeded, partial, or ok."""
        if isinstance(self.ended_by, LeaseHeldError):
            return REFUSED
        if self.ended_by is not None or (self.failed and not self.processed and not self.done_before):
            return FAILED
        return PARTIAL if self.failed else OK

    @property
    def source_away(self) -> bool:
        """Say whether the job came to nothing because the source could not be reached."""
        if self.ended_by is not None:
            return isinstance(self.ended_by, SourceAwayError)
        return not self.processed and self.source_was_away > 0 and self.source_was_away == self.failed

    def _failed(self, failure: Failure) -> None:
        self.failed += 1
        if len(self.failures) < _MOST_FAILURES_TOLD:
            self.failures.append(failure)
