"""Setting a database up: made, verified, resumed, mended, and never anything lost."""

from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from raceday_daemon.appwrite.setup.version import VERSION
from raceday_daemon.model.appwrite_errors import AppwriteAwayError, AppwriteKeyError, AppwriteSchemaError
from raceday_daemon.store.schema import PEOPLES_TABLES, RACE_TABLES, RELATIONSHIPS, TABLES, Column, Kind, Table
from raceday_daemon.views.setup import print_report
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_setups import Setups, StoppedError, setups
from tests.fakes.appwrite import scopes

TYPES = {
    Kind.TEXT: "varchar",
    Kind.LONG_TEXT: "text",
    Kind.INTEGER: "integer",
    Kind.FLOAT: "double",
    Kind.BOOLEAN: "boolean",
    Kind.INSTANT: "datetime",
}
BANDS = "/tables/user-alert-configs/rows"


@pytest.fixture
async def db(appwrite_server: AppwriteServer, tmp_path: Path) -> AsyncIterator[Setups]:
    async with setups(appwrite_server, tmp_path) as opened:
        yield opened


def changes(db: Setups) -> dict[str, int]:
    """Give the requests so far that could have changed anything."""
    return {name: count for name, count in db.server.control.requests.items() if not name.startswith("GET ")}


def expected_type(table: Table, column: Column) -> str:
    return "relationship" if (table.name, column.name) in RELATIONSHIPS else TYPES[column.kind]


def settled(db: Setups, table: str) -> Any:
    until = monotonic() + 30
    while monotonic() < until:
        found = db.table(table)
        if all(part["status"] == "available" for part in (*found["columns"], *found["indexes"])):
            return found
        sleep(0.02)
    raise AssertionError(f"{table} does not settle")


def begin_table(db: Setups, name: str, *columns: tuple[str, dict[str, Any]]) -> None:
    """Make a database with one table, by hand."""
    db.server.send("POST", "/tablesdb", {"databaseId": db.server.database, "name": "by hand"})
    db.send("POST", "/tables", {"tableId": name, "name": name, "permissions": ['read("users")']})
    for kind, column in columns:
        db.send("POST", f"/tables/{name}/columns/{kind}", column)
    settled(db, name)


async def test_an_empty_project_gets_every_table_as_it_is_declared(db: Setups) -> None:
    report = await db.set_up()
    assert (report.differences, report.failures) == ([], [])
    for table in TABLES:
        found = db.table(table.name)
        assert {
            column["key"]: (column["type"], column.get("size"), column["required"]) for column in found["columns"]
        } == {
            column.name: (
                expected_type(table, column),
                column.size if expected_type(table, column) == "varchar" else None,
                column.required,
            )
            for column in table.columns
        }
        assert {column["status"] for column in found["columns"]} == {"available"}
        assert sorted(index["columns"] for index in found["indexes"]) == sorted(map(list, table.indexes))
        assert {index["type"] for index in found["indexes"]} <= {"key"}
        assert found["$permissions"] == (['read("users")'] if table in RACE_TABLES else [])
        assert found["rowSecurity"] == (table in PEOPLES_TABLES)
        # A row of MariaDB has a limit.
        assert found["bytesUsed"] < found["bytesMax"] / 4


async def test_the_meeting_of_a_race_is_a_one_way_relationship_that_a_deleted_meeting_clears(db: Setups) -> None:
    await db.set_up()
    (link,) = [column for column in db.table("races")["columns"] if column["key"] == "meeting"]
    assert (link["relatedTable"], link["relationType"], link["twoWay"], link["onDelete"]) == (
        "meetings",
        "manyToOne",
        False,
        "setNull",
    )


@pytest.mark.parametrize(("role", "permissions"), [("any", ['read("any")']), ("none", [])])
async def test_who_may_read_is_a_setting_and_can_be_changed_later(
    db: Setups, role: str, permissions: list[str]
) -> None:
    await db.set_up()
    report = await db.set_up(read_role=role)
    assert report.mended == [table.name for table in RACE_TABLES]
    assert db.table("races")["$permissions"] == permissions
    assert db.table("notifications")["$permissions"] == []


async def test_a_second_run_makes_nothing_and_changes_nothing(db: Setups) -> None:
    await db.set_up()
    before = [db.table(table.name) for table in TABLES], db.get("/tables/schema-version/rows"), db.get(BANDS)
    report = await db.set_up()
    assert (report.made, report.mended, report.differences) == ([], [], [])
    assert ([db.table(table.name) for table in TABLES], db.get("/tables/schema-version/rows"), db.get(BANDS)) == before


async def test_the_version_and_the_six_bands_of_the_front_ends_user_are_there_at_the_end(
    db: Setups, capsys: pytest.CaptureFixture[str]
) -> None:
    print_report(await db.set_up(), checked=False)
    assert "6 bands made for Default User" in capsys.readouterr().out
    print_report(await db.set_up(), checked=False)
    assert "bands" not in capsys.readouterr().out
    (version,) = db.get("/tables/schema-version/rows")["rows"]
    assert version["version"] == str(VERSION)
    bands = sorted(db.get(BANDS)["rows"], key=lambda row: row["displayOrder"])
    assert [
        (row["percentageRangeMin"], row["percentageRangeMax"], row["color"], row["displayOrder"]) for row in bands
    ] == [
        (5, 10, "#E5E7EB", 1),
        (10, 15, "#BFDBFE", 2),
        (15, 20, "#FEF3C7", 3),
        (20, 25, "#BBF7D0", 4),
        (25, 50, "#FECACA", 5),
        (50, None, "#F3E8FF", 6),
    ]
    for row in bands:
        assert (row["userId"], row["indicatorType"], row["$permissions"]) == ("Default User", "percentage_range", [])
        assert (row["enabled"], row["isDefault"], row["audibleAlertsEnabled"]) == (True, True, True)
        assert (row["alertType"], row["entrant"], row["race"]) == (None, None, None)


async def test_bands_that_the_user_changed_or_removed_stay_so(db: Setups) -> None:
    await db.set_up()
    first, second, *_ = db.get(BANDS)["rows"]
    db.send("DELETE", f"{BANDS}/{first['$id']}")
    db.send("PATCH", f"{BANDS}/{second['$id']}", {"data": {"color": "#000000"}})
    before = db.get(BANDS)
    await db.set_up()
    assert db.get(BANDS) == before


@pytest.mark.parametrize("stop_after", [1, 12, 13, 60, 150, 205])
async def test_a_setup_that_was_cut_off_goes_on_where_it_was(db: Setups, stop_after: int) -> None:
    with pytest.raises(StoppedError):
        await db.set_up(stop_after=stop_after)
    assert db.record.is_unfinished
    report = await db.set_up()
    assert (report.differences, report.failures) == ([], [])
    assert not db.record.is_unfinished
    assert (await db.check()).differences == []


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "every": 5},
        {"status": 500, "every": 5, "applied": True},
        {"status": 429, "every": 7, "retry_after": 0.01},
        {"kind": "reset", "every": 6, "applied": True},
    ],
    ids=["500", "500 after it was done", "429", "cut off after it was done"],
)
async def test_a_server_that_fails_now_and_then_is_asked_again(db: Setups, fault: dict[str, Any]) -> None:
    db.server.control.fault(**fault)
    report = await db.set_up()
    db.server.control.behave()
    assert (report.differences, report.failures) == ([], [])
    assert (await db.check()).differences == []


async def test_a_server_that_stays_away_ends_it_and_it_can_go_on_later(db: Setups) -> None:
    db.server.control.fault(status=503, path="/columns/datetime")
    with pytest.raises(AppwriteAwayError):
        await db.set_up()
    db.server.control.behave()
    assert (await db.set_up()).differences == []


async def test_columns_that_take_long_to_become_available_are_waited_for(db: Setups) -> None:
    db.server.control.settle_seconds(1.0)
    assert (await db.set_up()).differences == []


async def test_a_server_before_1_9_gets_string_columns(db: Setups, recwarn: pytest.WarningsRecorder) -> None:
    for kind in ("varchar", "text"):
        db.server.control.fault(status=404, type="general_route_not_found", message="No.", path=f"/columns/{kind}")
    report = await db.set_up()
    assert (report.differences, report.failures) == ([], [])
    columns = {column["key"]: column for column in db.table("race-results")["columns"]}
    assert (columns["raceId"]["type"], columns["raceId"]["size"]) == ("string", 36)
    assert (columns["resultsData"]["type"], columns["resultsData"]["size"]) == ("string", 65_535)
    assert not recwarn.list


async def test_what_can_be_mended_without_loss_is_mended(db: Setups) -> None:
    await db.set_up()
    here = "/tables/entrants/columns"
    db.send("PATCH", f"{here}/varchar/name", {"required": False, "default": "nobody", "size": 300})
    db.send("PATCH", f"{here}/varchar/name", {"required": False, "default": "nobody", "size": 100})
    db.send("PATCH", f"{here}/integer/barrier", {"required": False, "default": 0, "min": 0, "max": 30})
    db.send("PATCH", f"{here}/float/winOdds", {"required": False, "default": None, "min": 1, "max": 100})
    db.send("PATCH", f"{here}/boolean/mover", {"required": True, "default": None})
    db.send("DELETE", f"{here}/jockey")
    db.send("DELETE", "/tables/odds-history/indexes/raceId_eventTimestamp")
    db.send("PUT", "/tables/race-pools", {"name": "race-pools", "permissions": ['update("any")'], "rowSecurity": True})
    found = {difference.where for difference in (await db.check()).differences}
    assert found == {
        "entrants.name",
        "entrants.barrier",
        "entrants.winOdds",
        "entrants.mover",
        "entrants.jockey",
        "odds-history: index raceId_eventTimestamp",
        "race-pools",
    }
    report = await db.set_up()
    assert (report.differences, report.failures) == ([], [])
    assert set(report.made) == {"entrants.jockey", "odds-history: index raceId_eventTimestamp"}
    assert set(report.mended) == found - set(report.made)


async def test_a_wider_column_is_named_and_left_alone(db: Setups) -> None:
    await db.set_up()
    db.send("PATCH", "/tables/races/columns/varchar/name", {"required": True, "default": None, "size": 400})
    report = await db.set_up()
    assert [str(difference) for difference in report.differences] == [
        "races.name: it holds 400 characters, declared are 255; narrowing it might cut values"
    ]
    assert report.is_usable
    assert not db.record.is_unfinished


async def test_a_column_of_another_type_is_named_and_the_rest_is_made(db: Setups) -> None:
    begin_table(db, "big-bets", ("integer", {"key": "title", "required": False}))
    report = await db.set_up()
    assert [str(difference) for difference in report.differences] == [
        "big-bets.title: it is integer, declared is text of 255 characters"
    ]
    assert not report.is_usable
    assert db.table("big-bets")["columns"][0]["type"] == "integer"
    assert len(db.table("races")["columns"]) > 20
    assert db.server.send("GET", f"/tablesdb/{db.server.database}/tables/schema-version/rows").json()["rows"] == []


async def test_a_required_column_that_is_not_declared_is_named(db: Setups) -> None:
    await db.set_up()
    for required in (True, False):
        column = {"key": f"extra{required}", "size": 10, "required": required}
        db.send("POST", "/tables/meetings/columns/varchar", column)
    settled(db, "meetings")
    assert [str(difference) for difference in (await db.check()).differences] == [
        "meetings.extraTrue: it is required and not declared: every row would be refused"
    ]


async def test_the_older_raceday_setups_tables_are_named_and_nothing_of_them_is_touched(db: Setups) -> None:
    begin_table(db, "races", ("varchar", {"key": "raceId", "size": 50, "required": True}))
    db.send("POST", "/tables", {"tableId": "entrants", "name": "entrants", "permissions": ['read("any")']})
    relationship = {
        "relatedTableId": "races",
        "type": "manyToOne",
        "twoWay": True,
        "key": "race",
        "onDelete": "cascade",
    }
    db.send("POST", "/tables/entrants/columns/relationship", {**relationship, "twoWayKey": "entrants"})
    db.send("POST", "/tables/races/indexes", {"key": "unique_race", "type": "unique", "columns": ["raceId"]})
    before = settled(db, "races"), settled(db, "entrants")
    db.server.control.forget_traffic()
    report = await db.set_up()
    assert changes(db) == {}
    assert (db.table("races"), db.table("entrants")) == before
    told = [str(difference) for difference in report.differences if difference.foreign]
    assert told == [
        "races.entrants: it is a two-way manyToOne relationship to entrants that is not declared, and keeps rows from"
        " being written many at a time",
        "races: index unique_race: it is unique on raceId: Appwrite overwrites another row where two collide",
        "entrants.race: it is a two-way manyToOne relationship to races, declared is text of 36 characters",
    ]
    assert not report.is_usable


async def test_tables_of_a_newer_version_are_refused(db: Setups) -> None:
    await db.set_up()
    (row,) = db.get("/tables/schema-version/rows")["rows"]
    db.send("PATCH", f"/tables/schema-version/rows/{row['$id']}", {"data": {"version": "99"}})
    with pytest.raises(AppwriteSchemaError, match=r"version 99, and this program knows 1 at most: update it"):
        await db.set_up()
    with pytest.raises(AppwriteSchemaError):
        await db.check()


async def test_a_check_changes_nothing_and_tells_what_is_missing(
    db: Setups, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await db.check()
    assert [difference.where for difference in report.differences] == [table.name for table in TABLES]
    assert changes(db) == {}
    print_report(report, checked=True)
    assert (
        capsys.readouterr().out == f"{db.server.database} is not set up yet: `raceday-daemon setup` makes the tables\n"
    )
    await db.set_up()
    db.server.control.forget_traffic()
    report = await db.check()
    assert report.differences == []
    print_report(report, checked=True)
    told = capsys.readouterr().out
    assert "race-results 0" in told
    assert "; each leads to where it should\n" in told
    assert changes(db) == {}


async def test_a_check_counts_the_links_that_lead_nowhere(db: Setups, capsys: pytest.CaptureFixture[str]) -> None:
    await db.set_up()
    meeting = {
        "meetingId": "m1",
        "meetingName": "Awapuni",
        "country": "NZ",
        "raceType": "Harness",
        "category": "H",
        "date": "2025-07-17T00:00:00.000Z",
        "status": "active",
    }
    race = {"meetingId": "m1", "name": "Race 1", "raceNumber": 1, "startTime": "2025-07-17T00:50:00Z", "status": "Open"}
    db.send("PUT", "/tables/meetings/rows/m1", {"data": meeting})
    db.send("PUT", "/tables/races/rows/r1", {"data": {**race, "raceId": "r1", "meeting": "m1"}})
    for number, race_id in enumerate(("r1", "r1", "gone")):
        entrant = {"entrantId": f"e{number}", "race": race_id, "raceId": race_id, "name": "x", "runnerNumber": number}
        db.send("PUT", f"/tables/entrants/rows/e{number}", {"data": entrant})
    db.send("PUT", "/tables/race-pools/rows/gone", {"data": {"raceId": "gone", "currency": "$"}})
    print_report(report := await db.check(), checked=True)
    told = capsys.readouterr().out
    assert all(one in told for one in ("rows: races 1, ", "entrants 3, ", "race-pools 1, ", "user-alert-configs 6"))
    assert "each leads" not in told
    counts = {
        (count.link.table, count.link.column): (count.broken, count.rows, count.whole)
        for count in report.broken_links
        if count.rows
    }
    assert counts == {
        ("races", "meetingId"): (0, 1, True),
        ("entrants", "raceId"): (1, 3, True),
        ("race-pools", "raceId"): (1, 1, True),
        ("user-alert-configs", "entrant"): (0, 6, True),
        ("user-alert-configs", "race"): (0, 6, True),
    }


async def test_a_key_with_the_declared_scopes_is_enough(db: Setups, tmp_path: Path) -> None:
    key = db.server.control.key("a-key-for-the-setup-alone", scopes.SETUP)
    async with setups(db.server, tmp_path, key=key) as with_key:
        assert (await with_key.set_up()).differences == []
    key = db.server.control.key("a-key-that-only-looks", scopes.CHECK)
    async with setups(db.server, tmp_path, key=key) as with_key:
        assert (await with_key.check()).differences == []


@pytest.mark.parametrize("scope", ["databases.write", "tables.write", "rows.write", "tables.read"])
async def test_a_scope_that_the_key_lacks_is_named(db: Setups, tmp_path: Path, scope: str) -> None:
    key = db.server.control.key("a-key-that-lacks-something", [one for one in scopes.SETUP if one != scope])
    async with setups(db.server, tmp_path, key=key) as with_key:
        with pytest.raises(AppwriteKeyError, match=f"lacks the scope {scope}"):
            await with_key.set_up()
