"""Rows in Appwrite, as measured beyond the recorded exchanges: bulk calls, ids, values, links, unique indexes."""

from typing import Any

import pytest

from tests.appwrite_desk import Desk, query
from tests.appwrite_servers import AppwriteServer


@pytest.fixture
def desk(appwrite_server: AppwriteServer) -> Desk:
    desk = Desk(appwrite_server)
    desk.table("entrants", name="s255*", raceId="s36", number="i", odds="f", startTime="t", scratched="b")
    return desk


def numbered(count: int) -> list[dict[str, Any]]:
    return [{"$id": f"e{number}", "name": f"Runner {number}"} for number in range(count)]


def test_a_bulk_call_takes_a_hundred_rows_and_not_one_more(desk: Desk) -> None:
    assert desk.upsert("entrants", *numbered(100))["total"] == 100
    assert desk.refused("PUT", desk.rows("entrants"), {"rows": numbered(101)}) == (400, "general_argument_invalid")
    assert desk.refused("POST", desk.rows("entrants"), {"rows": numbered(101)}) == (400, "general_argument_invalid")


def test_a_bulk_call_checks_no_ids_and_a_single_one_does(desk: Desk) -> None:
    assert desk.upsert("entrants", {"$id": "bad id!", "name": "Tickford"})["rows"][0]["$id"] == "bad id!"
    body = {"rowId": "_bad", "data": {"name": "Tickford"}}
    assert desk.refused("POST", desk.rows("entrants"), body) == (400, "general_argument_invalid")
    path = desk.rows("entrants", "x" * 37)
    assert desk.refused("PUT", path, {"data": {"name": "Tickford"}}) == (400, "general_argument_invalid")


def test_rows_are_removed_by_query_up_to_a_limit_and_a_hundred_of_them_are_told(desk: Desk) -> None:
    desk.upsert("entrants", *numbered(100))
    desk.upsert("entrants", *({"$id": f"f{number}", "name": "x"} for number in range(60)))
    named = [query("startsWith", "name", ["Runner"]), query("limit", None, [30])]
    assert desk.ok("DELETE", desk.rows("entrants"), {"queries": named})["total"] == 30
    answer = desk.ok("DELETE", desk.rows("entrants"), {"queries": [query("isNotNull", "name")]})
    assert (answer["total"], len(answer["rows"])) == (130, 100)
    assert desk.listed("entrants")["total"] == 0


def test_ids_are_compared_without_case(desk: Desk) -> None:
    desk.ok("POST", desk.rows("entrants"), {"rowId": "Tickford", "data": {"name": "Tickford"}})
    assert desk.ok("GET", desk.rows("entrants", "TICKFORD"))["name"] == "Tickford"
    body = {"rowId": "tickford", "data": {"name": "Another"}}
    assert desk.refused("POST", desk.rows("entrants"), body) == (409, "row_already_exists")
    desk.upsert("entrants", {"$id": "tickford", "name": "Renamed"})
    assert [row["name"] for row in desk.listed("entrants")["rows"]] == ["Renamed"]


def test_one_bad_row_keeps_all_rows_of_its_call_out(desk: Desk) -> None:
    rows = [*numbered(5), {"$id": "bad", "name": "x" * 256}]
    assert desk.refused("PUT", desk.rows("entrants"), {"rows": rows}) == (400, "row_invalid_structure")
    assert desk.listed("entrants")["total"] == 0


def test_an_upsert_keeps_what_it_omits_and_clears_what_is_null(desk: Desk) -> None:
    desk.upsert("entrants", {"$id": "e1", "name": "Tickford", "number": 1, "odds": 4.5})
    row = desk.upsert("entrants", {"$id": "e1", "name": "Tickford", "number": None})["rows"][0]
    assert (row["number"], row["odds"]) == (None, 4.5)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("startTime", "yesterday evening", 'Attribute "startTime" has invalid type'),
        ("number", 5.5, 'Attribute "number" has invalid format. Value must be a valid integer'),
        ("number", "5", 'Attribute "number" has invalid format. Value must be a valid integer'),
        ("scratched", "yes", 'Attribute "scratched" has invalid type. Value must be a valid boolean'),
        ("raceId", 5, 'Attribute "raceId" has invalid type. Value must be a valid string'),
        ("weather", "fine", 'Unknown attribute: "weather"'),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_column(desk: Desk, column: str, value: Any, words: str) -> None:
    body = {"rows": [{"$id": "e1", "name": "Tickford", column: value}]}
    assert words in desk.message("PUT", desk.rows("entrants"), body)


def test_a_whole_number_in_a_float_column_comes_back_without_its_fraction(desk: Desk) -> None:
    desk.upsert("entrants", {"$id": "e1", "name": "Tickford", "odds": 5.0})
    assert '"odds":5,' in desk.server.send("GET", desk.rows("entrants", "e1")).text


def test_instants_come_back_in_utc_with_milliseconds(desk: Desk) -> None:
    sent = {"e1": "2025-07-17T12:50:00.1239+12:00", "e2": "2025-07-17T00:50:00Z"}
    desk.upsert("entrants", *({"$id": one, "name": one, "startTime": instant} for one, instant in sent.items()))
    told = {row["$id"]: row["startTime"] for row in desk.listed("entrants")["rows"]}
    assert told == {"e1": "2025-07-17T00:50:00.123+00:00", "e2": "2025-07-17T00:50:00.000+00:00"}


def test_an_upsert_that_meets_a_unique_index_overwrites_the_other_row(desk: Desk) -> None:
    desk.index("entrants", "unique", "name")
    desk.upsert("entrants", {"$id": "e1", "name": "Tickford", "number": 1})
    answer = desk.upsert("entrants", {"$id": "e2", "name": "Tickford", "number": 2})["rows"][0]
    assert (answer["$id"], answer["$sequence"]) == ("e2", "")
    assert desk.refused("GET", desk.rows("entrants", "e2")) == (404, "row_not_found")
    assert desk.ok("GET", desk.rows("entrants", "e1"))["number"] == 2


def test_a_unique_index_lets_go_of_values_that_are_there_no_more(desk: Desk) -> None:
    desk.index("entrants", "unique", "name")
    desk.upsert("entrants", {"$id": "e1", "name": "Tickford"})
    desk.ok("PATCH", desk.rows("entrants", "e1"), {"data": {"name": "Ruji"}})
    assert desk.upsert("entrants", {"$id": "e2", "name": "Tickford"})["rows"][0]["$sequence"] != ""
    assert desk.refused("PATCH", desk.rows("entrants", "e2"), {"data": {"name": "ruji"}})[0] == 409


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("POST", {"rows": [{"$id": "r1", "name": "Race 1"}]}),
        ("PUT", {"rows": [{"$id": "r1", "name": "Race 1"}]}),
        ("PATCH", {"data": {"name": "Race 1"}, "queries": []}),
        ("DELETE", {"queries": []}),
    ],
)
def test_a_relationship_bars_its_own_table_from_every_bulk_call(desk: Desk, method: str, body: Any) -> None:
    desk.table("races", name="s255*")
    desk.link("races", "entrant", to="entrants")
    assert desk.refused(method, desk.rows("races"), body) == (400, "general_bad_request")
    desk.upsert("entrants", *numbered(2))


def test_a_link_to_nothing_is_taken_and_reads_back_empty(desk: Desk) -> None:
    desk.table("races", name="s255*")
    desk.link("races", "entrant", to="entrants")
    desk.ok("PUT", desk.rows("races", "r1"), {"data": {"name": "Race 1", "entrant": "nobody"}})
    path, wanted = desk.rows("races", "r1"), '{"method":"select","values":["*","entrant.*"]}'
    assert "$id" not in desk.ok("GET", path, params={"queries[0]": wanted})["entrant"]


def test_a_row_s_permissions_stay_unless_others_are_sent(desk: Desk) -> None:
    path = desk.rows("entrants", "e1")
    desk.ok("PUT", path, {"data": {"name": "Tickford"}, "permissions": ['read("user:u1")']})
    assert desk.upsert("entrants", {"$id": "e1", "name": "Renamed"})["rows"][0]["$permissions"] == ['read("user:u1")']
    refused = {"data": {"name": "Tickford"}, "permissions": ['read("user:Default User")']}
    assert desk.refused("PUT", path, refused) == (400, "general_argument_invalid")


def test_a_body_of_more_than_twelve_megabytes_is_refused(desk: Desk) -> None:
    body = {"rows": [{"$id": "e1", "name": "x" * 13_000_000}]}
    assert desk.server.send("PUT", desk.rows("entrants"), body).status_code == 413
