"""Taking an unfinished setup back: what it made and what is empty, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from raceday_daemon.appwrite.setup.record import FILE_NAME, Made, Place, SetupRecord
from raceday_daemon.appwrite.setup.rollback import roll_back
from raceday_daemon.model.errors import StoreError
from raceday_daemon.store.schema import TABLES
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_setups import Setups, StoppedError, setups


@pytest.fixture
async def db(appwrite_server: AppwriteServer, tmp_path: Path) -> AsyncIterator[Setups]:
    async with setups(appwrite_server, tmp_path) as opened:
        yield opened


async def begin(db: Setups, steps: int) -> None:
    with pytest.raises(StoppedError):
        await db.set_up(stop_after=steps)


def tables(db: Setups) -> set[str]:
    return {table["$id"] for table in db.get("/tables")["tables"]}


async def test_the_tables_of_an_unfinished_setup_go_and_the_database_stays(db: Setups) -> None:
    await begin(db, 100)
    outcome = await roll_back(db.patient, db.record)
    assert set(outcome.removed) == {table.name for table in TABLES}
    assert outcome.kept == []
    assert tables(db) == set()
    assert not db.record.is_unfinished
    assert (await db.set_up()).differences == []


async def test_a_finished_setup_has_nothing_to_take_back(db: Setups) -> None:
    await db.set_up()
    outcome = await roll_back(db.patient, db.record)
    assert (outcome.removed, outcome.kept) == ([], [])
    assert tables(db) == {table.name for table in TABLES}


async def test_a_table_that_has_rows_by_now_is_kept_with_all_its_columns(db: Setups) -> None:
    await begin(db, 190)
    version = {"version": "1", "appliedAt": "2025-07-17T00:00:00Z"}
    db.send("PUT", "/tables/schema-version/rows/x", {"data": version})
    outcome = await roll_back(db.patient, db.record)
    assert outcome.kept == ["schema-version: it holds rows"]
    assert tables(db) == {"schema-version"}
    assert len(db.table("schema-version")["columns"]) == 2


async def test_in_a_table_that_was_there_only_the_empty_columns_of_the_run_go(db: Setups) -> None:
    await db.set_up()
    for column in ("jockey", "trainerName", "silkColours"):
        db.send("DELETE", f"/tables/entrants/columns/{column}")
    db.send("DELETE", "/tables/entrants/indexes/raceId")
    db.send("DELETE", "/tables/big-bets")
    # The index comes last: the columns are there by then, and the setup is not complete.
    await begin(db, 13)
    entrant = {"entrantId": "e1", "race": "r1", "raceId": "r1", "name": "x", "runnerNumber": 1, "jockey": "S Spratt"}
    db.send("PUT", "/tables/entrants/rows/e1", {"data": entrant})
    outcome = await roll_back(db.patient, db.record)
    assert outcome.kept == ["entrants.jockey: it holds rows"]
    assert {"entrants.trainerName", "entrants.silkColours", "big-bets"} <= set(outcome.removed)
    left = {column["key"] for column in db.table("entrants")["columns"] if column["status"] == "available"}
    assert {"jockey", "name", "winOdds"} <= left
    assert not {"trainerName", "silkColours"} & left


async def test_a_setup_of_another_database_is_not_taken_back(db: Setups, tmp_path: Path) -> None:
    await begin(db, 20)
    elsewhere = SetupRecord(tmp_path, Place(db.server.endpoint, db.server.project, "another"))
    assert (elsewhere.is_unfinished, elsewhere.made()) == (False, [])
    outcome = await roll_back(db.patient, elsewhere)
    assert outcome.removed == []
    assert len(tables(db)) == len(TABLES)


def test_a_record_lists_what_was_made_without_what_others_had_made(tmp_path: Path) -> None:
    record = SetupRecord(tmp_path, Place("http://x/v1", "p", "d"))
    table, column, index = Made("table", "a", "a"), Made("column", "a", "b"), Made("index", "a", "c")
    for thing in (table, column, index):
        record.note(thing)
    record.strike(column)
    assert SetupRecord(tmp_path, Place("http://x/v1", "p", "d")).made() == [table, index]


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    record = SetupRecord(tmp_path, Place("http://x/v1", "p", "d"))
    record.note(Made("table", "a", "a"))
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write('\n{"kind": "col')
    assert record.made() == [Made("table", "a", "a")]
    record.note(Made("table", "b", "b"))
    assert record.made() == [Made("table", "a", "a"), Made("table", "b", "b")]


def test_a_record_of_another_place_is_replaced(tmp_path: Path) -> None:
    SetupRecord(tmp_path, Place("http://x/v1", "p", "d")).note(Made("table", "a", "a"))
    other = SetupRecord(tmp_path, Place("http://x/v1", "p", "e"))
    other.note(Made("table", "b", "b"))
    assert other.made() == [Made("table", "b", "b")]
    other.finish()
    assert not (tmp_path / FILE_NAME).exists()


def test_a_record_that_cannot_be_removed_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match=rf"{FILE_NAME}: cannot be removed \("):
        SetupRecord(tmp_path, Place("http://x/v1", "p", "d")).finish()
