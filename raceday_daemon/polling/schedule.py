"""The schedule of a real process: APScheduler behind the one adapter, work begun in tasks of our own."""

import logging
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from loguru import logger

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.schedule import Work
from raceday_daemon.ops.tasks import Tasks

_LOST = EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR
# APScheduler drops a job that is a second late, or whose last run has not ended, unless told otherwise.
_NEVER_DROPPED = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1_000}


class ApSchedule:
    """Begins work at instants of a Clock.

    APScheduler reads the machine's clock, so an instant is handed to it as the real time until then. Its jobs only
    start a task: shutting it down cancels jobs, and running work is to be drained instead.
    """

    def __init__(self, clock: Clock, tasks: Tasks) -> None:
        """Start work in `tasks`; nothing begins before `start`."""
        self._clock = clock
        self._tasks = tasks
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=_NEVER_DROPPED)
        self._scheduler.add_listener(_tell_lost, _LOST)

    def start(self) -> None:
        """Begin, in the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing more; what has begun goes on."""
        self._scheduler.remove_all_jobs()
        self._scheduler.shutdown(wait=False)

    def clock_was_set(self, _step_seconds: float) -> None:
        """Reckon anew how long it is until the next instant."""
        if self._scheduler.running:
            self._scheduler.wakeup()

    def at(self, name: str, instant: datetime, work: Work, *, resumes: bool = False) -> None:
        """Begin `work` at `instant`; see Schedule."""
        run_date = datetime.now(UTC) + (instant - self._clock.now())
        self._scheduler.add_job(
            self._begin, DateTrigger(run_date), (name, work, resumes), id=name, replace_existing=True
        )

    def cancel(self, name: str) -> None:
        """Forget what waits by a name."""
        try:
            self._scheduler.remove_job(name)
        except JobLookupError:
            # It has begun, or was never there.
            return

    async def _begin(self, name: str, work: Work, resumes: bool) -> None:
        # A coroutine, so that it runs in the event loop; a plain function would run in a thread.
        self._tasks.start(name, work(), resumes=resumes)


def _tell_lost(event: JobEvent) -> None:
    logger.error("{name} was not begun at its time", action="schedule_lost", name=event.job_id, code=event.code)
