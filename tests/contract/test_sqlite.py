"""A SQLite file as the daemon holds it: whole transactions, one at a time, whatever becomes of their callers."""

import asyncio
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from raceday_daemon.commands.exits import Exit, exit_after
from raceday_daemon.model.errors import RacedayError, StoreError
from raceday_daemon.store.migrations import Layouts
from raceday_daemon.store.sqlite import Database, open_database
from tests.workbench import rows

LAYOUTS = Layouts(("CREATE TABLE facts (id INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "facts.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = await open_database(path, LAYOUTS, survives_power_loss=True)
    yield database
    await database.close()


@pytest.fixture
def in_the_way(tmp_path: Path) -> Path:
    path = tmp_path / "list"
    path.write_text("a shopping list")
    return path


def content(path: Path) -> str:
    return path.read_text()


def add(connection: sqlite3.Connection, *said: str) -> None:
    connection.executemany("INSERT INTO facts (said) VALUES (?)", [(word,) for word in said])


def said(path: Path) -> list[str]:
    return [word for (word,) in rows(path, "SELECT said FROM facts ORDER BY id")]


async def test_a_transaction_is_committed_whole_and_gives_what_the_work_gave(database: Database, path: Path) -> None:
    def work(connection: sqlite3.Connection) -> int:
        add(connection, "one", "two")
        assert said(path) == []
        return 42

    assert await database.transaction(work) == 42
    assert said(path) == ["one", "two"]


@pytest.mark.parametrize("error", [ValueError("a bug"), StoreError("refused"), KeyboardInterrupt()], ids=repr)
async def test_an_error_in_the_work_undoes_all_of_it_and_reaches_the_caller(
    database: Database, path: Path, error: BaseException
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        add(connection, "one", "two")
        raise error

    with pytest.raises(type(error)) as raised:
        await database.transaction(work)
    assert raised.value is error
    assert said(path) == []
    await database.transaction(lambda connection: add(connection, "after"))
    assert said(path) == ["after"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("INSERT INTO facts VALUES (1, NULL)", "NOT NULL constraint failed"),
        ("INSERT INTO nowhere VALUES (1)", "no such table"),
        ("not SQL", "syntax error"),
    ],
)
async def test_an_error_of_sqlite_is_a_store_error_that_names_the_file(
    database: Database, path: Path, statement: str, words: str
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        add(connection, "one")
        connection.execute(statement)

    with pytest.raises(StoreError, match=words) as raised:
        await database.transaction(work)
    assert str(path) in str(raised.value)
    assert isinstance(raised.value, RacedayError)
    assert raised.value.kind == "store"
    assert isinstance(raised.value.__cause__, sqlite3.Error)
    assert said(path) == []


async def test_transactions_of_many_tasks_never_mix(database: Database) -> None:
    await database.transaction(lambda connection: add(connection, "0"))
    inside: list[int] = []

    def increment(connection: sqlite3.Connection) -> None:
        inside.append(1)
        assert len(inside) == 1
        (found,) = connection.execute("SELECT said FROM facts").fetchone()
        time.sleep(0.001)
        connection.execute("UPDATE facts SET said = ?", (str(int(found) + 1),))
        inside.pop()

    await asyncio.gather(*(database.transaction(increment) for _ in range(50)))
    assert await database.transaction(lambda connection: connection.execute("SELECT said FROM facts").fetchall()) == [
        ("50",)
    ]


async def test_the_work_runs_in_the_files_own_thread_and_leaves_the_loop_free(database: Database) -> None:
    go_on, turns = threading.Event(), 0

    def work(_: sqlite3.Connection) -> str:
        assert go_on.wait(5)
        return threading.current_thread().name

    task = asyncio.ensure_future(database.transaction(work))
    while turns < 10:
        await asyncio.sleep(0)
        turns += 1
    go_on.set()
    assert (await task).startswith("sqlite-facts")


async def test_a_caller_that_is_cancelled_leaves_a_whole_transaction_behind(database: Database, path: Path) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work(connection: sqlite3.Connection) -> None:
        add(connection, "one")
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(5)
        add(connection, "two")

    task = asyncio.ensure_future(database.transaction(work))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert said(path) == []
    go_on.set()
    await database.transaction(lambda connection: add(connection, "three"))
    assert said(path) == ["one", "two", "three"]


async def test_a_caller_that_is_cancelled_before_its_turn_leaves_nothing_behind(database: Database, path: Path) -> None:
    go_on = threading.Event()
    first = asyncio.ensure_future(database.transaction(lambda _: go_on.wait(5)))
    second = asyncio.ensure_future(database.transaction(lambda connection: add(connection, "one")))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go_on.set()
    assert await first
    await database.transaction(lambda connection: add(connection, "two"))
    assert said(path) == ["two"]


async def test_closing_waits_for_what_is_under_way(path: Path) -> None:
    database = await open_database(path, LAYOUTS, survives_power_loss=True)

    def work(connection: sqlite3.Connection) -> None:
        time.sleep(0.05)
        add(connection, "one")

    task = asyncio.ensure_future(database.transaction(work))
    await asyncio.sleep(0)
    await database.close()
    await task
    assert said(path) == ["one"]


@pytest.mark.parametrize(("survives", "synchronous"), [(True, 2), (False, 1)])
async def test_the_file_is_in_wal_mode_and_as_durable_as_asked(path: Path, survives: bool, synchronous: int) -> None:
    database = await open_database(path, LAYOUTS, survives_power_loss=survives)

    def pragmas(connection: sqlite3.Connection) -> list[object]:
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert await database.transaction(pragmas) == ["wal", synchronous]
    await database.close()


async def test_a_process_that_dies_in_the_middle_leaves_nothing_of_its_transaction(
    database: Database, path: Path
) -> None:
    await database.transaction(lambda connection: add(connection, "before"))
    dies = (
        "import os, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('BEGIN IMMEDIATE')\n"
        "connection.execute(\"INSERT INTO facts (said) VALUES ('half')\")\n"
        "os._exit(9)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", dies, str(path))
    assert await process.wait() == 9
    await database.transaction(lambda connection: add(connection, "after"))
    assert said(path) == ["before", "after"]


async def test_a_file_that_another_holds_too_long_is_a_store_error_that_passes(database: Database, path: Path) -> None:
    await database.transaction(lambda connection: connection.execute("PRAGMA busy_timeout = 100").close())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked") as raised:
            await database.transaction(lambda connection: add(connection, "one"))
        assert str(path) in str(raised.value)
        other.execute("ROLLBACK")
    await database.transaction(lambda connection: add(connection, "two"))
    assert said(path) == ["two"]


async def test_a_file_that_another_holds_at_the_opening_ends_a_command_as_held(database: Database, path: Path) -> None:
    assert await database.transaction(lambda _: True), "the file is there"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="database is locked") as raised:
            await open_database(path, LAYOUTS, survives_power_loss=True)
    # Wrong settings (2) would stay wrong: nobody would start the daemon again once the file is free.
    assert exit_after(raised.value) is Exit.HELD
    assert raised.value.kind == StoreError.kind


async def test_a_file_that_another_holds_for_a_moment_is_waited_for(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        add(other, "theirs")
        task = asyncio.ensure_future(database.transaction(lambda connection: add(connection, "ours")))
        await asyncio.sleep(0.05)
        assert not task.done()
        other.execute("COMMIT")
        await task
    assert said(path) == ["theirs", "ours"]


async def test_a_file_that_is_no_database_is_refused_by_its_name(in_the_way: Path) -> None:
    with pytest.raises(StoreError, match="file is not a database") as raised:
        await open_database(in_the_way, LAYOUTS, survives_power_loss=True)
    assert str(in_the_way) in str(raised.value)
    assert content(in_the_way) == "a shopping list"


@pytest.mark.parametrize("below", ["facts.db", "deeper/facts.db"])
async def test_a_folder_that_cannot_be_made_is_refused_by_its_name(in_the_way: Path, below: str) -> None:
    with pytest.raises(StoreError, match="cannot be opened") as raised:
        await open_database(in_the_way / below, LAYOUTS, survives_power_loss=True)
    assert str(in_the_way / below) in str(raised.value)


async def test_a_folder_in_the_files_place_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="unable to open") as raised:
        await open_database(tmp_path, LAYOUTS, survives_power_loss=True)
    assert str(tmp_path) in str(raised.value)


async def test_a_cursor_does_not_leave_the_thread_of_its_file(database: Database) -> None:
    with pytest.raises(TypeError, match="cursor"):
        await database.transaction(lambda connection: connection.execute("SELECT 1"))


async def test_a_file_that_was_closed_is_told_of_as_such(path: Path) -> None:
    database = await open_database(path, LAYOUTS, survives_power_loss=True)
    await database.close()
    with pytest.raises(StoreError, match=r"facts\.db: it is closed$"):
        await database.transaction(lambda _: None)
