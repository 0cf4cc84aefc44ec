"""What run-once says of all that it ran, as the one JSON object that scripts read."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from raceday_daemon.model.job import JobRun, worst_status


def run_once_answer(job: str, days: Sequence[date], runs: Sequence[JobRun]) -> dict[str, Any]:
    """Sum the runs of `job` over its days, the jobs that were run before it included; the worst status counts."""
    return {
        "job": job,
        "date": str(days[0]) if len(days) == 1 else f"{days[0]}..{days[-1]}",
        "status": worst_status(runs),
        "processed": sum(run.processed for run in runs),
        "failed": sum(run.failed for run in runs),
        "skipped": sum(run.skipped for run in runs),
        "api_calls": sum(run.api_calls for run in runs),
        "duration_seconds": round(sum(run.duration_seconds for run in runs), 3),
        "errors": [{"job": run.job, **asdict(failure)} for run in runs for failure in run.errors],
    }
