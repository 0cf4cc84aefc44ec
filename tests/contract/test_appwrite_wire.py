"""What the SDK puts on the wire for each call that we make: an update that changes it fails here."""

import json
from collections.abc import Callable
from inspect import unwrap
from typing import Any

import pytest
from appwrite.enums.order_by import OrderBy
from appwrite.enums.relation_mutate import RelationMutate
from appwrite.enums.relationship_type import RelationshipType
from appwrite.enums.tables_db_index_type import TablesDBIndexType
from appwrite.models.row_list import RowList
from appwrite.permission import Permission
from appwrite.query import Query
from appwrite.role import Role
from appwrite.services.tables_db import TablesDB

from tests.appwrite_way import KEY, PROJECT, appwrite_answering
from tests.fakes.answering_server import sends

DB, T = "raceday-db", "entrants"
COLUMN = {"key": "k", "type": "a kind", "status": "processing", "error": "", "required": True, "size": 36, "format": ""}
INDEX = {"$id": "1", "key": "k", "type": "key", "status": "available", "error": "", "columns": ["raceId"]}
TABLE = f"/v1/tablesdb/{DB}/tables/{T}"
COLUMNS = f"{TABLE}/columns"
RELATION = {"relatedTableId": "meetings", "type": "manyToOne", "twoWay": False, "key": "meeting", "onDelete": "setNull"}

HEADERS_OF_ALL = {
    "host",
    "connection",
    "user-agent",
    "accept",
    "accept-encoding",
    "x-sdk-name",
    "x-sdk-platform",
    "x-sdk-language",
    "x-sdk-version",
    "x-appwrite-response-format",
    "x-appwrite-project",
    "x-appwrite-key",
}
HEADERS_OF_BODIES = {"content-type", "content-length"}

Ask = Callable[[TablesDB], Any]
NO_BODY = None

CALLS: dict[str, tuple[Ask, str, str, dict[str, str], Any, dict[str, Any]]] = {
    "a database": (lambda t: t.get(DB), "GET", f"/v1/tablesdb/{DB}", {}, NO_BODY, {}),
    "a new database": (
        lambda t: t.create(DB, "RaceDay"),
        "POST",
        "/v1/tablesdb",
        {},
        {"databaseId": DB, "name": "RaceDay"},
        {"type": "tablesdb"},
    ),
    "the tables": (
        lambda t: t.list_tables(DB, [Query.limit(100)]),
        "GET",
        f"/v1/tablesdb/{DB}/tables",
        {"queries[0]": '{"method":"limit","values":[100]}'},
        NO_BODY,
        {},
    ),
    "a table": (lambda t: t.get_table(DB, T), "GET", TABLE, {}, NO_BODY, {}),
    "a new table": (
        lambda t: t.create_table(DB, T, "Entrants", permissions=[Permission.read(Role.users())], row_security=True),
        "POST",
        f"/v1/tablesdb/{DB}/tables",
        {},
        {"tableId": T, "name": "Entrants", "permissions": ['read("users")'], "rowSecurity": True},
        {},
    ),
    "a changed table": (
        lambda t: t.update_table(DB, T, "Entrants", permissions=[], row_security=False, enabled=True),
        "PUT",
        TABLE,
        {},
        {"name": "Entrants", "permissions": [], "rowSecurity": False, "enabled": True},
        {},
    ),
    "a table less": (lambda t: t.delete_table(DB, T), "DELETE", TABLE, {}, {}, {}),
    "the columns": (
        lambda t: t.list_columns(DB, T, [Query.limit(200)]),
        "GET",
        COLUMNS,
        {"queries[0]": '{"method":"limit","values":[200]}'},
        NO_BODY,
        {},
    ),
    "a string column": (
        lambda t: unwrap(TablesDB.create_string_column)(t, DB, T, "k", 36, True),
        "POST",
        f"{COLUMNS}/string",
        {},
        {"key": "k", "size": 36, "required": True},
        COLUMN,
    ),
    "a varchar column": (
        lambda t: t.create_varchar_column(DB, T, "k", 36, True),
        "POST",
        f"{COLUMNS}/varchar",
        {},
        {"key": "k", "size": 36, "required": True},
        COLUMN,
    ),
    "a text column": (
        lambda t: t.create_text_column(DB, T, "k", False),
        "POST",
        f"{COLUMNS}/text",
        {},
        {"key": "k", "required": False},
        COLUMN,
    ),
    "a float column": (
        lambda t: t.create_float_column(DB, T, "k", False),
        "POST",
        f"{COLUMNS}/float",
        {},
        {"key": "k", "required": False},
        COLUMN,
    ),
    "an integer column": (
        lambda t: t.create_integer_column(DB, T, "k", False),
        "POST",
        f"{COLUMNS}/integer",
        {},
        {"key": "k", "required": False},
        COLUMN,
    ),
    "a boolean column": (
        lambda t: t.create_boolean_column(DB, T, "k", False),
        "POST",
        f"{COLUMNS}/boolean",
        {},
        {"key": "k", "required": False},
        COLUMN,
    ),
    "a datetime column": (
        lambda t: t.create_datetime_column(DB, T, "k", False),
        "POST",
        f"{COLUMNS}/datetime",
        {},
        {"key": "k", "required": False},
        COLUMN,
    ),
    "a relationship": (
        lambda t: t.create_relationship_column(
            DB, T, "meetings", RelationshipType.MANYTOONE, False, "meeting", None, RelationMutate.SETNULL
        ),
        "POST",
        f"{COLUMNS}/relationship",
        {},
        RELATION,
        COLUMN | RELATION | {"relatedTable": "meetings", "relationType": "manyToOne", "side": "parent"},
    ),
    "a wider string column": (
        lambda t: unwrap(TablesDB.update_string_column)(t, DB, T, "k", True, None, 255),
        "PATCH",
        f"{COLUMNS}/string/k",
        {},
        {"required": True, "default": None, "size": 255},
        COLUMN,
    ),
    "a wider varchar column": (
        lambda t: t.update_varchar_column(DB, T, "k", True, None, 255),
        "PATCH",
        f"{COLUMNS}/varchar/k",
        {},
        {"required": True, "default": None, "size": 255},
        COLUMN,
    ),
    "a column less": (lambda t: t.delete_column(DB, T, "k"), "DELETE", f"{COLUMNS}/k", {}, {}, {}),
    "the indexes": (lambda t: t.list_indexes(DB, T), "GET", f"{TABLE}/indexes", {}, NO_BODY, {}),
    "a new index": (
        lambda t: t.create_index(DB, T, "k", TablesDBIndexType.KEY, ["raceId"], [OrderBy.ASC]),
        "POST",
        f"{TABLE}/indexes",
        {},
        {"key": "k", "type": "key", "columns": ["raceId"], "orders": ["asc"]},
        INDEX,
    ),
    "an index less": (lambda t: t.delete_index(DB, T, "k"), "DELETE", f"{TABLE}/indexes/k", {}, {}, {}),
    "rows": (
        lambda t: t.list_rows(
            DB, T, [Query.equal("raceId", ["a", "b"]), Query.order_asc("$updatedAt"), Query.cursor_after("x")]
        ),
        "GET",
        f"{TABLE}/rows",
        {
            "queries[0]": '{"method":"equal","attribute":"raceId","values":["a","b"]}',
            "queries[1]": '{"method":"orderAsc","attribute":"$updatedAt"}',
            "queries[2]": '{"method":"cursorAfter","values":["x"]}',
        },
        NO_BODY,
        {"total": 1, "rows": [{"$id": "a", "odds": 5}]},
    ),
    "a row": (lambda t: t.get_row(DB, T, "e1"), "GET", f"{TABLE}/rows/e1", {}, NO_BODY, {"$id": "e1"}),
    "a new row": (
        lambda t: t.create_row(DB, T, "e1", {"name": "Tickford"}, permissions=['read("user:u1")']),
        "POST",
        f"{TABLE}/rows",
        {},
        {"rowId": "e1", "data": {"name": "Tickford"}, "permissions": ['read("user:u1")']},
        {"$id": "e1"},
    ),
    "an upserted row": (
        lambda t: t.upsert_row(DB, T, "e1", {"name": "Tickford", "odds": None}),
        "PUT",
        f"{TABLE}/rows/e1",
        {},
        {"data": {"name": "Tickford", "odds": None}},
        {"$id": "e1"},
    ),
    "a changed row": (
        lambda t: t.update_row(DB, T, "e1", {"odds": 4.6}),
        "PATCH",
        f"{TABLE}/rows/e1",
        {},
        {"data": {"odds": 4.6}},
        {"$id": "e1"},
    ),
    "a row less": (lambda t: t.delete_row(DB, T, "e1"), "DELETE", f"{TABLE}/rows/e1", {}, {}, {}),
    "upserted rows": (
        lambda t: t.upsert_rows(DB, T, [{"$id": "e1", "name": "Tickford"}]),
        "PUT",
        f"{TABLE}/rows",
        {},
        {"rows": [{"$id": "e1", "name": "Tickford"}]},
        {"total": 1, "rows": [{"$id": "e1"}]},
    ),
    "a transaction": (
        lambda t: t.create_transaction(60),
        "POST",
        "/v1/tablesdb/transactions",
        {},
        {"ttl": 60},
        {"$id": "t1", "status": "pending"},
    ),
    "staged operations": (
        lambda t: t.create_operations("t1", [{"action": "bulkUpsert", "tableId": T, "data": [{"$id": "e1"}]}]),
        "POST",
        "/v1/tablesdb/transactions/t1/operations",
        {},
        {"operations": [{"action": "bulkUpsert", "tableId": T, "data": [{"$id": "e1"}]}]},
        {"$id": "t1", "status": "pending"},
    ),
    "a commit": (
        lambda t: t.update_transaction("t1", commit=True),
        "PATCH",
        "/v1/tablesdb/transactions/t1",
        {},
        {"commit": True},
        {"$id": "t1", "status": "committed"},
    ),
    "a rollback": (
        lambda t: t.update_transaction("t1", rollback=True),
        "PATCH",
        "/v1/tablesdb/transactions/t1",
        {},
        {"rollback": True},
        {"$id": "t1", "status": "failed"},
    ),
    "an upsert staged by its own call": (
        lambda t: t.upsert_row(DB, T, "e1", {"name": "x"}, transaction_id="t1"),
        "PUT",
        f"{TABLE}/rows/e1",
        {},
        {"data": {"name": "x"}, "transactionId": "t1"},
        {"$id": "e1"},
    ),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_call_goes_out_as_it_always_did(call: Any) -> None:
    ask, method, path, query, body, answer = call
    async with appwrite_answering(sends(answer)) as (appwrite, server):
        await appwrite.ask(ask)
    (request,) = server.requests
    sent = await request.read()
    assert (request.method, request.path, dict(request.query)) == (method, path, query)
    assert (json.loads(sent) if sent else NO_BODY) == body
    names = {name.lower() for name in request.headers}
    assert names == HEADERS_OF_ALL | (HEADERS_OF_BODIES if sent else set())
    assert request.headers["x-appwrite-key"] == KEY
    assert request.headers["X-Appwrite-Project"] == PROJECT
    assert request.headers["X-Appwrite-Response-Format"] == "2.5.0"
    if sent:
        assert request.headers["Content-Type"] == "application/json"


async def test_rows_come_back_with_their_ids_and_their_columns_as_a_mapping() -> None:
    row = {"$id": "e1", "$sequence": "7", "$updatedAt": "2025-07-17T00:50:00.123+00:00", "odds": 5, "name": None}
    async with appwrite_answering(sends({"total": 1, "rows": [row]})) as (appwrite, _):
        found: RowList[dict[str, Any]] = await appwrite.ask(lambda tables: tables.list_rows(DB, T))
    assert found.total == 1
    (read,) = found.rows
    assert (read.id, read.sequence, read.updatedat) == ("e1", "7", "2025-07-17T00:50:00.123+00:00")
    assert {name: value for name, value in read.data.items() if not name.startswith("$")} == {"odds": 5, "name": None}


async def test_a_row_that_was_not_stored_is_known_by_its_empty_sequence() -> None:
    async with appwrite_answering(sends({"$id": "m4", "$sequence": ""})) as (appwrite, _):
        assert (await appwrite.ask(lambda tables: tables.upsert_row(DB, T, "m4", {}))).sequence == ""
