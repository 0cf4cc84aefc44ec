"""How far history has been removed in each database in Appwrite, so that no night looks through all of it again."""

from datetime import date
from sqlite3 import Connection
from typing import Final

CREATE_PRUNINGS: Final = "CREATE TABLE prunings (target TEXT PRIMARY KEY NOT NULL, doneBefore TEXT NOT NULL) STRICT"


def add_prunings(connection: Connection) -> None:
    """Bring a file to the layout that remembers how far history was removed in Appwrite."""
    connection.execute(CREATE_PRUNINGS)


def read_done_before(connection: Connection, target: str) -> date | None:
    """Read before which racing day a database has no history any more, None where that is not known."""
    row = connection.execute("SELECT doneBefore FROM prunings WHERE target = ?", (target,)).fetchone()
    return date.fromisoformat(row[0]) if row else None


def note_done_before(connection: Connection, target: str, day: date) -> None:
    """Note that a database has no history before a racing day any more; what is noted of others goes."""
    connection.execute("DELETE FROM prunings")
    connection.execute("INSERT INTO prunings VALUES (?, ?)", (target, day.isoformat()))


def look_again_from(connection: Connection, day: date) -> None:
    """Note that a racing day had come back here: its rows may have been sent again."""
    connection.execute(
        "UPDATE prunings SET doneBefore = ? WHERE doneBefore > ?",
        (day.isoformat(), day.isoformat()),
    )
