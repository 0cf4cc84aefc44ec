"""How far each daily job has come with a day, so that a run that was cut off goes on where it was."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from sqlite3 import Connection

from raceday_daemon.model.job import RUNNING


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last run's status: running for one that was cut off, and then the ids of its items done and failed."""

    status: str
    done: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()


def read_checkpoint(connection: Connection, job: str, day: date) -> Checkpoint | None:
    """Read where a job stands with a day."""
    row = connection.execute(
        'SELECT "status", "done", "failed" FROM "checkpoints" WHERE "job" = ? AND "racingDay" = ?',
        (job, day.isoformat()),
    ).fetchone()
    return Checkpoint(row[0], frozenset(json.loads(row[1])), frozenset(json.loads(row[2]))) if row else None


def write_progress(connection: Connection, job: str, day: date, done: Iterable[str], failed: Iterable[str]) -> None:
    """Note the items that a running job has done, and those that failed."""
    _write(connection, job, day, Checkpoint(RUNNING, frozenset(done), frozenset(failed)))


def write_end(connection: Connection, job: str, day: date, status: str) -> None:
    """Note that a job is done with a day: the next run starts anew."""
    _write(connection, job, day, Checkpoint(status))


def _write(connection: Connection, job: str, day: date, checkpoint: Checkpoint) -> None:
    done, failed = json.dumps(sorted(checkpoint.done)), json.dumps(sorted(checkpoint.failed))
    connection.execute(
        'INSERT INTO "checkpoints" ("job", "racingDay", "status", "done", "failed") VALUES (?, ?, ?, ?, ?)'
        ' ON CONFLICT DO UPDATE SET "status" = excluded."status", "done" = excluded."done",'
        ' "failed" = excluded."failed"',
        (job, day.isoformat(), checkpoint.status, done, failed),
    )
