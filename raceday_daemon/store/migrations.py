"""The layouts that a file has gone through, and the way from an older one to the newest."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from raceday_daemon.model.errors import NewerStoreError

Step = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Layouts:
    """How to make an empty file at the newest version, and the steps from each version to the next, from 1 on.

    A file's version is its `user_version`: 1 plus the number of steps.
    """

    create: Sequence[str]
    steps: Sequence[Step] = ()

    @property
    def version(self) -> int:
        """Give the newest version."""
        return 1 + len(self.steps)


def refuse_newer(connection: sqlite3.Connection, path: Path, layouts: Layouts) -> int:
    """Give a file's version, 0 for an empty one; NewerStoreError, with nothing written to it, for a newer one."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if found > layouts.version:
        raise NewerStoreError(
            f"{path}: written by a newer raceday-daemon (layout {found}, this one knows {layouts.version});"
            " install that version again, or use another RACEDAY_DATA_DIR"
        )
    return found


def bring_up_to_date(connection: sqlite3.Connection, path: Path, layouts: Layouts) -> None:
    """Make the tables of an empty file, or take an older file through the steps it lacks, in one transaction.

    Before that an older file is copied beside itself. Raises NewerStoreError as refuse_newer does.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = refuse_newer(connection, path, layouts)
        if 0 < found < layouts.version:
            _back_up(path, found)
            for step in layouts.steps[found - 1 :]:
                step(connection)
        elif found == 0:
            for statement in layouts.create:
                connection.execute(statement)
        if found != layouts.version:
            connection.execute(f"PRAGMA user_version = {layouts.version}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _back_up(path: Path, version: int) -> None:
    """Copy the file by SQLite itself, through a second connection: it sees the state before the steps."""
    copy = path.with_name(f"{path.name}.layout-{version}.bak")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    logger.info("copied {path} before bringing it up to date", action="store_backed_up", path=str(copy))
