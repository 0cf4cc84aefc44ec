"""Who is told of everything that was done, as it is done, to count it."""

from datetime import datetime
from typing import Final, Protocol

from raceday_daemon.model.job import JobRun
from raceday_daemon.model.poll import Poll


class Observer(Protocol):
    """Is told of each thing done, in whichever thread does it; returns at once, and never fails."""

    def polled(self, poll: Poll) -> None:
        """Take the record of a look at a race, or of a slot that was missed."""

    def job_ran(self, run: JobRun) -> None:
        """Take the record of a run of a job."""

    def answered(self, generated_at: datetime, received_at: datetime) -> None:
        """Take when an answer was made by the source's clock, and when it was here by ours."""

    def alerted(self, seconds: float) -> None:
        """Take how long it took to hold one look against the rules."""

    def told(self, notifications: int) -> None:
        """Take how many notifications were written."""

    def forwarded(self, seconds: float, rows: int) -> None:
        """Take how long it took to send rows on to Appwrite, which has them now."""


class NoObserver:
    """Counts nothing."""

    def polled(self, poll: Poll) -> None:
        """Do nothing."""

    def job_ran(self, run: JobRun) -> None:
        """Do nothing."""

    def answered(self, generated_at: datetime, received_at: datetime) -> None:
        """Do nothing."""

    def alerted(self, seconds: float) -> None:
        """Do nothing."""

    def told(self, notifications: int) -> None:
        """Do nothing."""

    def forwarded(self, seconds: float, rows: int) -> None:
        """Do nothing."""


NOT_OBSERVED: Final = NoObserver()
