"""Single steps against a server: what is refused, what is made anew, what does not move on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from loguru import logger

from raceday_daemon.appwrite.setup.builder import Builder
from raceday_daemon.appwrite.setup.rollback import roll_back
from raceday_daemon.appwrite.setup.steps import Await, MakeColumn, MakeIndex, RemoveColumn, RemoveIndex
from raceday_daemon.appwrite.setup.wanted import WantedTable, wanted_tables
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_setups import Setups, Steps, setups


@pytest.fixture
async def db(appwrite_server: AppwriteServer, tmp_path: Path) -> AsyncIterator[Setups]:
    async with setups(appwrite_server, tmp_path) as opened:
        yield opened


def wanted(name: str) -> WantedTable:
    return next(table for table in wanted_tables("users") if table.name == name)


async def test_a_step_that_is_refused_is_named_and_the_others_go_on(db: Setups) -> None:
    db.server.control.fault(status=400, type="column_limit_exceeded", message="It is full.", path="/columns/boolean")
    report = await db.set_up()
    db.server.control.behave()
    assert report.failures[0].endswith(
        ": the table has no room for another column or index (It is full.): remove what nothing needs from it"
    )
    assert {difference.where for difference in report.differences} >= {"entrants.mover", "notifications.read"}
    assert "entrants.mover" not in report.made
    assert "entrants.name" in report.made
    assert db.record.is_unfinished
    assert (await db.set_up()).differences == []


async def test_a_column_and_an_index_are_made_anew(db: Setups) -> None:
    await db.set_up()
    table = wanted("entrants")
    jockey = next(column for column in table.columns if column.name == "jockey")
    builder = Builder(db.patient, db.record, Steps())
    index = MakeIndex(table, ("raceId",))
    await builder.build(
        [MakeColumn(table, jockey), index, RemoveIndex(table, index.index), RemoveColumn(table, "jockey")]
    )
    assert builder.failures == []
    assert (await db.check()).differences == []
    outcome = await roll_back(db.patient, db.record)
    assert outcome.removed == ["entrants: index raceId", "entrants.jockey"]


async def test_the_texts_of_older_and_newer_servers_are_mended_alike(db: Setups) -> None:
    db.server.send("POST", "/tablesdb", {"databaseId": db.server.database, "name": "by hand"})
    db.send("POST", "/tables", {"tableId": "race-results", "name": "race-results", "permissions": ['read("users")']})
    here = "/tables/race-results/columns"
    db.send("POST", f"{here}/string", {"key": "raceId", "size": 20, "required": False})
    db.send("POST", f"{here}/string", {"key": "resultsData", "size": 20_000, "required": True})
    db.send("POST", f"{here}/text", {"key": "dividendsData", "required": True})
    db.send("POST", f"{here}/datetime", {"key": "resultTime", "required": True})
    report = await db.set_up()
    assert (report.differences, report.failures) == ([], [])
    assert set(report.mended) == {
        "race-results.raceId",
        "race-results.resultsData",
        "race-results.dividendsData",
        "race-results.resultTime",
    }


async def test_what_does_not_move_on_is_not_waited_for_without_end(db: Setups) -> None:
    db.server.control.settle_seconds(3600)
    db.server.send("POST", "/tablesdb", {"databaseId": db.server.database, "name": "by hand"})
    db.send("POST", "/tables", {"tableId": "big-bets", "name": "big-bets"})
    db.send("POST", "/tables/big-bets/columns/integer", {"key": "stake", "required": True})
    told: list[str] = []
    handler = logger.add(told.append, level="WARNING", format="{message}")
    await Builder(db.patient, db.record, Steps(), standstill_seconds=0.2).build([Await(wanted("big-bets"))])
    logger.remove(handler)
    assert told == ["Appwrite is still making stake of big-bets after 0.2 s\n"]
    assert "big-bets.stake: it is processing" in map(str, (await db.check()).differences)
