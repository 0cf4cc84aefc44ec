"""What counts as things happen: every record of a look or a job, and what alerts and the way to Appwrite take."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from raceday_daemon.cadence.turn import MISSED_REASONS
from raceday_daemon.metrics.answers import Answers
from raceday_daemon.model.errors import RacedayError, SourceError, StoreError
from raceday_daemon.model.job import JobRun
from raceday_daemon.model.poll import FAILED, MISSED, Poll

OTHER: Final = "other"
"""The value of a label for what is none of those that are known."""

LATENESS_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
FETCH_BUCKETS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 12.0, 15.0)
WORK_BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
FORWARD_BUCKETS: Final = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
JOB_BUCKETS: Final = (1.0, 5.0, 15.0, 30.0, 60.0, 90.0, 120.0, 300.0, 600.0, 780.0)


class Instruments:
    """Counters and histograms that follow from the records; an Observer.

    `answers` has when the source last answered. Counters begin at nothing with each process, as Prometheus expects.
    """

    def __init__(self, registry: CollectorRegistry, steps: Collection[str]) -> None:
        """Declare them; `steps` are the reasons for a look that the table of poll times can give."""
        self._steps = frozenset(steps)
        self._error_kinds = error_kinds()
        self.answers = Answers()
        self._declare_looks(registry)
        self._declare_work(registry)
        self._declare_jobs(registry)
        # What is rare is there from the beginning: nobody sees the first rise of what begins with its first rise.
        for kind in (*sorted(self._error_kinds), OTHER):
            self._failures.labels(kind)
        for reason in MISSED_REASONS:
            self._missed.labels(reason)

    def _declare_looks(self, registry: CollectorRegistry) -> None:
        self._polls = Counter(
            "raceday_polls",
            "Looks at races, by the step that asked for them and what came of them.",
            ["step", "outcome"],
            registry=registry,
        )
        self._failures = Counter(
            "raceday_poll_failures", "Looks that failed, by the kind of the error.", ["kind"], registry=registry
        )
        self._missed = Counter("raceday_slots_missed", "Slots not polled, by why.", ["reason"], registry=registry)
        self._bytes = Counter("raceday_poll_bytes", "Bytes of the source's answers, unpacked.", registry=registry)
        self._rows = Counter("raceday_poll_rows_written", "Rows that looks have written.", registry=registry)
        self._lateness = Histogram(
            "raceday_slot_lateness_seconds",
            "How much after its slot a poll's request left.",
            buckets=LATENESS_BUCKETS,
            registry=registry,
        )

    def _declare_work(self, registry: CollectorRegistry) -> None:
        def timed(name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"raceday_{name}_seconds", meaning, buckets=buckets, registry=registry)

        self._fetch = timed("poll_fetch", "From asking for a race to its whole answer.", FETCH_BUCKETS)
        self._decode = timed("poll_decode", "From bytes to a checked snapshot.", WORK_BUCKETS)
        self._commit = timed("poll_commit", "Writing a look, its alerts included.", WORK_BUCKETS)
        self._alerts = timed("alert_evaluation", "Holding a look against the alert rules.", WORK_BUCKETS)
        self._forward = timed("forward", "Sending a parcel of rows to Appwrite.", FORWARD_BUCKETS)
        self._notifications = Counter("raceday_notifications_told", "Notifications written.", registry=registry)
        self._rows_forwarded = Counter("raceday_rows_forwarded", "Rows that Appwrite has taken.", registry=registry)

    def _declare_jobs(self, registry: CollectorRegistry) -> None:
        self._job_runs = Counter(
            "raceday_job_runs", "Runs of daily jobs, by what came of them.", ["job_name", "status"], registry=registry
        )
        self._job_seconds = Histogram(
            "raceday_job_duration_seconds", "How long runs took.", ["job_name"], buckets=JOB_BUCKETS, registry=registry
        )

    def polled(self, poll: Poll) -> None:
        """Count a look, or a slot that was missed."""
        if poll.outcome == MISSED:
            self._missed.labels(poll.reason).inc()
            return
        self._polls.labels(poll.reason if poll.reason in self._steps else OTHER, poll.outcome).inc()
        if poll.due_at:
            self._lateness.observe((poll.began_at - poll.due_at).total_seconds())
        for histogram, milliseconds in (
            (self._fetch, poll.fetch_ms),
            (self._decode, poll.decode_ms),
            (self._commit, poll.commit_ms),
        ):
            if milliseconds is not None:
                histogram.observe(milliseconds / 1000)
        self._bytes.inc(poll.bytes or 0)
        self._rows.inc(poll.rows_written)
        if poll.outcome == FAILED:
            kind = (poll.error or "").partition(":")[0]
            self._failures.labels(kind if kind in self._error_kinds else OTHER).inc()
        else:
            self.answers.looked(poll.ended_at)

    def job_ran(self, run: JobRun) -> None:
        """Count a run."""
        self._job_runs.labels(run.job, run.status).inc()
        self._job_seconds.labels(run.job).observe(run.duration_seconds)

    def answered(self, generated_at: datetime, received_at: datetime) -> None:
        """Note the source's clock."""
        self.answers.compared(generated_at, received_at)

    def alerted(self, seconds: float) -> None:
        """Count a look held against the rules."""
        self._alerts.observe(seconds)

    def told(self, notifications: int) -> None:
        """Count notifications."""
        self._notifications.inc(notifications)

    def forwarded(self, seconds: float, rows: int) -> None:
        """Count a parcel that has arrived."""
        self._forward.observe(seconds)
        self._rows_forwarded.inc(rows)


def error_kinds() -> frozenset[str]:
    """Give every kind that the error of a look can have."""
    kinds = {"bug", "cancelled"}
    to_visit: list[type[RacedayError]] = [SourceError, StoreError]
    while to_visit:
        error = to_visit.pop()
        kinds.add(error.kind)
        to_visit += error.__subclasses__()
    return frozenset(kinds)
