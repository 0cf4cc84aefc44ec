"""Tables, columns and indexes in Appwrite beyond the recorded exchanges: made, changed, and taken down again."""

import pytest

from tests.appwrite_desk import Desk
from tests.appwrite_servers import AppwriteServer


@pytest.fixture
def desk(appwrite_server: AppwriteServer) -> Desk:
    return Desk(appwrite_server)


def columns(desk: Desk, table: str) -> list[str]:
    return [column["key"] for column in desk.ok("GET", f"{desk.path}/tables/{table}/columns")["columns"]]


def test_a_column_takes_a_moment_until_rows_and_indexes_may_use_it(desk: Desk) -> None:
    if desk.server.stand_in:
        desk.server.control.settle_seconds(60)
    desk.ok("POST", f"{desk.path}/tables", {"tableId": "entrants", "name": "entrants"})
    desk.column("entrants", "name", "s36")
    told = desk.ok("GET", f"{desk.path}/tables/entrants/columns/name")
    if told["status"] != "processing":
        pytest.skip("this server was faster than the question")
    index = {"key": "by_name", "type": "key", "columns": ["name"]}
    assert desk.refused("POST", f"{desk.path}/tables/entrants/indexes", index) == (400, "column_not_available")
    row = {"rowId": "e1", "data": {"name": "Tickford"}}
    assert 'Unknown attribute: "name"' in desk.message("POST", desk.rows("entrants"), row)


def test_all_that_was_made_can_be_removed(desk: Desk) -> None:
    desk.table("entrants", name="s36*", number="i")
    desk.index("entrants", "key", "number")
    path = f"{desk.path}/tables/entrants"
    desk.ok("DELETE", f"{path}/indexes/key_number")
    assert desk.refused("GET", f"{path}/indexes/key_number")[0] == 404
    desk.ok("DELETE", f"{path}/columns/number")
    assert columns(desk, "entrants") == ["name"]
    desk.ok("DELETE", path)
    assert desk.refused("GET", path) == (404, "table_not_found")
    desk.ok("DELETE", desk.path)
    assert desk.refused("GET", desk.path) == (404, "database_not_found")


def test_a_column_made_again_holds_nothing_of_the_one_before(desk: Desk) -> None:
    desk.table("entrants", name="s36*", number="i")
    desk.upsert("entrants", {"$id": "e1", "name": "Tickford", "number": 1})
    desk.ok("DELETE", f"{desk.path}/tables/entrants/columns/number")
    desk.column("entrants", "number", "i")
    desk.settle("entrants")
    assert desk.ok("GET", desk.rows("entrants", "e1"))["number"] is None


def test_a_column_can_grow_and_become_optional(desk: Desk) -> None:
    desk.table("entrants", name="s5*")
    body = {"rowId": "e1", "data": {"name": "Tickford"}}
    assert desk.refused("POST", desk.rows("entrants"), body) == (400, "row_invalid_structure")
    change = {"required": False, "default": None, "size": 36}
    told = desk.ok("PATCH", f"{desk.path}/tables/entrants/columns/varchar/name", change)
    assert (told["size"], told["required"]) == (36, False)
    desk.ok("POST", desk.rows("entrants"), body)
    desk.ok("POST", desk.rows("entrants"), {"rowId": "e2", "data": {}})


def test_the_columns_of_a_table_share_65535_bytes(desk: Desk) -> None:
    desk.ok("POST", f"{desk.path}/tables", {"tableId": "wide", "name": "wide"})
    path = f"{desk.path}/tables/wide/columns"
    desk.ok("POST", f"{path}/varchar", {"key": "most", "size": 16_000, "required": False})
    more = {"key": "more", "size": 1_000, "required": False}
    assert desk.refused("POST", f"{path}/varchar", more) == (400, "column_limit_exceeded")
    desk.ok("POST", f"{path}/text", {"key": "elsewhere", "required": False})


@pytest.mark.parametrize(("kind", "size"), [("varchar", 16_382), ("varchar", 0), ("string", 0)])
def test_a_text_column_has_a_size_within_bounds(desk: Desk, kind: str, size: int) -> None:
    desk.ok("POST", f"{desk.path}/tables", {"tableId": "entrants", "name": "entrants"})
    body = {"key": "name", "size": size, "required": False}
    path = f"{desk.path}/tables/entrants/columns/{kind}"
    assert desk.refused("POST", path, body) == (400, "general_argument_invalid")


def test_an_index_needs_columns_that_are_there_and_no_links(desk: Desk) -> None:
    desk.table("meetings", name="s36*")
    desk.table("races", name="s36*")
    desk.link("races", "meeting", to="meetings")
    for column in ("nothing", "meeting"):
        body = {"key": "idx", "type": "key", "columns": [column]}
        assert desk.refused("POST", f"{desk.path}/tables/races/indexes", body)[0] == 400


def test_a_link_goes_with_the_table_it_leads_to(desk: Desk) -> None:
    desk.table("meetings", name="s36*")
    desk.table("races", name="s36*")
    desk.link("races", "meeting", to="meetings")
    desk.ok("DELETE", f"{desk.path}/tables/meetings")
    assert columns(desk, "races") == ["name"]
    desk.upsert("races", {"$id": "r1", "name": "Race 1"})


def test_rights_of_a_table_can_be_changed(desk: Desk) -> None:
    desk.table("races", name="s36*")
    change = {"name": "races", "permissions": ['read("any")', 'read("label:staff")'], "rowSecurity": True}
    told = desk.ok("PUT", f"{desk.path}/tables/races", change)
    assert (told["$permissions"], told["rowSecurity"]) == (change["permissions"], True)
    kept = desk.ok("PUT", f"{desk.path}/tables/races", {"name": "races", "rowSecurity": True})
    assert kept["$permissions"] == change["permissions"]
