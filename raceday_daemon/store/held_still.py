"""A SQLite file held still while its writers go on: one state of it, to be copied."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from raceday_daemon.model.errors import StoreError
from raceday_daemon.store.reading import reading

MEGABYTE: Final = 1024 * 1024

# As much as waits in memory to be written: a disk that gets it all at once keeps the commits of a daemon waiting.
_SYNC_MEGABYTES: Final = 8

Step = Callable[[int], None]
"""Is told of each megabyte or less that was done, in bytes; what it raises ends the work."""


@dataclass(frozen=True, slots=True)
class StillFile:
    """A file in one state, for as long as the connection's transaction lasts: nothing is copied into memory."""

    connection: sqlite3.Connection
    path: Path

    @property
    def size_bytes(self) -> int:
        """Give the size of a copy."""
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        return int(pages) * self._page_bytes

    @property
    def _page_bytes(self) -> int:
        (page_bytes,) = self.connection.execute("PRAGMA page_size").fetchone()
        return int(page_bytes)

    def copy_to(self, target: Path, step: Step) -> None:
        """Write the state to a new file, which is one that no writer ever had open. Raises StoreError."""
        try:
            self._copy(target, step)
        except sqlite3.Error as error:
            # It is the copy's disk that is full, more often than the file that is broken.
            raise StoreError(f"{self.path}: cannot be copied to {target} ({error})") from error

    def _copy(self, target: Path, step: Step) -> None:
        page_bytes = self._page_bytes
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            # Nobody needs a half-made copy back.
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            with target.open("rb") as written:
                pages = _Pages(step, page_bytes, written.fileno())
                # The transaction is open already, so the copying never begins anew because somebody writes.
                self.connection.backup(copy, pages=max(MEGABYTE // page_bytes, 1), progress=pages.copied)
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")


class _Pages:
    """Counts the pages that were copied, and has them on the disk little by little."""

    def __init__(self, step: Step, page_bytes: int, descriptor: int) -> None:
        self._step = step
        self._page_bytes = page_bytes
        self._descriptor = descriptor
        self._left: int | None = None
        self._unsynced = 0

    def copied(self, _status: int, left: int, total: int) -> None:
        done = ((total if self._left is None else self._left) - left) * self._page_bytes
        self._left = left
        self._unsynced += done
        if self._unsynced >= _SYNC_MEGABYTES * MEGABYTE:
            os.fdatasync(self._descriptor)
            self._unsynced = 0
        self._step(done)


@contextmanager
def held_still(path: Path) -> Iterator[StillFile]:
    """Hold a file still, beside whoever writes to it or without; raises StoreError where it can't be read.

    Its log can't begin anew meanwhile, so it grows by what is written.
    """
    try:
        with _opened(path) as connection:
            yield StillFile(connection, path)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be copied ({error})") from error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file as its writers do, where that is allowed: those who only look may miss that one begins to write."""
    if not _may_be_written(path):
        before = _stamp(path)
        with reading(path) as connection:
            yield connection
        if not path.with_name(f"{path.name}-shm").exists() and _stamp(path) != before:
            raise StoreError(f"{path}: somebody began to write to it meanwhile: try again")
        return
    uri = f"file:{quote(str(path.absolute()))}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection


def _may_be_written(path: Path) -> bool:
    return all(os.access(place, os.W_OK) for place in (path.parent, path))


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
