"""What keeps a SQLite file fit once rows have been removed from it: statistics, free pages, the write-ahead log.

A file of ours is made so that pages at its end can be given back a few at a time (`auto_vacuum = INCREMENTAL`). One
that was made otherwise has to be written anew for that, once.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Final

_INCREMENTAL: Final = 2
_ROWS_LOOKED_AT: Final = 400
"""Of each index, for its statistics: SQLite's own advice."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a file takes, in bytes, and how much of that is free within it; whether it can be given back bit by bit."""

    bytes: int
    page_bytes: int
    free_pages: int
    shrinks: bool

    @property
    def free_bytes(self) -> int:
        """Give the bytes that are free within the file."""
        return self.free_pages * self.page_bytes


def read_room(connection: Connection) -> Room:
    """Read how a file stands, changes in its write-ahead log included."""
    page_bytes, pages, free_pages, mode = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_size", "page_count", "freelist_count", "auto_vacuum")
    )
    return Room(pages * page_bytes, page_bytes, free_pages, mode == _INCREMENTAL)


def give_back(connection: Connection, most_pages: int) -> int:
    """Take free pages off a file's end, in a transaction of its own; give how many."""
    before = read_room(connection).free_pages
    # It gives back a page a step, each a row without columns, and `execute` goes one step alone.
    connection.executescript(f"PRAGMA incremental_vacuum({most_pages:d})")
    return before - read_room(connection).free_pages


def optimize(connection: Connection, measured: Collection[str] | None = None) -> None:
    """Renew the statistics by which SQLite chooses an index, in a transaction; of `measured` tables alone, or of all.

    A queue that is empty at night would be read through row by row when it is full: of it nothing is kept.
    """
    connection.execute(f"PRAGMA analysis_limit = {_ROWS_LOOKED_AT}")
    connection.execute("PRAGMA optimize").fetchall()
    if (
        measured is not None
        and connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone()
    ):
        others = [
            (name,) for (name,) in connection.execute("SELECT DISTINCT tbl FROM sqlite_stat1") if name not in measured
        ]
        connection.executemany("DELETE FROM sqlite_stat1 WHERE tbl = ?", others)
        # What this connection has learnt is forgotten with it.
        connection.execute("ANALYZE sqlite_schema")


def shorten_log(connection: Connection) -> bool:
    """Bring the write-ahead log into the file and cut it to nothing; say whether nobody was in the way.

    It waits for nobody: where somebody reads, the log stays, and the next night finds it.
    """
    with _without_waiting(connection):
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def write_anew(connection: Connection, folder: Path) -> None:
    """Write the whole file anew, without a gap, and so that it can shrink from then on; nobody can write meanwhile.

    The copy on its way lies in `folder`: a container's /tmp is too small for it.
    """
    quoted = str(folder).replace("'", "''")
    connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("VACUUM")


@contextmanager
def _without_waiting(connection: Connection) -> Iterator[None]:
    (milliseconds,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {milliseconds}")
