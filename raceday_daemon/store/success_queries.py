"""What `ops.db` tells of how often each kind of work succeeded in the last seven days."""

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.success import SUCCESS_WINDOW, SuccessRate
from raceday_daemon.model.targets import ALERTS, POLLS, TARGETS
from raceday_daemon.store.alert_passes import CREATE_ALERT_PASSES, hour_text
from raceday_daemon.store.rows import instant_text

CREATE_SUCCESS: Final = (
    CREATE_ALERT_PASSES,
    # A busy week has 175,000 looks, and a status reads these counts again and again: in 13 ms in place of 39.
    "CREATE INDEX polls_due ON polls (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX polls_failed ON polls (due_at, outcome, reason) WHERE outcome IN ('failed', 'missed')",
)

_Counts = dict[str, tuple[int, int]]


def add_success(connection: Connection) -> None:
    """Bring an older `ops.db` to this layout."""
    for statement in CREATE_SUCCESS:
        connection.execute(statement)


def read_success_rates(connection: Connection, now: datetime) -> tuple[SuccessRate, ...]:
    """Read the success of each kind of work that has a target, in the order of the targets.

    Jobs: of their items, those processed; a job that was stopped as a whole is one more failure, unless it was told to
    stop, and a run that was refused tried nothing. Polls: of the slots due, those polled; not tried are those of a
    plan given up and those that nobody here was to poll. Alerts: of the passes, those without a failure.
    """
    since = now - SUCCESS_WINDOW
    counts = _of_jobs(connection, instant_text(since))
    counts[POLLS] = _of_polls(connection, instant_text(since), instant_text(now))
    counts[ALERTS] = _of_alerts(connection, hour_text(since))
    return tuple(
        SuccessRate.of(work, *counts.get(work, (0, 0)), target.success_percent) for work, target in TARGETS.items()
    )


def _of_jobs(connection: Connection, since: str) -> _Counts:
    rows = connection.execute(
        "SELECT job, sum(processed), sum(max(failed - ifnull("
        " json_extract(errors, '$[#-1].kind') = 'interrupted', 0), 0))"
        " FROM job_runs WHERE started_at >= ? AND status <> 'refused' GROUP BY job",
        (since,),
    )
    return {job: (processed, failed) for job, processed, failed in rows}


def _of_polls(connection: Connection, since: str, until: str) -> tuple[int, int]:
    (due,) = connection.execute("SELECT count(*) FROM polls WHERE due_at BETWEEN ? AND ?", (since, until)).fetchone()
    failed, not_tried = connection.execute(
        "SELECT count(*) FILTER (WHERE NOT is_untried), count(*) FILTER (WHERE is_untried) FROM ("
        " SELECT outcome = 'missed' AND reason IN ('replanned', 'unwatched') AS is_untried FROM polls"
        " WHERE outcome IN ('failed', 'missed') AND due_at BETWEEN ? AND ?)",
        (since, until),
    ).fetchone()
    return due - failed - not_tried, failed


def _of_alerts(connection: Connection, since_hour: str) -> tuple[int, int]:
    passes, failed = connection.execute(
        "SELECT ifnull(sum(passes), 0), ifnull(sum(failed), 0) FROM alert_passes WHERE hour >= ?", (since_hour,)
    ).fetchone()
    return passes - failed, failed
