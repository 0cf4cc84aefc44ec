"""The daemon's own note of the last answers that it took of each race and meeting."""

from collections.abc import Collection, Iterator
from sqlite3 import Connection

from tests.auditor.finding import Finding, What

Note = tuple[str | None, str | None] | None
"""The generated times of the last card and of the last event's answer; None where nothing was taken."""


def read_note(connection: Connection, subject_id: str) -> Note:
    """Read the note of a race or meeting."""
    row = connection.execute('SELECT "cardTime", "eventTime" FROM "looks" WHERE "id" = ?', (subject_id,)).fetchone()
    return (row[0], row[1]) if row else None


def wrong_note(subject_id: str, allowed: Collection[Note], stored: Note) -> Iterator[Finding]:
    """Compare it with what may be noted."""
    if stored not in allowed:
        yield Finding(What.WRONG_VALUE, f"looks[{subject_id}]", list(allowed), stored)
