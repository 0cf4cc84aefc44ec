"""The calls that read and write rows."""

from collections.abc import Callable
from typing import Any

from tests.fakes.appwrite import checking, errors, queries, rendering, scopes, transactions, writing
from tests.fakes.appwrite.calls import Answer, Call, Route
from tests.fakes.appwrite.committing import matching
from tests.fakes.appwrite.schema_routes import NO_CONTENT, TABLE
from tests.fakes.appwrite.writing import Unit, Wanted

MOST_ROWS = 100


def in_one_unit(call: Call, write: Callable[[Unit], Any]) -> Any:
    """Write all or nothing."""
    unit = Unit(call.state)
    try:
        result = write(unit)
    except BaseException:
        unit.undo()
        raise
    unit.done()
    return result


def create_row(call: Call) -> Answer:
    """Create one row, or several with `rows`."""
    if "rows" in call.body:
        return bulk_create(call)
    table = call.table
    row_id = checking.named("rowId", call.body)
    wanted = Wanted(row_id, data_of(call), checking.permissions_of(call.body))
    if "transactionId" in call.body:
        return staged(call, "create", row_id, wanted, 201)
    row = in_one_unit(call, lambda unit: writing.create(unit, table, [wanted]))[0]
    return 201, rendering.after_write(call.database, table, row)


def upsert_row(call: Call) -> Answer:
    """Create one row or merge it with the one there is."""
    table = call.table
    row_id = checking.valid_id("rowId", call.path["rowId"])
    wanted = Wanted(row_id, data_of(call), checking.permissions_of(call.body))
    if "transactionId" in call.body:
        return staged(call, "upsert", row_id, wanted, 200)
    row, stored = in_one_unit(call, lambda unit: writing.upsert(unit, table, [wanted]))[0]
    return 200, rendering.after_write(call.database, table, row, stored=stored)


def update_row(call: Call) -> Answer:
    """Change one row."""
    table = call.table
    row = table.row(call.path["rowId"])
    wanted = Wanted(row.id, data_of(call), checking.permissions_of(call.body))
    if "transactionId" in call.body:
        return staged(call, "update", row.id, wanted, 200)
    changed = in_one_unit(call, lambda unit: writing.update(unit, table, row, wanted))
    return 200, rendering.after_write(call.database, table, changed)


def delete_row(call: Call) -> Answer:
    """Remove one row."""
    table = call.table
    row = table.row(call.path["rowId"])
    if "transactionId" in call.body:
        staged(call, "delete", row.id, Wanted(row.id, {}), 204)
        return NO_CONTENT
    in_one_unit(call, lambda unit: writing.delete(unit, table, [row]))
    return NO_CONTENT


def change_number(call: Call) -> Answer:
    """Add to a number of one row, or take from it."""
    table = call.table
    row = table.row(call.path["rowId"])
    value = call.body.get("value", 1) * (-1 if call.path["way"] == "decrement" else 1)
    bounds = (call.body.get("min", float("-inf")), call.body.get("max", float("inf")))
    key = call.path["column"]
    changed = in_one_unit(call, lambda unit: writing.increment(unit, table, row, key, value, bounds))
    return 200, rendering.after_write(call.database, table, changed)


def bulk_create(call: Call) -> Answer:
    """Create up to 100 rows, all or none."""
    rows = in_one_unit(call, lambda unit: writing.create(unit, call.table, rows_of(call, "create")))
    return 201, rendering.listed(len(rows), (rendering.after_write(call.database, call.table, row) for row in rows))


def bulk_upsert(call: Call) -> Answer:
    """Create or merge up to 100 rows, all or none."""
    results = in_one_unit(call, lambda unit: writing.upsert(unit, call.table, rows_of(call, "upsert")))
    told = (rendering.after_write(call.database, call.table, row, stored=stored) for row, stored in results)
    return 200, rendering.listed(len(results), told)


def bulk_update(call: Call) -> Answer:
    """Change all rows that queries name."""
    table = call.table
    bar_links(call, "update")
    rows = matching(table, call.body.get("queries") or [])
    data, permissions = data_of(call), checking.permissions_of(call.body)

    def write(unit: Unit) -> list[Any]:
        return [writing.update(unit, table, row, Wanted(row.id, data, permissions)) for row in rows]

    changed = in_one_unit(call, write)
    return 200, rendering.listed(len(changed), (rendering.told(call.database, table, row) for row in changed))


def bulk_delete(call: Call) -> Answer:
    """Remove all rows that queries name, up to their limit; the answer tells 100 of them (from the server's source)."""
    table = call.table
    bar_links(call, "delete")
    rows = matching(table, call.body.get("queries") or [])
    in_one_unit(call, lambda unit: writing.delete(unit, table, rows))
    return 200, rendering.listed(len(rows), (rendering.told(call.database, table, row) for row in rows[:MOST_ROWS]))


def get_row(call: Call) -> Answer:
    """Tell one row."""
    refuse_transaction(call)
    table = call.table
    wanted = queries.asked(table, queries.checked(call.queries))
    row = table.row(call.path["rowId"])
    call.state.read[table.id] += 1
    return 200, rendering.told(call.database, table, row, wanted.selected)


def list_rows(call: Call) -> Answer:
    """Tell a page of the rows that fit."""
    refuse_transaction(call)
    if call.value("total") not in (None, "1", "0"):
        raise errors.parameter("total", "Value must be a valid boolean")  # what the SDK sends is refused
    database, table = call.database, call.table
    wanted = queries.asked(table, queries.checked(call.queries))
    total, rows = queries.page(table, wanted)
    call.state.read[table.id] += max(1, len(rows))
    if call.value("total") == "0":
        total = 0
    return 200, rendering.listed(total, (rendering.told(database, table, row, wanted.selected) for row in rows))


def rows_of(call: Call, action: str) -> list[Wanted]:
    """Take the rows of a bulk call; their ids are not checked."""
    bar_links(call, action)
    rows = call.required("rows")
    if "transactionId" in call.body:
        raise errors.ApiError(501, "general_unknown", "The stand-in stages bulk calls by createOperations only")
    if not isinstance(rows, list) or len(rows) > MOST_ROWS or any(not isinstance(row, dict) for row in rows):
        rule = f"Value must a valid array no longer than {MOST_ROWS} items and Value must be a valid JSON string"
        raise errors.parameter("rows", rule)
    return [Wanted.read(row) for row in rows]


def bar_links(call: Call, action: str) -> None:
    """Refuse bulk calls on a table with a relationship column (guess: those other than the upsert)."""
    if call.table.links:
        raise errors.bad_request(f"Bulk {action} is not supported for tablesDB with relationship attributes")


def data_of(call: Call) -> dict[str, Any]:
    """Give the columns sent."""
    data = call.body.get("data") or {}
    if not isinstance(data, dict):
        raise errors.parameter("data", "Value must be a valid JSON string")
    return data


def staged(call: Call, action: str, row_id: str, wanted: Wanted, status: int) -> Answer:
    """Stage the write of one row in a transaction (guess: what the answer tells of it)."""
    table = call.table
    data = {**wanted.data, "$id": row_id}
    if wanted.permissions is not None:
        data["$permissions"] = wanted.permissions
    transaction = transactions.of_id(call.state, str(call.body["transactionId"]))
    operation = {"action": action, "databaseId": table.database_id, "tableId": table.id, "rowId": row_id, "data": data}
    transactions.stage(call.state, transaction, [operation])
    own = {"$id": row_id, "$sequence": "", "$permissions": wanted.permissions or []}
    times = {"$createdAt": transaction.updated, "$updatedAt": transaction.updated}
    return status, {**wanted.data, **own, **times, "$databaseId": table.database_id, "$tableId": table.id}


def refuse_transaction(call: Call) -> None:
    """Say plainly that reads inside a transaction are not there."""
    if call.value("transactionId") is not None:
        raise errors.ApiError(501, "general_unknown", "The stand-in does not read inside a transaction")


ROWS = f"{TABLE}/rows"
ROW = f"{ROWS}/{{rowId}}"
ROUTES = (
    Route("POST", ROWS, scopes.ROWS_WRITE, create_row),
    Route("GET", ROWS, scopes.ROWS_READ, list_rows),
    Route("PUT", ROWS, scopes.ROWS_WRITE, bulk_upsert),
    Route("PATCH", ROWS, scopes.ROWS_WRITE, bulk_update),
    Route("DELETE", ROWS, scopes.ROWS_WRITE, bulk_delete),
    Route("GET", ROW, scopes.ROWS_READ, get_row),
    Route("PUT", ROW, scopes.ROWS_WRITE, upsert_row),
    Route("PATCH", ROW, scopes.ROWS_WRITE, update_row),
    Route("DELETE", ROW, scopes.ROWS_WRITE, delete_row),
    Route("PATCH", f"{ROW}/{{column}}/{{way:increment|decrement}}", scopes.ROWS_WRITE, change_number),
)
