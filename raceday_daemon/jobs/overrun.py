"""Jobs held against their targets: one that takes too long, or too much memory, is told while it runs."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from loguru import logger

from raceday_daemon.jobs.run import Run
from raceday_daemon.model.targets import TARGETS, Target
from raceday_daemon.ops.memory_target import MemoryTarget


class Overruns:
    """Tells of jobs that pass their targets; what has none is left alone."""

    def __init__(self, targets: Mapping[str, Target] = TARGETS) -> None:
        """Go by a table of targets, by the names of jobs."""
        self._targets = targets
        self._memory = {job: MemoryTarget(job, target.memory_mb) for job, target in targets.items()}

    @contextmanager
    def told(self, run: Run, *, of_a_batch: bool) -> Iterator[None]:
        """Tell once if the block, a whole run or one of its batches, takes longer than its target."""
        target = self._targets.get(run.name)
        if target is None or target.is_of_a_batch is not of_a_batch:
            yield
            return
        timer = asyncio.get_running_loop().call_later(target.seconds, _tell, run, target)
        try:
            yield
        finally:
            timer.cancel()

    def look_at_memory(self, run: Run) -> None:
        """Hold the memory of the process against the job's target."""
        if memory := self._memory.get(run.name):
            memory.look()


def _tell(run: Run, target: Target) -> None:
    logger.warning(
        "{job} of {day}: {what} takes longer than its target of {target_seconds:g} s; {progress}",
        action="job_past_target",
        job=run.name,
        day=run.day.isoformat(),
        what="a batch" if target.is_of_a_batch else "it",
        target_seconds=target.seconds,
        progress=run.progress(),
    )
