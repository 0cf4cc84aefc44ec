"""The daemon's watch over its threads: signs of life only while all of them answer, and what hangs by its name."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.self_check import SelfCheck
from raceday_daemon.ops.systemd import ServiceManager
from raceday_daemon.store.records import open_records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from raceday_daemon.vigil import Vigil
from tests.contract.test_pulse import until
from tests.contract.test_targets import Lines, lines
from tests.fakes.clock import FakeClock
from tests.fakes.service_manager import Told, service_manager

__all__ = ["lines"]

STORE, RECORDS = "the thread of raceday.db", "the thread of ops.db"
Hang = Callable[[], None]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
async def kept(store: Database, tmp_path: Path) -> AsyncIterator[tuple[Vigil, Told]]:
    """A vigil over the two files, every tenth of a second, and what it tells the service manager."""
    records = await open_records(tmp_path)
    with service_manager(tmp_path) as told:
        vigil = Vigil(
            {STORE: store.answers, RECORDS: records.answers},
            ServiceManager(told.address, watchdog_seconds=0.4),
            FakeClock(),
        )
        keeping = asyncio.create_task(vigil.keep())
        yield vigil, told
        keeping.cancel()
        await asyncio.wait({keeping})
    await records.close()


@asynccontextmanager
async def hanging(store: Database) -> AsyncIterator[None]:
    """Let the thread of a file hang as long as the block lasts."""
    go_on, has_begun = threading.Event(), threading.Event()

    def hang(_: sqlite3.Connection) -> bool:
        has_begun.set()
        return go_on.wait(60)

    hung = asyncio.ensure_future(store.transaction(hang))
    await asyncio.to_thread(has_begun.wait, 60)
    try:
        yield
    finally:
        go_on.set()
        await hung


async def test_it_is_ready_only_once_it_is_in_place_and_alive_from_then_on(kept: tuple[Vigil, Told]) -> None:
    vigil, told = kept
    await asyncio.sleep(0.3)
    assert told.read() == []
    vigil.in_place(lambda: "watching 3 races")
    await told.until(lambda told: len(told.values("WATCHDOG")) > 3)
    assert [*told.messages[0], *told.messages[1], *told.messages[2]] == ["READY", "WATCHDOG", "STATUS"]
    assert (told.values("READY"), told.values("STATUS")) == (["1"], ["watching 3 races"])
    assert vigil.troubles == ()


async def test_a_thread_that_hangs_keeps_the_signs_of_life_back_until_it_goes_on(
    kept: tuple[Vigil, Told], store: Database, lines: Lines
) -> None:
    vigil, told = kept
    vigil.in_place(lambda: "watching 3 races")
    await told.until(lambda told: told.values("WATCHDOG") != [])
    async with hanging(store):
        await until(lambda: bool(vigil.troubles))
        signs = len(told.values("WATCHDOG"))
        await told.until(lambda told: len(told.values("STATUS")) > 2)
        (trouble,) = vigil.troubles
        assert (trouble.part, trouble.since) == (STORE, FakeClock().now())
        assert trouble.words.startswith("has not answered for ")
        assert told.values("STATUS")[-1].startswith(f"{STORE} has not answered for ")
        assert told.values("STATUS")[-1].endswith("; watching 3 races")
        assert len(told.values("WATCHDOG")) == signs
    await told.until(lambda told: len(told.values("WATCHDOG")) > signs)
    await until(lambda: vigil.troubles == ())
    told_in_log = [(level, action) for level, action, _ in lines if action.startswith("part_hangs")]
    assert told_in_log[0] == ("ERROR", "part_hangs")
    assert told_in_log[-1] == ("INFO", "part_hangs_over")
    assert {level for level, _ in told_in_log[1:-1]} <= {"DEBUG"}


async def test_one_that_hangs_from_the_start_is_never_ready(kept: tuple[Vigil, Told], store: Database) -> None:
    vigil, told = kept
    async with hanging(store):
        await until(lambda: bool(vigil.troubles))
        vigil.in_place(lambda: "watching 3 races")
        await told.until(lambda told: told.values("STATUS") != [])
        assert (told.values("READY"), told.values("WATCHDOG")) == ([], [])
    await told.until(lambda told: told.values("READY") == ["1"])


async def test_a_file_that_another_process_has_locked_is_no_thread_that_hangs(store: Database, tmp_path: Path) -> None:
    check = SelfCheck({STORE: store.answers}, bound_seconds=20)
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await check.look() == []


async def test_many_who_wait_for_a_locked_file_one_after_the_other_are_no_thread_that_hangs(
    store: Database, tmp_path: Path
) -> None:
    await store.transaction(lambda connection: connection.execute("PRAGMA busy_timeout = 100").fetchone())
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        looks = [asyncio.ensure_future(store.transaction(lambda _: None)) for _ in range(40)]
        assert await SelfCheck({STORE: store.answers}, bound_seconds=20).look() == []
        assert sum(look.done() for look in looks) < len(looks) / 2, "it answered between two of them"
        other.execute("ROLLBACK")
    await asyncio.wait(looks)
    assert all(isinstance(look.exception(), StoreError | None) for look in looks)


async def test_a_part_with_a_bug_is_no_part_that_is_silent() -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await SelfCheck({"a part": broken}, bound_seconds=1).look()
