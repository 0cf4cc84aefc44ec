"""Who may call an Appwrite, and what it says to those who may not."""

from typing import Any

import pytest
from appwrite.client import Client
from appwrite.exception import AppwriteException
from appwrite.models.row_list import RowList
from appwrite.query import Query
from appwrite.services.tables_db import TablesDB

from tests.appwrite_desk import Desk
from tests.appwrite_servers import AppwriteServer

LIMITED = "standard_limited"


@pytest.fixture
def desk(appwrite_server: AppwriteServer) -> Desk:
    desk = Desk(appwrite_server)
    desk.table("races", name="s36*")
    return desk


def test_a_wrong_project_is_not_found(desk: Desk) -> None:
    wrong = {"X-Appwrite-Project": "elsewhere"}
    assert desk.refused("GET", desk.path, headers=wrong) == (404, "project_not_found")


def test_an_endpoint_without_v1_answers_a_page_for_people(desk: Desk) -> None:
    server = desk.server
    client = Client()
    client.set_endpoint(server.endpoint.removesuffix("/v1")).set_project(server.project).set_key(server.key)
    with pytest.raises(AppwriteException, match=r"(?i)<!doctype html>") as refusal:
        TablesDB(client).get(server.database)
    assert (refusal.value.code, refusal.value.type) == (404, None)


def test_an_unknown_path_of_the_api_is_told_in_json(desk: Desk) -> None:
    assert desk.refused("GET", "/tablesdb/a/b/c") == (404, "general_route_not_found")


@pytest.mark.parametrize(
    ("held", "method", "path", "missing"),
    [
        ("rows.read", "PUT", "/tablesdb/{database}/tables/races/rows", '["rows.write","documents.write"]'),
        ("rows.write", "GET", "/tablesdb/{database}/tables/races/rows", '["rows.read","documents.read"]'),
        ("rows.write", "POST", "/tablesdb/{database}/tables", '["tables.write","collections.write"]'),
        ("tables.write", "POST", "/tablesdb", '["databases.write"]'),
        ("tables.read", "POST", "/tablesdb/transactions", '["documents.write","rows.write"]'),
    ],
)
def test_a_missing_scope_is_named(desk: Desk, held: str, method: str, path: str, missing: str) -> None:
    desk.server.control.key(LIMITED, {held})
    path = path.format(database=desk.server.database)
    assert desk.refused(method, path, {}, key=LIMITED) == (401, "general_unauthorized_scope")
    expected = f"app.{desk.server.project}@service.127.0.0.1 (role: applications) missing scopes ({missing})"
    assert desk.message(method, path, {}, key=LIMITED) == expected


@pytest.mark.parametrize("scope", ["rows.write", "documents.write"])
def test_one_of_the_scopes_is_enough(desk: Desk, scope: str) -> None:
    desk.server.control.key(LIMITED, {scope})
    body = {"rows": [{"$id": "r1", "name": "Race 1"}]}
    assert desk.server.send("PUT", desk.rows("races"), body, key=LIMITED).status_code == 200


def test_a_key_that_may_more_than_it_needs_can_be_told(desk: Desk) -> None:
    assert desk.refused("GET", "/users") == (401, "general_unauthorized_scope")
    desk.server.control.key(LIMITED, {"users.read"})
    assert desk.server.send("GET", "/users", key=LIMITED).status_code == 200


def test_a_revoked_key_is_unknown(desk: Desk) -> None:
    desk.server.control.key(LIMITED)
    assert desk.server.send("GET", desk.path, key=LIMITED).status_code == 200
    desk.server.control.revoke(LIMITED)
    assert desk.refused("GET", desk.path, key=LIMITED) == (401, "user_unauthorized")


def test_each_answer_warns_a_client_of_a_newer_format(desk: Desk) -> None:
    warning = desk.server.send("GET", desk.path).headers["x-appwrite-warning"]
    assert warning.startswith("The current SDK is built for Appwrite 2.5.0.")
    older = {"X-Appwrite-Response-Format": "1.8.0"}
    assert "x-appwrite-warning" not in desk.server.send("GET", desk.path, headers=older).headers


def test_the_sdk_as_it_is_gets_along(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    server = desk.server
    client = Client()
    client.set_endpoint(server.endpoint).set_project(server.project).set_key(server.key)
    tables = TablesDB(client)
    tables.create_varchar_column(server.database, "races", "weather", 20, False)
    desk.settle("races")
    tables.upsert_rows(server.database, "races", [{"$id": "r1", "name": "Race 1", "weather": "fine"}])
    listed: RowList[Any] = tables.list_rows(server.database, "races", [Query.equal("name", ["Race 1"]), Query.limit(5)])
    assert [row.id for row in listed.rows] == ["r1"]
    tables.delete_row(server.database, "races", "r1")
    assert "Warning: The current SDK" in capsys.readouterr().err
