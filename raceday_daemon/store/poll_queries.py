"""What `ops.db` tells of the last hour, of the racing day so far, and of the jobs."""

from datetime import date, datetime, timedelta
from math import ceil
from sqlite3 import Connection
from typing import Final

from raceday_daemon.cadence.racing_day import racing_day, racing_day_start
from raceday_daemon.model.job import DONE
from raceday_daemon.model.poll import FAILED, MISSED
from raceday_daemon.model.status import Activity, LastLook, LastRun, Lateness, PollCounts
from raceday_daemon.store.rows import instant_text, read_instant
from raceday_daemon.store.success_queries import read_success_rates

_HOUR: Final = timedelta(hours=1)


def read_activity(connection: Connection, now: datetime) -> Activity:
    """Read what was done up to `now`."""
    hour_ago = now - _HOUR
    return Activity(
        last_hour=_counts(connection, hour_ago),
        today=_counts(connection, racing_day_start(racing_day(now))),
        lateness=_lateness(connection, hour_ago),
        jobs=_newest_runs(connection),
        success=read_success_rates(connection, now),
    )


def read_last_looks(connection: Connection, most: int) -> list[LastLook]:
    """Read the newest looks at races, the newest first; a race's name is not known here, so its id stands for it."""
    rows = connection.execute(
        "SELECT race_id, began_at, reason, outcome, error FROM polls WHERE outcome <> ? ORDER BY began_at DESC LIMIT ?",
        (MISSED, most),
    )
    return [
        LastLook(
            race=race_id, race_id=race_id, began_at=read_instant(began), reason=reason, outcome=outcome, error=error
        )
        for race_id, began, reason, outcome, error in rows
    ]


def read_last_successes(connection: Connection) -> dict[str, datetime]:
    """Read when a run of each job last came to its end, with every item or without some."""
    rows = connection.execute("SELECT job, max(finished_at) FROM job_runs WHERE status IN (?, ?) GROUP BY job", DONE)
    return {job: read_instant(finished) for job, finished in rows}


def _counts(connection: Connection, since: datetime) -> PollCounts:
    # A record is written after its slot was due, so the index on began_at finds all of them.
    rows = connection.execute(
        "SELECT outcome, reason, count(*), count(due_at) FROM ("
        " SELECT outcome, iif(outcome = :missed, reason, NULL) AS reason, due_at FROM polls"
        " WHERE began_at >= :since AND coalesce(due_at, began_at) >= :since"
        ") GROUP BY outcome, reason ORDER BY outcome, reason",
        {"since": instant_text(since), "missed": MISSED},
    ).fetchall()
    by_outcome: dict[str, int] = {}
    for outcome, _, count, _ in rows:
        by_outcome[outcome] = by_outcome.get(outcome, 0) + count
    return PollCounts(
        by_outcome=by_outcome,
        missed_by_reason={reason: count for outcome, reason, count, _ in rows if outcome == MISSED},
        slots_failed=sum(slots for outcome, _, _, slots in rows if outcome == FAILED),
    )


def _lateness(connection: Connection, since: datetime) -> Lateness:
    rows = connection.execute(
        "SELECT round((julianday(began_at) - julianday(due_at)) * 86400000) AS late_ms FROM polls"
        " WHERE began_at >= :since AND due_at >= :since AND outcome <> :missed ORDER BY late_ms",
        {"since": instant_text(since), "missed": MISSED},
    )
    late_ms = [late for (late,) in rows]
    return Lateness(
        slots=len(late_ms),
        median_ms=_at_share(late_ms, 0.5),
        p99_ms=_at_share(late_ms, 0.99),
        worst_ms=_at_share(late_ms, 1.0),
    )


def _at_share(ordered: list[float], share: float) -> float | None:
    """Give the least value that this share of the values does not exceed."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None


def _newest_runs(connection: Connection) -> tuple[LastRun, ...]:
    rows = connection.execute(
        "SELECT job, racing_day, started_at, finished_at, status, processed, failed, skipped FROM job_runs"
        " WHERE rowid IN (SELECT max(rowid) FROM job_runs GROUP BY job) ORDER BY finished_at DESC"
    )
    return tuple(
        LastRun(
            job=job,
            racing_day=date.fromisoformat(day),
            started_at=read_instant(started),
            finished_at=read_instant(finished),
            status=status,
            processed=processed,
            failed=failed,
            skipped=skipped,
        )
        for job, day, started, finished, status, processed, failed, skipped in rows
    )
