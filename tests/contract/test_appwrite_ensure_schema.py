"""What a daemon does about the tables when it starts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from raceday_daemon.appwrite.setup import ensuring
from raceday_daemon.appwrite.setup.ensuring import ensure_schema
from raceday_daemon.appwrite.setup.key_scopes import RUN
from raceday_daemon.model.appwrite_errors import AppwriteKeyError, AppwriteSchemaError
from raceday_daemon.store.schema import TABLES
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_setups import Setups, Steps, StoppedError, setups


@pytest.fixture
async def db(appwrite_server: AppwriteServer, tmp_path: Path) -> AsyncIterator[Setups]:
    async with setups(appwrite_server, tmp_path) as opened:
        yield opened


async def ensure(db: Setups, stop_after: int | None = None) -> None:
    await ensure_schema(db.appwrite, db.record, "users", Steps(stop_after))


async def test_an_empty_project_is_set_up(db: Setups) -> None:
    await ensure(db)
    assert (await db.check()).differences == []


async def test_an_empty_database_is_set_up(db: Setups) -> None:
    db.server.send("POST", "/tablesdb", {"databaseId": db.server.database, "name": "empty"})
    await ensure(db)
    assert (await db.check()).differences == []


async def test_a_database_that_is_set_up_costs_one_question_and_the_scopes_of_run(db: Setups, tmp_path: Path) -> None:
    await db.set_up()
    key = db.server.control.key("a-key-that-runs-the-daemon", RUN)
    async with setups(db.server, tmp_path, key=key) as with_key:
        db.server.control.forget_traffic()
        await ensure(with_key)
    assert sum(db.server.control.requests.values()) == 1


async def test_a_key_that_may_only_read_is_refused_before_the_first_row(db: Setups, tmp_path: Path) -> None:
    await db.set_up()
    key = db.server.control.key("a-key-that-only-reads", ["rows.read"])
    async with setups(db.server, tmp_path, key=key) as with_key:
        with pytest.raises(AppwriteKeyError, match=r"lacks the scope .*rows.write"):
            await ensuring.OwnTables(with_key.appwrite, db.record, "users", Steps(None)).begin(tries_writing=True)


async def test_a_start_does_not_wait_for_a_server_that_is_silent_and_the_tables_are_made_once_it_answers(
    db: Setups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensuring, "FIRST_ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(ensuring, "AGAIN_SECONDS", 0.05)
    tables = ensuring.OwnTables(db.appwrite, db.record, "users", Steps(None))
    db.server.control.fault(kind="stall")
    await tables.begin()
    db.server.control.behave()
    await tables.go_on()
    assert (await db.check()).differences == []


async def test_a_setup_that_takes_too_long_for_a_start_is_finished_later(
    db: Setups, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensuring, "SETUP_SECONDS", 0.1)
    monkeypatch.setattr(ensuring, "AGAIN_SECONDS", 0.05)
    tables = ensuring.OwnTables(db.appwrite, db.record, "users", Steps(None))
    await tables.begin()
    assert (await db.check()).differences != []
    await tables.go_on()
    assert (await db.check()).differences == []


async def test_a_setup_that_was_cut_off_is_finished(db: Setups) -> None:
    with pytest.raises(StoppedError):
        await ensure(db, stop_after=50)
    await ensure(db)
    assert (await db.check()).differences == []


async def test_a_key_that_may_not_make_tables_is_told_to_run_setup(db: Setups, tmp_path: Path) -> None:
    key = db.server.control.key("a-key-that-runs-the-daemon", RUN)
    async with setups(db.server, tmp_path, key=key) as with_key:
        with pytest.raises(AppwriteSchemaError, match=r"may not make them.*: run `raceday-daemon setup` with a key"):
            await ensure(with_key)


async def test_a_database_with_tables_of_others_is_left_to_people(db: Setups) -> None:
    db.server.send("POST", "/tablesdb", {"databaseId": db.server.database, "name": "theirs"})
    db.send("POST", "/tables", {"tableId": "races", "name": "races"})
    with pytest.raises(AppwriteSchemaError, match="run `raceday-daemon setup`"):
        await ensure(db)
    assert [table["$id"] for table in db.get("/tables")["tables"]] == ["races"]


async def test_tables_of_another_version_are_left_to_people(db: Setups) -> None:
    await db.set_up()
    (row,) = db.get("/tables/schema-version/rows")["rows"]
    for version, told in (("0", "run `raceday-daemon setup`"), ("99", "update it"), ("one", "no version")):
        db.send("PATCH", f"/tables/schema-version/rows/{row['$id']}", {"data": {"version": version}})
        with pytest.raises(AppwriteSchemaError, match=told):
            await ensure(db)
    assert len(db.get("/tables")["tables"]) == len(TABLES)


async def test_a_wrong_key_is_told_as_such(db: Setups, tmp_path: Path) -> None:
    await db.set_up()
    async with setups(db.server, tmp_path, key="standard_nobody_knows_it") as with_key:
        with pytest.raises(AppwriteKeyError):
            await ensure(with_key)
