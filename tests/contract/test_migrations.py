"""A file's way to the newest layout: a copy first, every step or none, and hands off what is newer."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest

from raceday_daemon.model.errors import NewerStoreError, StoreError
from raceday_daemon.store.migrations import Layouts, Step
from raceday_daemon.store.records import FILE_NAME as OPS
from raceday_daemon.store.records import open_records
from raceday_daemon.store.sqlite import open_database
from raceday_daemon.store.working_store import FILE_NAME as RACEDAY
from raceday_daemon.store.working_store import open_working_store
from tests.workbench import dump, rows

FIRST = "CREATE TABLE facts (id INTEGER PRIMARY KEY, said TEXT NOT NULL) STRICT"
NEWEST = "CREATE TABLE facts (id INTEGER PRIMARY KEY, said TEXT NOT NULL, loud INTEGER, by TEXT) STRICT"


def add_loud(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE facts ADD COLUMN loud INTEGER")
    connection.execute("UPDATE facts SET loud = 1")


def add_by(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE facts ADD COLUMN by TEXT")
    connection.execute("UPDATE facts SET by = 'step ' || loud")


def fails_in_sqlite(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE facts")
    connection.execute("SELECT * FROM facts")


def has_a_bug(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM facts")
    raise KeyError("loud")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.db"


async def bring(path: Path, *steps: Step, create: str = NEWEST) -> None:
    database = await open_database(path, Layouts((create,), steps), survives_power_loss=True)
    await database.close()


async def make_first(path: Path, said: str = "old") -> None:
    database = await open_database(path, Layouts((FIRST,)), survives_power_loss=True)
    await database.transaction(
        lambda connection: connection.execute("INSERT INTO facts (said) VALUES (?)", (said,)).close()
    )
    await database.close()


def make_by_hand(path: Path, version: int, journal_mode: str = "WAL") -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
        connection.execute(FIRST)
        connection.execute("INSERT INTO facts (said) VALUES ('by hand')")
        connection.execute(f"PRAGMA user_version = {version}")


def version(path: Path) -> int:
    return int(rows(path, "PRAGMA user_version")[0][0])


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize(("steps", "newest"), [((), 1), ((add_loud,), 2), ((add_loud, add_by), 3)])
async def test_a_new_file_is_made_at_the_newest_layout_without_any_step(
    path: Path, steps: tuple[Step, ...], newest: int
) -> None:
    await bring(path, *steps)
    assert version(path) == newest
    assert dump(path) == {"facts": []}
    assert [file.name for file in path.parent.iterdir()] == ["facts.db"]


async def test_an_older_file_goes_through_the_steps_it_lacks_in_their_order(path: Path) -> None:
    await make_first(path)
    await bring(path, add_loud, add_by)
    assert version(path) == 3
    assert dump(path) == {"facts": [(1, "old", 1, "step 1")]}


async def test_a_file_in_between_goes_through_the_later_steps_only(path: Path) -> None:
    await make_first(path)
    await bring(path, add_loud)
    await bring(path, add_loud, add_by)
    assert version(path) == 3
    assert dump(path) == {"facts": [(1, "old", 1, "step 1")]}


async def test_a_copy_with_the_old_rows_is_made_before_the_first_step(path: Path) -> None:
    await make_first(path)
    seen: list[dict[str, object]] = []

    def look(_: sqlite3.Connection) -> None:
        seen.append(dict(dump(path.with_name("facts.db.layout-1.bak"))))

    await bring(path, look, add_loud)
    copy = path.with_name("facts.db.layout-1.bak")
    assert seen == [{"facts": [(1, "old")]}]
    assert dump(copy) == {"facts": [(1, "old")]}
    assert version(copy) == 1
    await bring(copy, create=FIRST)


async def test_the_copy_holds_rows_that_still_lie_in_the_write_ahead_log(path: Path) -> None:
    await make_first(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as holds_the_log_open:
        holds_the_log_open.execute("INSERT INTO facts (said) VALUES ('newest')")
        assert path.with_name("facts.db-wal").stat().st_size > 0
        await bring(path, add_loud)
    assert dump(path.with_name("facts.db.layout-1.bak")) == {"facts": [(1, "old"), (2, "newest")]}
    assert dump(path) == {"facts": [(1, "old", 1), (2, "newest", 1)]}


async def test_a_copy_of_an_earlier_try_is_replaced(path: Path) -> None:
    await make_first(path)
    path.with_name("facts.db.layout-1.bak").write_bytes(b"")
    with pytest.raises(StoreError):
        await bring(path, fails_in_sqlite)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO facts (said) VALUES ('since')")
    await bring(path, add_loud)
    assert dump(path.with_name("facts.db.layout-1.bak")) == {"facts": [(1, "old"), (2, "since")]}


@pytest.mark.parametrize(("step", "error"), [(fails_in_sqlite, StoreError), (has_a_bug, KeyError)])
async def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path, step: Step, error: type[Exception]) -> None:
    await make_first(path)
    before = files(path.parent)
    with pytest.raises(error):
        await bring(path, add_loud, step)
    assert files(path.parent).items() >= before.items()
    assert version(path) == 1
    assert dump(path) == {"facts": [(1, "old")]}
    await bring(path, create=FIRST)


async def test_a_step_that_sqlite_refuses_is_told_with_the_files_name(path: Path) -> None:
    await make_first(path)
    with pytest.raises(StoreError, match="no such table") as raised:
        await bring(path, fails_in_sqlite)
    assert str(path) in str(raised.value)


async def test_a_newer_file_is_refused_in_a_sentence_that_says_what_to_do(path: Path) -> None:
    make_by_hand(path, version=7)
    with pytest.raises(NewerStoreError) as raised:
        await bring(path, add_loud)
    assert raised.value.kind == "store_newer"
    for words in (str(path), "layout 7", "this one knows 2", "RACEDAY_DATA_DIR"):
        assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("journal_mode", ["WAL", "DELETE"])
async def test_a_newer_file_is_left_byte_for_byte_as_it_is(path: Path, journal_mode: str) -> None:
    make_by_hand(path, version=7, journal_mode=journal_mode)
    before = files(path.parent)
    with pytest.raises(NewerStoreError):
        await bring(path, add_loud)
    assert files(path.parent) == before


async def test_the_log_of_a_newer_file_is_left_too(path: Path) -> None:
    make_by_hand(path, version=7)
    with closing(sqlite3.connect(path, isolation_level=None)) as theirs:
        theirs.execute("INSERT INTO facts (said) VALUES ('in the log')")
        before = files(path.parent)["facts.db"]
        with pytest.raises(NewerStoreError):
            await bring(path, add_loud)
        assert files(path.parent)["facts.db"] == before
    assert dump(path) == {"facts": [(1, "by hand"), (2, "in the log")]}


async def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    async def open_both() -> None:
        store, records = await open_working_store(folder), await open_records(folder)
        await store.close()
        await records.close()

    await open_both()
    before = files(folder)
    assert set(before) == {RACEDAY, OPS}
    await open_both()
    assert files(folder) == before


async def test_two_that_have_the_file_open_write_in_turn(path: Path) -> None:
    one = await open_database(path, Layouts((FIRST,)), survives_power_loss=True)
    other = await open_database(path, Layouts((FIRST,)), survives_power_loss=True)
    for database in (one, other, one):
        await database.transaction(
            lambda connection: connection.execute("INSERT INTO facts (said) VALUES ('it')").close()
        )
    await one.close()
    await other.close()
    assert dump(path) == {"facts": [(1, "it"), (2, "it"), (3, "it")]}


async def test_a_new_file_that_another_is_making_at_this_moment_is_waited_for(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        made = Timer(0.1, lambda: other.execute("COMMIT"))
        made.start()
        try:
            await bring(path, create=FIRST)
        finally:
            made.join()
    assert dump(path) == {"facts": []}


async def test_a_working_store_of_every_older_layout_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    def laid_out(path: Path) -> list[tuple[str, ...]]:
        return sorted(rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL"))

    await (await open_working_store(tmp_path / "new")).close()
    newest = version(tmp_path / "new" / RACEDAY)
    later_parts = {
        6: ("prunings",),
        5: ("prunings", "thinned_lines"),
        4: ("prunings", "thinned_lines", "deliveries"),
        3: ("prunings", "thinned_lines", "deliveries", "alert_"),
        2: ("prunings", "thinned_lines", "deliveries", "alert_", "sightings"),
        1: ("prunings", "thinned_lines", "deliveries", "alert_", "sightings", "outbox"),
    }
    for older, begins in later_parts.items():
        folder = tmp_path / f"layout-{older}"
        await (await open_working_store(folder)).close()
        with closing(sqlite3.connect(folder / RACEDAY, isolation_level=None)) as connection:
            for event in ("INSERT", "UPDATE", "DELETE") if older < 4 else ():
                connection.execute(f"DROP TRIGGER user_alert_configs_{event}")
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                if table.startswith(begins):
                    connection.execute(f"DROP TABLE {table}")
            connection.execute(f"PRAGMA user_version = {older}")
        await (await open_working_store(folder)).close()
        assert version(folder / RACEDAY) == newest == 7
        assert laid_out(folder / RACEDAY) == laid_out(tmp_path / "new" / RACEDAY)
