"""The calls that make, tell, change and remove columns and indexes."""

from typing import Any

from tests.fakes.appwrite import columns, errors, indexes, scopes
from tests.fakes.appwrite.calls import Answer, Call, Route
from tests.fakes.appwrite.columns import Column
from tests.fakes.appwrite.indexes import Index
from tests.fakes.appwrite.model import ROW_BYTES, Table
from tests.fakes.appwrite.schema_routes import NO_CONTENT, TABLE, paged


def create_column(call: Call) -> Answer:
    """Create a column; it is usable a moment later."""
    table, kind = call.table, call.path["kind"]
    if kind == "relationship":
        return create_relationship(call)
    if kind not in columns.KINDS:
        raise unknown_route()
    column = columns.asked_for(kind, call.body, call.state.settle_seconds)
    column.error = broken(call, column.key)
    add(table, column)
    return 202, column.told()


def create_relationship(call: Call) -> Answer:
    """Create a link to another table, and back from it if asked."""
    table = call.table
    column = columns.linking(call.body, table.id, call.state.settle_seconds)
    related = call.database.table(column.details["relatedTable"])
    add(table, column)
    if column.details["twoWay"]:
        back = {**column.details, "relatedTable": table.id, "twoWayKey": column.key, "side": "child"}
        way_back = column.details["twoWayKey"]
        add(related, Column(way_back, column.kind, False, None, back, column.ready_at, column.keep))
    return 202, column.told()


def add(table: Table, column: Column) -> None:
    """Add a column to a table, if its key is free and it fits."""
    if column.key in table.columns:
        raise errors.column_exists(column.key)
    if table.bytes_used + column.width > ROW_BYTES:
        message = f"The maximum number or size of columns for table '{table.id}' has been reached."
        raise errors.ApiError(400, "column_limit_exceeded", message)
    table.columns[column.key] = column
    table.schema_changed()


def broken(call: Call, key: str) -> str:
    """Give why a test wants the making of this one to come to nothing, if it does (guess: the words)."""
    return "The database could not make it" if key in call.state.switches.broken else ""


def column_of(call: Call) -> Column:
    """Give the column of the path."""
    column = call.table.columns.get(call.path["key"])
    if column is None:
        raise errors.key_not_found("Column", "column", call.path["key"])
    return column


def get_column(call: Call) -> Answer:
    """Tell a column."""
    return 200, column_of(call).told(listed=True)


def list_columns(call: Call) -> Answer:
    """Tell a page of the columns."""
    told = [column.told(listed=True) for column in call.table.columns.values()]
    return 200, paged("columns", "key", told, call.queries)


def update_column(call: Call) -> Answer:
    """Change a column: required, default, size or range (guess: nothing of this was recorded)."""
    column = column_of(call)
    same_kind = columns.KINDS.get(call.path["kind"]) == column.kind
    if not same_kind or column.is_link or "newKey" in call.body:
        message = f"The stand-in changes no links, kinds or keys of columns: {column.key}"
        raise errors.ApiError(400, "column_type_invalid", message)
    if not column.available:
        raise errors.column_not_available(column.key)
    details, keep = columns.kind_of(column.kind, {**column.details, **call.body})
    _check_rows(call.table, column, details)
    column.required = bool(call.required("required"))
    default = call.body.get("default")
    column.default = None if default is None else columns.checked_default(keep, default, required=column.required)
    column.details, column.keep = details, keep
    call.table.schema_changed()
    return 200, column.told()


def _check_rows(table: Table, column: Column, details: dict[str, Any]) -> None:
    size = details.get("size")
    if size is None or size >= (column.size or 0):
        return
    if any(len(row.data.get(column.key) or "") > size for row in table.rows.values()):
        message = "Existing data is too large for new size, use a different size or truncate existing data."
        raise errors.ApiError(400, "column_invalid_resize", message)


def delete_column(call: Call) -> Answer:
    """Remove a column with its values, out of its indexes too (guess: an index without columns goes)."""
    table, column = call.table, column_of(call)
    del table.columns[column.key]
    for row in table.rows.values():
        row.data.pop(column.key, None)
    for index in list(table.indexes.values()):
        index.columns = [key for key in index.columns if key != column.key]
        if not index.columns:
            del table.indexes[index.key]
    table.schema_changed()
    return NO_CONTENT


def create_index(call: Call) -> Answer:
    """Create an index."""
    database, table = call.database, call.table
    prefix = f"{database.sequence}_{table.sequence}"
    index = indexes.asked_for(table, prefix, call.body, call.state.settle_seconds)
    index.error = index.error or broken(call, index.key)
    table.indexes[index.key] = index
    return 202, index.told()


def index_of(call: Call) -> Index:
    """Give the index of the path."""
    index = call.table.indexes.get(call.path["key"])
    if index is None:
        raise errors.key_not_found("Index", "column_index", call.path["key"])
    return index


def get_index(call: Call) -> Answer:
    """Tell an index."""
    return 200, index_of(call).told()


def list_indexes(call: Call) -> Answer:
    """Tell a page of the indexes."""
    return 200, paged("indexes", "key", [index.told() for index in call.table.indexes.values()], call.queries)


def delete_index(call: Call) -> Answer:
    """Remove an index."""
    del call.table.indexes[index_of(call).key]
    return NO_CONTENT


def unknown_route() -> errors.ApiError:
    """Refuse a path that the server does not know (guess: the words are those of the source)."""
    message = (
        "Route not found. Please ensure the endpoint is configured correctly and that the API route is valid for this "
        "SDK version. Refer to the API docs for more details."
    )
    return errors.ApiError(404, "general_route_not_found", message)


ROUTES = (
    Route("POST", f"{TABLE}/columns/{{kind}}", scopes.COLUMNS_WRITE, create_column),
    Route("GET", f"{TABLE}/columns", scopes.COLUMNS_READ, list_columns),
    Route("GET", f"{TABLE}/columns/{{key}}", scopes.COLUMNS_READ, get_column),
    Route("PATCH", f"{TABLE}/columns/{{kind}}/{{key}}", scopes.COLUMNS_WRITE, update_column),
    Route("DELETE", f"{TABLE}/columns/{{key}}", scopes.COLUMNS_WRITE, delete_column),
    Route("POST", f"{TABLE}/indexes", scopes.INDEXES_WRITE, create_index),
    Route("GET", f"{TABLE}/indexes", scopes.INDEXES_READ, list_indexes),
    Route("GET", f"{TABLE}/indexes/{{key}}", scopes.INDEXES_READ, get_index),
    Route("DELETE", f"{TABLE}/indexes/{{key}}", scopes.INDEXES_WRITE, delete_index),
)
