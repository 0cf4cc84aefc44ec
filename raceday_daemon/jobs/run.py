"""A run of a job under way, and the record that it leaves."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from loguru import logger

from raceday_daemon.jobs.tally import Tally
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import InterruptedJobError
from raceday_daemon.model.job import OK, PARTIAL, REFUSED, JobRun
from raceday_daemon.model.lease import Lease
from raceday_daemon.ops.process import memory_peak_mb

_LEVELS = {OK: "INFO", PARTIAL: "WARNING", REFUSED: "WARNING"}


@dataclass(slots=True)
class Run:
    """What is known of a run so far; `done` are the ids of the items done, by an earlier run cut off too.

    `lease` is set while the run holds one; `total` is the number of items of its plan.
    """

    name: str
    day: date
    clock: Clock
    tally: Tally = field(default_factory=Tally)
    done: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    total: int = 0
    api_calls: int = 0
    lease: Lease | None = None
    started_at: datetime = field(init=False)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self.started_at = self.clock.now()
        self.began = self.clock.monotonic()

    def progress(self) -> str:
        """Say how far it is."""
        return f"{len(self.done)} of {self.total} done, {self.tally.failed} failed"

    def end(self) -> JobRun:
        """Give its record as of now, and log it."""
        duration_seconds = self.clock.monotonic() - self.began
        record = JobRun(
            job=self.name,
            racing_day=self.day,
            started_at=self.started_at,
            finished_at=self.started_at + timedelta(seconds=duration_seconds),
            status=self.tally.status,
            processed=self.tally.processed,
            failed=self.tally.failed,
            skipped=self.tally.skipped,
            api_calls=self.api_calls,
            duration_seconds=round(duration_seconds, 4),
            memory_peak_mb=round(memory_peak_mb(), 1),
            errors=tuple(self.tally.failures),
            stopped=self.tally.ended_by is not None,
            source_away=self.tally.source_away,
        )
        _log(record)
        return record


def _log(run: JobRun) -> None:
    # Its record says failed, as of whatever came to no end; a stop is nothing that anybody has to look after.
    was_stopped = bool(run.errors) and run.errors[-1].kind == InterruptedJobError.kind
    logger.log(
        "INFO" if was_stopped else _LEVELS.get(run.status, "ERROR"),
        "{job} of {day}: {status}, {processed} processed, {failed} failed, {skipped} skipped, {api_calls} calls,"
        " {duration_ms} ms; the most memory so far: {memory_peak_mb} MB",
        action="job_refused" if run.status == REFUSED else "job_finished",
        job=run.job,
        day=run.racing_day.isoformat(),
        status=InterruptedJobError.kind if was_stopped else run.status,
        processed=run.processed,
        failed=run.failed,
        skipped=run.skipped,
        api_calls=run.api_calls,
        duration_ms=round(run.duration_seconds * 1000, 1),
        memory_peak_mb=run.memory_peak_mb,
        error=str(run.errors[-1]) if run.errors else None,
    )
