"""Meetings and races that the source no longer lists: dropped from two answers in a row, they count as withdrawn."""

from collections.abc import Iterable
from datetime import date, datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.store.rows import day_text, instant_text

ANSWERS_TO_WITHDRAW: Final = 2


def ids_of_day(connection: Connection, day: date) -> tuple[dict[str, str], dict[str, str]]:
    """Read what is stored and not withdrawn of a day: its meetings and its races, each id with its meeting's id."""
    meetings = connection.execute(
        'SELECT "id", "id" FROM "meetings" WHERE "date" = ? AND "withdrawnAt" IS NULL', (day_text(day),)
    ).fetchall()
    races = connection.execute(
        'SELECT r."id", m."id" FROM "races" r JOIN "meetings" m ON m."id" = r."meetingId"'
        ' WHERE m."date" = ? AND r."withdrawnAt" IS NULL',
        (day_text(day),),
    ).fetchall()
    return dict(meetings), dict(races)


def forget_absences(connection: Connection, seen_ids: Iterable[str]) -> None:
    """Begin anew with those that were seen in any answer."""
    absent = {subject_id for (subject_id,) in connection.execute('SELECT "id" FROM "absences"')}
    connection.executemany('DELETE FROM "absences" WHERE "id" = ?', [(one,) for one in absent.intersection(seen_ids)])


def count_absence(connection: Connection, subject_id: str, generated_time: datetime) -> int:
    """Count an answer that lacks a race or meeting; give how many have in a row.

    The same answer met again (by its generated time) counts once.
    """
    connection.execute(
        'INSERT INTO "absences" ("id", "answers", "generatedTime") VALUES (?, 1, ?)'
        ' ON CONFLICT ("id") DO UPDATE SET "answers" = "answers" + 1, "generatedTime" = excluded."generatedTime"'
        ' WHERE excluded."generatedTime" > "generatedTime"',
        (subject_id, instant_text(generated_time)),
    )
    return int(connection.execute('SELECT "answers" FROM "absences" WHERE "id" = ?', (subject_id,)).fetchone()[0])
