"""Transactions in Appwrite: all or nothing, in conflict with what others wrote meanwhile."""

import pytest

from tests.appwrite_desk import Desk
from tests.appwrite_servers import AppwriteServer


@pytest.fixture
def desk(appwrite_server: AppwriteServer) -> Desk:
    desk = Desk(appwrite_server)
    desk.table("entrants", name="s255*", number="i")
    desk.upsert("entrants", {"$id": "e1", "name": "Tickford", "number": 1})
    return desk


def names(desk: Desk) -> dict[str, str]:
    return {row["$id"]: row["name"] for row in desk.listed("entrants")["rows"]}


def test_a_bulk_of_more_than_a_hundred_rows_may_be_staged(desk: Desk) -> None:
    rows = [{"$id": f"b{number}", "name": "Staged"} for number in range(500)]
    path = desk.transaction(desk.operation("bulkUpsert", "entrants", rows))
    assert names(desk) == {"e1": "Tickford"}
    assert desk.ok("PATCH", path, {"commit": True})["status"] == "committed"
    assert desk.listed("entrants")["total"] == 501


def test_a_transaction_takes_a_hundred_operations(desk: Desk) -> None:
    operations = [desk.operation("create", "entrants", {"name": "New"}, f"n{number}") for number in range(101)]
    path = desk.transaction()
    assert desk.refused("POST", f"{path}/operations", {"operations": operations})[0] == 400
    assert desk.ok("POST", f"{path}/operations", {"operations": operations[:100]})["operations"] == 100
    assert desk.refused("POST", f"{path}/operations", {"operations": operations[100:]})[0] == 400
    desk.ok("PATCH", path, {"commit": True})
    assert desk.listed("entrants")["total"] == 101


@pytest.mark.parametrize("action", ["update", "upsert", "bulkUpsert"])
def test_a_row_that_another_changed_after_the_staging_is_a_conflict(desk: Desk, action: str) -> None:
    row = {"$id": "e1", "name": "Staged"}
    operation = desk.operation(action, "entrants", [row] if action == "bulkUpsert" else row, "e1")
    path = desk.transaction(desk.operation("create", "entrants", {"name": "New"}, "e2"), operation)
    desk.ok("PATCH", desk.rows("entrants", "e1"), {"data": {"name": "Meanwhile"}})
    assert desk.refused("PATCH", path, {"commit": True}) == (409, "transaction_conflict")
    assert names(desk) == {"e1": "Meanwhile"}


def test_a_row_changed_before_the_staging_is_none(desk: Desk) -> None:
    path = desk.transaction()
    desk.ok("PATCH", desk.rows("entrants", "e1"), {"data": {"name": "Before"}})
    operations = [desk.operation("update", "entrants", {"name": name}, "e1") for name in ("Once", "Twice")]
    desk.ok("POST", f"{path}/operations", {"operations": operations})
    desk.ok("PATCH", path, {"commit": True})
    assert names(desk) == {"e1": "Twice"}


def test_a_row_that_does_not_fit_shows_at_the_commit_and_keeps_all_others_out(desk: Desk) -> None:
    rows = [{"$id": "e1", "name": "Changed"}, {"$id": "e2", "name": "New"}, {"$id": "e3"}]
    path = desk.transaction(
        desk.operation("bulkUpsert", "entrants", rows[:2]), desk.operation("bulkUpsert", "entrants", rows[2:])
    )
    refusal = desk.server.send("PATCH", path, {"commit": True}).json()
    assert refusal["type"] == "document_invalid_structure"
    assert not any(name in refusal["message"] for name in ("e3", "entrants"))
    assert names(desk) == {"e1": "Tickford"}


def test_a_failed_transaction_takes_nothing_more(desk: Desk) -> None:
    path = desk.transaction(desk.operation("bulkUpsert", "entrants", [{"$id": "e2"}]))
    desk.refused("PATCH", path, {"commit": True})
    assert desk.ok("GET", path)["status"] == "failed"
    more = {"operations": [desk.operation("create", "entrants", {"name": "New"}, "e2")]}
    assert desk.refused("POST", f"{path}/operations", more) == (400, "general_bad_request")
    assert desk.refused("PATCH", path, {"commit": True}) == (400, "transaction_not_ready")
    assert desk.refused("PATCH", path, {"rollback": True}) == (400, "transaction_not_ready")


def test_the_same_id_twice_in_a_staged_bulk_is_a_conflict(desk: Desk) -> None:
    path = desk.transaction(desk.operation("bulkUpsert", "entrants", [{"$id": "e2", "name": "Twice"}] * 2))
    assert desk.refused("PATCH", path, {"commit": True}) == (409, "transaction_conflict")


def test_an_upsert_of_one_row_may_name_its_transaction(desk: Desk) -> None:
    path = desk.transaction()
    body = {"data": {"name": "Staged"}, "transactionId": path.rpartition("/")[2]}
    desk.ok("PUT", desk.rows("entrants", "e1"), body)
    assert names(desk) == {"e1": "Tickford"}
    desk.ok("PATCH", path, {"commit": True})
    assert names(desk) == {"e1": "Staged"}


def test_every_action_can_be_staged(desk: Desk) -> None:
    of_e1 = {"queries": ['{"method":"equal","attribute":"$id","values":["e1"]}']}
    path = desk.transaction(
        desk.operation("bulkCreate", "entrants", [{"$id": f"e{number}", "name": "New"} for number in (3, 4)]),
        desk.operation("bulkUpdate", "entrants", {**of_e1, "data": {"name": "Renamed"}}),
        desk.operation("increment", "entrants", {"column": "number", "value": 4}, "e1"),
        desk.operation("create", "entrants", {"name": "Gone"}, "e5"),
        desk.operation("delete", "entrants", {}, "e5"),
    )
    desk.ok("PATCH", path, {"commit": True})
    assert names(desk) == {"e1": "Renamed", "e3": "New", "e4": "New"}
    assert desk.ok("GET", desk.rows("entrants", "e1"))["number"] == 5
    desk.ok("PATCH", desk.transaction(desk.operation("bulkDelete", "entrants", of_e1)), {"commit": True})
    assert set(names(desk)) == {"e3", "e4"}


def test_what_is_not_there_cannot_be_staged(desk: Desk) -> None:
    path = f"{desk.transaction()}/operations"
    for operation in (
        desk.operation("create", "nowhere", {"name": "New"}, "e2"),
        desk.operation("update", "entrants", {"name": "New"}, "nobody"),
        {**desk.operation("create", "entrants", {"name": "New"}, "e2"), "databaseId": "nowhere"},
    ):
        assert desk.refused("POST", path, {"operations": [operation]})[0] == 404
