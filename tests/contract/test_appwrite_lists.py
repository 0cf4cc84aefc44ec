"""Lists of rows in Appwrite: what fits on a page, and the bounds of queries."""

import json
import time

import pytest

from tests.appwrite_desk import Desk, query
from tests.appwrite_servers import AppwriteServer


@pytest.fixture
def desk(appwrite_server: AppwriteServer) -> Desk:
    desk = Desk(appwrite_server)
    desk.table("entrants", name="s255*", number="i")
    desk.upsert("entrants", *({"$id": f"e{number:02}", "name": "Runner", "number": number} for number in range(60)))
    return desk


def test_a_page_has_25_rows_unless_told_otherwise(desk: Desk) -> None:
    page = desk.listed("entrants")
    assert (page["total"], len(page["rows"])) == (60, 25)
    assert len(desk.listed("entrants", query("limit", values=[50]))["rows"]) == 50


def test_cursors_lead_through_all_rows(desk: Desk) -> None:
    met: list[str] = []
    asked = [query("limit", values=[17]), query("orderDesc", "number")]
    while page := desk.listed("entrants", *asked)["rows"]:
        met += [row["$id"] for row in page]
        asked = [*asked[:2], query("cursorAfter", values=[met[-1]])]
    assert met == [f"e{number:02}" for number in reversed(range(60))]


def test_rows_are_counted_to_five_thousand(desk: Desk) -> None:
    bulk = [[{"$id": f"{part}-{number}", "name": "One"} for number in range(850)] for part in range(6)]
    path = desk.transaction(*(desk.operation("bulkUpsert", "entrants", rows) for rows in bulk))
    desk.ok("PATCH", path, {"commit": True})
    assert desk.listed("entrants")["total"] == 5000


def test_a_call_takes_a_hundred_queries(desk: Desk) -> None:
    asked = {f"queries[{number}]": query("greaterThanEqual", "number", [0]) for number in range(101)}
    assert desk.refused("GET", desk.rows("entrants"), params=asked) == (400, "general_argument_invalid")
    del asked["queries[100]"]
    assert desk.ok("GET", desk.rows("entrants"), params=asked)["total"] == 60


def test_an_equal_takes_500_values_within_4096_characters(desk: Desk) -> None:
    ids = [f"e{number:02}" for number in range(501)]
    assert desk.listed("entrants", query("equal", "$id", ids[:500]))["total"] == 60
    for values in (ids, ["x" * 36] * 110):
        asked = {"queries[0]": query("equal", "$id", values)}
        status, _ = desk.refused("GET", desk.rows("entrants"), params=asked)
        assert status == 400


def test_text_is_compared_without_case_and_null_fits_no_comparison(desk: Desk) -> None:
    desk.upsert("entrants", {"$id": "null", "name": "runner"})
    assert desk.listed("entrants", query("equal", "name", ["RUNNER"]))["total"] == 61
    assert desk.listed("entrants", query("notEqual", "number", [5]))["total"] == 59
    assert desk.listed("entrants", query("isNull", "number"))["total"] == 1
    assert desk.listed("entrants", query("between", "number", [10, 19]))["total"] == 10


def test_what_changed_since_can_be_asked_for(desk: Desk) -> None:
    last = desk.listed("entrants", query("orderDesc", "$updatedAt"), query("limit", values=[1]))["rows"][0]
    assert desk.listed("entrants", query("greaterThan", "$updatedAt", [last["$updatedAt"]]))["total"] == 0
    time.sleep(0.005)  # the server counts in milliseconds
    changed = desk.ok("PATCH", desk.rows("entrants", "e07"), {"data": {"number": 70}})
    assert changed["$updatedAt"] > last["$updatedAt"]
    since = desk.listed("entrants", query("greaterThan", "$updatedAt", [last["$updatedAt"]]))
    assert [row["$id"] for row in since["rows"]] == ["e07"]


def test_the_count_cannot_be_switched_off_as_the_sdk_does_it(desk: Desk) -> None:
    refused = desk.refused("GET", desk.rows("entrants"), params={"total": json.dumps(False)})
    assert refused == (400, "general_argument_invalid")


def test_lists_of_columns_have_25_on_a_page_too(desk: Desk) -> None:
    for number in range(30):
        desk.column("entrants", f"c{number:02}", "b")
    desk.settle("entrants")
    path = f"{desk.path}/tables/entrants/columns"
    page = desk.ok("GET", path)
    assert (page["total"], len(page["columns"])) == (32, 25)
    assert len(desk.ok("GET", path, params={"queries[0]": query("limit", values=[100])})["columns"]) == 32
    assert len(desk.ok("GET", f"{desk.path}/tables/entrants")["columns"]) == 32
