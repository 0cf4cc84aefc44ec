"""What a copy of a data folder's files holds: its layouts, days and rows, and until when."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection, Error, connect
from typing import Final
from urllib.parse import quote

from raceday_daemon.model.errors import FileRefusedError
from raceday_daemon.store.migrations import Layouts
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.records import LAYOUTS as RECORDS_LAYOUTS
from raceday_daemon.store.working_store import FILE_NAME as STORE
from raceday_daemon.store.working_store import LAYOUTS as STORE_LAYOUTS

LAYOUTS_OF: Final[dict[str, Layouts]] = {RECORDS: RECORDS_LAYOUTS, STORE: STORE_LAYOUTS}
"""The files of a data folder, in the order in which they are copied, and their layouts.

The records come first: a look whose record is lacking is what a kill leaves too, a record without its look is not.
"""

# Steps of SQLite's own machine, some milliseconds of them.
_OFTEN: Final = 100_000


def refuse_own_file(data_dir: Path, target: Path) -> None:
    """Raise FileRefusedError where a new file would take the place of a data folder's own: its files, logs, or locks.

    `target` need not be there.
    """
    is_own = target.name.startswith(tuple(LAYOUTS_OF)) or target.suffix == ".lock"
    if is_own and target.parent.resolve() == data_dir.resolve():
        raise FileRefusedError(f"{target} would lie among the files that it is a copy of: name another file")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file holds: its layout, and its rows by table."""

    layout: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Which racing days there are, and the newest instant that a row tells of (ISO text); None for none."""

    days: int
    first_day: str | None
    last_day: str | None
    until: str | None


def closed_file(path: Path) -> Connection:
    """Open a file that nobody writes to, to read; nothing is left beside it."""
    return connect(f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True, isolation_level=None)


def read_file_facts(connection: Connection) -> FileFacts:
    """Count what a file holds."""
    names = [
        str(name)
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
        )
    ]
    counts = {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}  # noqa: S608
    return FileFacts(int(connection.execute("PRAGMA user_version").fetchone()[0]), counts)


def read_span(store: Connection, records: Connection) -> Span:
    """Read which days there are and until when: the newest record, or the newest answer that was taken."""
    days, first, last = store.execute(
        'SELECT count(DISTINCT "raceDateNz"), min("raceDateNz"), max("raceDateNz") FROM "races"'
    ).fetchone()
    instants = [instant for instant in _newest(store, records) if instant]
    return Span(int(days), first, last, max(instants, default=None))


def _newest(store: Connection, records: Connection) -> Iterator[str | None]:
    yield records.execute("SELECT max(ended_at) FROM polls").fetchone()[0]
    yield records.execute("SELECT max(finished_at) FROM job_runs").fetchone()[0]
    yield store.execute("SELECT max(cardTime) FROM looks").fetchone()[0]
    yield store.execute("SELECT max(eventTime) FROM looks").fetchone()[0]


def fault_of(path: Path, is_wished: Callable[[], bool]) -> str | None:
    """Let SQLite look through a file that nobody writes to; give what is wrong first, None for nothing.

    It looks no further once `is_wished` says that it is to stop; what it gives then means nothing.
    """
    try:
        with closing(closed_file(path)) as connection:
            connection.set_progress_handler(is_wished, _OFTEN)
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            return None if said == "ok" else str(said)
    except Error as error:
        return str(error)
