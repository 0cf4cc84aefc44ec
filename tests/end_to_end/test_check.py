"""`check`: everything that can be wrong before a first start, each in a sentence, and nothing changed."""

import json
from pathlib import Path

import pytest

from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import make_tables
from tests.conftest import Ended, raceday
from tests.end_to_end.simulated import simulated_day

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def server(appwrite_server: AppwriteServer, tmp_path: Path) -> AppwriteServer:
    make_tables(appwrite_server)
    return appwrite_server


async def checked(server: AppwriteServer, **environment: str) -> Ended:
    ours = {**server.environment, "APPWRITE_DATABASE_ID": server.database, "NZTAB_API_BASE_URL": NOWHERE}
    return await raceday("check", "--json", **ours | environment)


def states(ended: Ended) -> dict[str, str]:
    return {one["name"]: one["state"] for one in json.loads(ended.out)["checks"]}


def words(ended: Ended, name: str) -> str:
    (found,) = [one["words"] for one in json.loads(ended.out)["checks"] if one["name"] == name]
    return str(found)


async def test_a_source_out_of_reach_is_told_with_exit_3_and_the_rest_is_looked_at(server: AppwriteServer) -> None:
    ended = await checked(server)
    assert ended.status == 3
    assert states(ended) == {
        "NZTAB_FROM": "ok",
        "data folder": "ok",
        "NZ TAB": "wrong",
        "Appwrite": "ok",
        "API key": "ok",
        "tables": "ok",
        "channels": "ok",
    }
    assert words(ended, "NZ TAB").endswith(": the source cannot be reached (Connection refused)")


@pytest.mark.parametrize("missing", ["rows.read", "rows.write"])
async def test_a_scope_that_run_needs_and_the_key_lacks_is_named(server: AppwriteServer, missing: str) -> None:
    held = {"rows.read", "rows.write", "tables.read"} - {missing}
    key = server.control.key("standard_a-key-that-lacks-something", held)
    ended = await checked(server, APPWRITE_API_KEY=key)
    assert states(ended)["API key"] == "wrong"
    (other,) = {"rows.read", "rows.write"} - {missing}
    assert f"it has {other} and lacks {missing}, " in words(ended, "API key")


async def test_a_key_for_run_alone_is_in_order_although_it_may_not_compare_the_tables(server: AppwriteServer) -> None:
    key = server.control.key("standard_a-key-for-run-alone", {"rows.read", "rows.write"})
    ended = await checked(server, APPWRITE_API_KEY=key)
    assert (states(ended)["API key"], states(ended)["tables"]) == ("ok", "ok")
    assert "and no more" in words(ended, "API key")
    assert "not compared" in words(ended, "tables")


async def test_scopes_that_nothing_needs_are_named(server: AppwriteServer) -> None:
    key = server.control.key("standard_a-key-for-everything", None)
    ended = await checked(server, APPWRITE_API_KEY=key)
    assert states(ended)["API key"] == "warning"
    assert "users.read" in words(ended, "API key")


async def test_a_key_for_run_alone_is_told_of_a_database_without_a_setup(server: AppwriteServer) -> None:
    key = server.control.key("standard_a-key-for-run-alone", {"rows.read", "rows.write"})
    ended = await checked(server, APPWRITE_API_KEY=key, APPWRITE_DATABASE_ID="another")
    assert states(ended)["tables"] == "wrong"
    assert "run `raceday-daemon setup` with a key that may" in words(ended, "tables")


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"APPWRITE_API_KEY": "standard_not-a-key-of-it"}, "APPWRITE_API_KEY"),
        ({"APPWRITE_PROJECT_ID": "nobodys"}, "APPWRITE_PROJECT_ID"),
        ({"APPWRITE_ENDPOINT": NOWHERE}, "cannot be reached"),
    ],
)
async def test_what_is_wrong_with_the_way_to_appwrite_is_one_sentence(
    server: AppwriteServer, environment: dict[str, str], told: str
) -> None:
    ended = await checked(server, **environment)
    assert states(ended)["Appwrite"] == "wrong"
    assert told in words(ended, "Appwrite")
    assert environment.get("APPWRITE_API_KEY", "none") not in ended.out + ended.err


async def test_a_project_that_is_not_set_up_and_tables_that_differ_are_told(server: AppwriteServer) -> None:
    ended = await checked(server, APPWRITE_DATABASE_ID="another")
    assert states(ended)["tables"] == "wrong"
    assert words(ended, "tables").startswith("not set up yet: `raceday-daemon setup` makes the tables")
    server.send("DELETE", f"/tablesdb/{server.database}/tables/races")
    ended = await checked(server)
    assert words(ended, "tables") == "1 differences: `raceday-daemon setup --check` lists them"


async def test_nothing_is_changed(server: AppwriteServer) -> None:
    before = server.control.dump()
    server.control.forget_traffic()
    await checked(server)
    assert server.control.dump() == before
    assert sum(server.control.written.values()) == 0


async def test_without_appwrite_a_table_for_people_says_so(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    folder = str(tmp_path / "in the way" / "data")
    ended = await raceday("check", NZTAB_API_BASE_URL=NOWHERE, RACEDAY_DATA_DIR=folder, NZTAB_FROM="")
    assert ended.status == 2
    assert "rows stay in the data folder" in ended.out
    assert "it is no folder that this user may write to" in " ".join(ended.out.split())
    assert "it is not set: the source asks callers" in " ".join(ended.out.split())


async def test_all_in_order_is_exit_0(tmp_path: Path) -> None:
    async with simulated_day(tmp_path, [600.0]) as source:
        ended = await raceday("check", "--json", NZTAB_API_BASE_URL=source.url)
    assert ended.status == 0, ended.out
    assert set(states(ended).values()) == {"ok"}
    assert words(ended, "NZ TAB").startswith("answers: ")
