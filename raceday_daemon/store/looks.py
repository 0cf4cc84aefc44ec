"""The last answer taken of each race and meeting, so that an older one never undoes a newer."""

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from raceday_daemon.store.rows import instant_text, read_instant


@dataclass(frozen=True, slots=True)
class Look:
    """The generated time of the last answer taken, an unchanged one too, and whether one was an event's own."""

    generated_time: datetime
    event_taken: bool


def read_look(connection: Connection, subject_id: str) -> Look | None:
    """Read the last look at a race or meeting."""
    row = connection.execute(
        'SELECT "generatedTime", "eventTaken" FROM "looks" WHERE "id" = ?', (subject_id,)
    ).fetchone()
    return Look(read_instant(row[0]), bool(row[1])) if row else None


def is_stale(look: Look | None, generated_time: datetime) -> bool:
    """Say whether an answer is older than the last one taken."""
    return look is not None and generated_time < look.generated_time


def write_look(connection: Connection, subject_id: str, generated_time: datetime, *, event_taken: bool) -> None:
    """Note that an answer was taken; once an event's own was taken, that stays noted."""
    connection.execute(
        'INSERT INTO "looks" ("id", "generatedTime", "eventTaken") VALUES (?, ?, ?)'
        ' ON CONFLICT ("id") DO UPDATE SET "generatedTime" = excluded."generatedTime",'
        ' "eventTaken" = max("eventTaken", excluded."eventTaken")',
        (subject_id, instant_text(generated_time), int(event_taken)),
    )
