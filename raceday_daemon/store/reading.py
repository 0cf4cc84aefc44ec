"""A SQLite file opened by those who only look: it is neither made nor changed, and its writer never waits."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from raceday_daemon.model.errors import StoreError
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.working_store import FILE_NAME as STORE


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file to read in one transaction, as it stands now; raises StoreError where that can't be done."""
    try:
        with closing(_open(path)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise _unread(path, error) from error


@contextmanager
def reading_both(data_dir: Path) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """Open the working store and the records of a data folder, as `reading` does: an error tells which folder."""
    with reading(data_dir / RECORDS) as records, reading(data_dir / STORE) as store:
        try:
            yield store, records
        except sqlite3.Error as error:
            # Which of the two it was, it does not say.
            raise _unread(data_dir, error) from error


def check_for_files(data_dir: Path) -> None:
    """Raise StoreError where a data folder lacks one of its files."""
    for name in (STORE, RECORDS):
        if not (data_dir / name).is_file():
            raise StoreError(f"there is no {name} (RACEDAY_DATA_DIR names the folder)")


def _unread(place: Path, error: sqlite3.Error) -> StoreError:
    """Say why; a table that is lacking is one of a later layout, which those who only look do not make."""
    older = "; an older version wrote it, and `raceday-daemon run` brings it up to date"
    return StoreError(f"{place}: cannot be read ({error}){older if str(error).startswith('no such ') else ''}")


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _begin(path)
    except sqlite3.OperationalError:
        # The file's last writer may have closed it, or its first one opened it, since we looked how it lies.
        return _begin(path)


def _begin(path: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?mode=ro{_manner(path)}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _manner(path: Path) -> str:
    """Give how SQLite must open a file in WAL mode to leave no files beside it: read-only alone is not enough."""
    if path.with_name(f"{path.name}-shm").exists():
        return "&readonly_shm=1"
    # Without both it was closed well, and nobody has it open. A log alone is a copy's, which needs its index made.
    return "" if _size(path.with_name(f"{path.name}-wal")) else "&immutable=1"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
