"""Files kept fit once rows are gone: room given back bit by bit, the log cut, statistics that mislead nobody."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from raceday_daemon.jobs import file_care
from raceday_daemon.jobs.file_care import Cared, File, care_for, write_file_anew
from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.portions import Portions
from raceday_daemon.store.file_care import optimize, read_room
from raceday_daemon.store.migrations import Layouts
from raceday_daemon.store.records import FILE_NAME as OPS
from raceday_daemon.store.records import open_records
from raceday_daemon.store.sqlite import Database, open_database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.workbench import rows

LAYOUTS = Layouts(
    (
        "CREATE TABLE facts (id INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT",
        "CREATE INDEX facts_said ON facts (said)",
        "CREATE TABLE queue (id INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT",
        "CREATE INDEX queue_said ON queue (said)",
    )
)
FACTS = 4_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.db"


@pytest.fixture
async def file(path: Path) -> AsyncIterator[File]:
    database = await open_database(path, LAYOUTS, survives_power_loss=False)
    yield File(path, database, ("facts",))
    await database.close()


def made_by_an_older_version(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in LAYOUTS.create:
            connection.execute(statement)
        connection.execute("PRAGMA user_version = 1")


async def fill(database: Database, facts: int = FACTS) -> None:
    said = [(f"{number:0500d}",) for number in range(facts)]
    await database.transaction(
        lambda connection: connection.executemany("INSERT INTO facts (said) VALUES (?)", said).close()
    )


async def empty(database: Database, keep: int = 10) -> None:
    await database.transaction(lambda connection: connection.execute("DELETE FROM facts WHERE id > ?", (keep,)).close())


def on_disk(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*") if not file.name.endswith("-shm"))


async def care(file: File, spare_share: float = 0.0) -> Cared:
    return await care_for(file, Portions(rests=False), spare_share=spare_share)


async def test_both_files_are_made_so_that_they_can_shrink(tmp_path: Path) -> None:
    await (await open_working_store(tmp_path)).close()
    await (await open_records(tmp_path)).close()
    for name in (FILE_NAME, OPS):
        assert rows(tmp_path / name, "PRAGMA auto_vacuum") == [(2,)]


async def test_freed_room_goes_back_to_the_disk(file: File, path: Path) -> None:
    await fill(file.database)
    full = on_disk(path)
    await empty(file.database)
    cared = await care(file)
    assert (cared.free_bytes, cared.is_short) == (0, True)
    assert cared.bytes_after == on_disk(path) < full / 20
    assert rows(path, "SELECT count(*) FROM facts") == [(10,)]
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


async def test_by_night_what_the_next_days_will_fill_stays(file: File, path: Path) -> None:
    await fill(file.database)
    await empty(file.database, keep=FACTS - 100)
    before = await file.database.apart(read_room)
    assert 0 < before.free_bytes < file_care.SPARE_SHARE * before.bytes
    assert (await care(file, file_care.SPARE_SHARE)).bytes_after == before.bytes
    await empty(file.database)
    cared = await care(file, file_care.SPARE_SHARE)
    assert cared.free_bytes == pytest.approx(file_care.SPARE_SHARE * before.bytes, abs=2 * before.page_bytes)


async def test_a_small_file_of_an_older_version_is_written_anew_once(path: Path) -> None:
    made_by_an_older_version(path)
    database = await open_database(path, LAYOUTS, survives_power_loss=False)
    file = File(path, database)
    await fill(database)
    assert not (await database.apart(read_room)).shrinks
    assert (await care(file)).bytes_after > 1_000_000, "nothing is free in it, so nothing is written anew"
    assert not (await database.apart(read_room)).shrinks
    await empty(database)
    cared = await care(file)
    assert cared.bytes_after == on_disk(path) < 100_000
    assert (await database.apart(read_room)).shrinks
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    await database.close()


async def test_a_large_file_of_an_older_version_is_left_until_a_person_asks(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_care, "SMALL_BYTES", 1_000_000)
    made_by_an_older_version(path)
    database = await open_database(path, LAYOUTS, survives_power_loss=False)
    await fill(database)
    await empty(database)
    cared = await care(File(path, database))
    assert cared.bytes_after > 1_000_000
    assert cared.free_bytes > 1_000_000
    cared = await write_file_anew(File(path, database))
    assert cared.bytes_after == on_disk(path) < 100_000
    assert (await database.apart(read_room)).shrinks
    await database.close()


async def test_writing_anew_is_refused_where_the_disk_has_no_room_for_it(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(file.database, 100)
    monkeypatch.setattr(file_care, "_has_room", lambda *_: False)
    with pytest.raises(StoreError, match=r"facts\.db: writing it anew needs [0-9.]+ MB of room"):
        await write_file_anew(file)


async def test_a_reader_keeps_the_log_and_nothing_fails_nor_waits(file: File, path: Path) -> None:
    await fill(file.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM facts").fetchone() == (FACTS,)
        await empty(file.database)
        assert not (await care(file)).is_short
        assert reader.execute("SELECT count(*) FROM facts").fetchone() == (FACTS,), "it reads on as if nothing were"
        reader.execute("COMMIT")
    cared = await care(file)
    assert cared.is_short
    assert on_disk(path) == cared.bytes_after
    assert rows(path, "PRAGMA busy_timeout") is not None
    assert await file.database.apart(lambda connection: connection.execute("PRAGMA busy_timeout").fetchone()) == (
        2000,
    ), "the next transaction waits for others as before"


async def test_room_is_given_back_in_portions(file: File) -> None:
    await fill(file.database)
    await empty(file.database)

    class Counted(Portions):
        sizes: list[int] = []  # noqa: RUF012

        async def do(self, work):  # type: ignore[no-untyped-def]
            given = await super().do(work)
            self.sizes.append(given)
            return given

    await care_for(file, Counted(moment_seconds=0.0005, rests=False), spare_share=0.0)
    assert len(Counted.sizes) > 3


async def test_a_queue_that_is_short_at_night_is_not_taken_for_a_short_one(file: File, path: Path) -> None:
    await fill(file.database, 200)

    def ask(connection: sqlite3.Connection) -> None:
        for table in ("facts", "queue"):
            connection.execute(f"INSERT INTO {table} (said) VALUES ('x')")
            connection.execute("ANALYZE")

    await file.database.transaction(ask)
    assert {table for (table,) in rows(path, "SELECT DISTINCT tbl FROM sqlite_stat1")} == {"facts", "queue"}
    await file.database.transaction(lambda connection: optimize(connection, ("facts",)))
    assert {table for (table,) in rows(path, "SELECT DISTINCT tbl FROM sqlite_stat1")} == {"facts"}


async def test_a_file_without_statistics_gets_along(file: File) -> None:
    assert (await care(file)).is_short
