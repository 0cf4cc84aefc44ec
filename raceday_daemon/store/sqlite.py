"""A SQLite file with one thread of its own: whole transactions go in, one at a time."""

import asyncio
import errno
import os
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from raceday_daemon.model.errors import StoreError, StoreHeldError
from raceday_daemon.store.migrations import Layouts, bring_up_to_date, refuse_newer

ResultT = TypeVar("ResultT")

_BUSY_SECONDS = 2.0


class Database:
    """An open file. Everything that touches it runs in its one thread, so no two transactions mix."""

    def __init__(self, path: Path, thread: ThreadPoolExecutor, connection: sqlite3.Connection) -> None:
        """Take over a connection made in `thread`; use `open_database`."""
        self._path = path
        self._thread = thread
        self._connection = connection
        self._is_closed = False
        self._asked: deque[Future[None]] = deque()

    async def transaction(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        """Run `work` in the file's thread in one transaction, and commit it; an error in `work` undoes all of it.

        What `work` gives must be values, read to their end: a cursor that another thread lets go of would reset a
        statement that this one is using.
        Raises StoreError where SQLite fails, or the file was closed. A caller that is cancelled meanwhile does not stop
        the transaction.
        """
        self._check_open()
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def apart(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        """Run `work` in the file's thread outside of any transaction: what SQLite does to a file as a whole.

        Raises StoreError as `transaction` does.
        """
        self._check_open()
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run_apart, work)

    async def answers(self) -> None:
        """Come back once the file's thread has come back from what it is at, however much else waits for it.

        A file that is locked holds each transaction up for a while: a long queue of them is no thread that hangs.
        """
        self._check_open()
        asked: Future[None] = Future()
        self._asked.append(asked)
        self._thread.submit(self._answer)
        await asyncio.wrap_future(asked)

    async def close(self) -> None:
        """Wait for what is under way and close the file."""
        self._is_closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown(wait=False)

    def _check_open(self) -> None:
        if self._is_closed:
            # Who only looks may still ask while the daemon ends.
            raise StoreError(f"{self._path}: it is closed")

    def _answer(self) -> None:
        """Answer those who ask whether the thread hangs: it is here."""
        while self._asked:
            asked = self._asked.popleft()
            if asked.set_running_or_notify_cancel():
                asked.set_result(None)

    def _run(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        try:
            return self._transact(work)
        finally:
            self._answer()

    def _run_apart(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        try:
            return work(self._connection)
        except sqlite3.Error as error:
            raise _failure(self._path, error) from error
        finally:
            self._answer()

    def _transact(self, work: Callable[[sqlite3.Connection], ResultT]) -> ResultT:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(self._connection)
                if isinstance(result, sqlite3.Cursor):
                    raise TypeError("a cursor must not leave the thread of its file")
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise _failure(self._path, error) from error
        return result


async def open_database(
    path: Path, layouts: Layouts, *, survives_power_loss: bool, busy_seconds: float = _BUSY_SECONDS
) -> Database:
    """Open or make the file, at the newest of its layouts, in WAL mode.

    A transaction waits `busy_seconds` for another process that has the file locked.
    Without `survives_power_loss` the last transactions before a power loss may be gone; a crash of the process alone
    loses none either way. Raises StoreError, or NewerStoreError for a file of a newer version.
    """
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"sqlite-{path.stem}")
    try:
        connection = await asyncio.get_running_loop().run_in_executor(
            thread, _connect, path, layouts, survives_power_loss, busy_seconds
        )
    except BaseException:
        thread.shutdown(wait=False)
        raise
    return Database(path, thread, connection)


def _connect(path: Path, layouts: Layouts, survives_power_loss: bool, busy_seconds: float) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_writable(path)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=256)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: cannot be opened ({error})") from error
    try:
        if refuse_newer(connection, path, layouts) == 0:
            # Only an empty file takes it at once; see store/file_care.py.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _write_ahead(connection)
        connection.execute(f"PRAGMA synchronous = {'FULL' if survives_power_loss else 'NORMAL'}")
        bring_up_to_date(connection, path, layouts)
        connection.execute(f"PRAGMA busy_timeout = {busy_seconds * 1000:.0f}")
    except sqlite3.Error as error:
        connection.close()
        raise _failure(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _check_writable(path: Path) -> None:
    """Raise OSError before SQLite leaves files beside a file that it may only read, which would stay in the way."""
    for place in (path.parent, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, "no permission to write", str(place))


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Put the file in WAL mode; SQLite does not wait here, as elsewhere, for another process that has it locked."""
    until = monotonic() + _BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_held(error) or monotonic() > until:
                raise
            sleep(_BUSY_SECONDS / 100)


def _failure(path: Path, error: sqlite3.Error) -> StoreError:
    return (StoreHeldError if _is_held(error) else StoreError)(f"{path}: {error}")


def _is_held(error: sqlite3.Error) -> bool:
    # Errors of our own using of it have no code.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
