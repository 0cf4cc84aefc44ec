"""The calls that make, tell, change and remove databases and tables."""

from collections.abc import Sequence
from typing import Any

from tests.fakes.appwrite import checking, errors, queries, scopes, times
from tests.fakes.appwrite.calls import Answer, Call, Route
from tests.fakes.appwrite.model import ROW_BYTES, Database, Table

NO_CONTENT: Answer = (204, None)


def create_database(call: Call) -> Answer:
    """Create a database."""
    database_id = checking.named("databaseId", call.body)
    call.state.database_sequences += 1
    if database_id.lower() in call.state.databases:
        raise errors.database_exists(database_id)
    database = Database(database_id, call.required("name"), call.state.database_sequences)
    database.enabled = call.body.get("enabled", True)
    call.state.databases[database_id.lower()] = database
    return 201, told_database(database)


def get_database(call: Call) -> Answer:
    """Tell a database."""
    return 200, told_database(call.database)


def list_databases(call: Call) -> Answer:
    """Tell a page of the databases."""
    return 200, paged("databases", "$id", [told_database(one) for one in call.state.databases.values()], call.queries)


def update_database(call: Call) -> Answer:
    """Rename a database."""
    database = call.database
    database.name = call.body.get("name") or database.name
    database.enabled = call.body.get("enabled", True)
    database.updated = times.now()
    return 200, told_database(database)


def delete_database(call: Call) -> Answer:
    """Remove a database with all in it."""
    del call.state.databases[call.database.id.lower()]
    return NO_CONTENT


def create_table(call: Call) -> Answer:
    """Create a table."""
    database = call.database
    table_id = checking.named("tableId", call.body)
    name = call.required("name")
    permissions = checking.permissions_of(call.body)
    database.table_sequences += 1
    if table_id.lower() in database.tables:
        raise errors.table_exists(table_id)
    table = Table(table_id, database.id, name, database.table_sequences, permissions or [])
    table.row_security = bool(call.body.get("rowSecurity", False))
    table.enabled = call.body.get("enabled", True)
    database.tables[table_id.lower()] = table
    return 201, told_table(table)


def get_table(call: Call) -> Answer:
    """Tell a table with all its columns and indexes."""
    return 200, told_table(call.table)


def list_tables(call: Call) -> Answer:
    """Tell a page of the tables."""
    return 200, paged("tables", "$id", [told_table(one) for one in call.database.tables.values()], call.queries)


def update_table(call: Call) -> Answer:
    """Change a table; row security left out is switched off (guess: from the source)."""
    table = call.table
    permissions = checking.permissions_of(call.body)
    table.name = call.body.get("name") or table.name
    table.permissions = table.permissions if permissions is None else permissions
    table.row_security = bool(call.body.get("rowSecurity", False))
    table.enabled = call.body.get("enabled", True)
    table.updated = times.now()
    return 200, told_table(table)


def delete_table(call: Call) -> Answer:
    """Remove a table with its rows, and the links to it."""
    database, table = call.database, call.table
    for other, column in list(database.links_to(table)):
        del other.columns[column.key]
        other.schema_changed()
    del database.tables[table.id.lower()]
    return NO_CONTENT


def told_database(database: Database) -> dict[str, Any]:
    """Give a database as an answer tells it."""
    return {
        "$id": database.id,
        "name": database.name,
        "$createdAt": database.created,
        "$updatedAt": database.updated,
        "enabled": database.enabled,
        "type": "tablesdb",
    }


def told_table(table: Table) -> dict[str, Any]:
    """Give a table as an answer tells it."""
    return {
        "$id": table.id,
        "$createdAt": table.created,
        "$updatedAt": table.updated,
        "$permissions": table.permissions,
        "databaseId": table.database_id,
        "name": table.name,
        "enabled": table.enabled,
        "rowSecurity": table.row_security,
        "columns": [column.told() for column in table.columns.values()],
        "indexes": [index.told() for index in table.indexes.values()],
        "bytesMax": ROW_BYTES,
        "bytesUsed": table.bytes_used,
    }


def paged(name: str, key: str, things: Sequence[dict[str, Any]], asked: list[str]) -> dict[str, Any]:
    """Give a page of things: 25 unless told otherwise, as of rows (guess; filters: `equal` only)."""
    kept = list(things)
    limit, offset, cursor = queries.USUAL_LIMIT, 0, None
    for query in queries.checked(asked):
        method, values = query.get("method"), query.get("values") or [None]
        if method == "equal":
            kept = [one for one in kept if one.get(str(query.get("attribute"))) in values]
        elif method == "limit":
            limit = int(values[0])
        elif method == "offset":
            offset = int(values[0])
        elif method == "cursorAfter":
            cursor = values[0]
        else:
            raise errors.query(f"the stand-in knows no {method} here")
    if cursor is not None:
        names = [one[key] for one in kept]
        if cursor not in names:
            message = f"'{cursor}' for the 'cursor' value not found."
            raise errors.ApiError(400, "general_cursor_not_found", message)
        offset += names.index(cursor) + 1
    return {"total": len(kept), name: kept[offset : offset + limit]}


DATABASE = "/tablesdb/{databaseId}"
TABLE = f"{DATABASE}/tables/{{tableId}}"
ROUTES = (
    Route("POST", "/tablesdb", scopes.DATABASES_WRITE, create_database),
    Route("GET", "/tablesdb", scopes.DATABASES_READ, list_databases),
    Route("GET", DATABASE, scopes.DATABASES_READ, get_database),
    Route("PUT", DATABASE, scopes.DATABASES_WRITE, update_database),
    Route("DELETE", DATABASE, scopes.DATABASES_WRITE, delete_database),
    Route("POST", f"{DATABASE}/tables", scopes.TABLES_WRITE, create_table),
    Route("GET", f"{DATABASE}/tables", scopes.TABLES_READ, list_tables),
    Route("GET", TABLE, scopes.TABLES_READ, get_table),
    Route("PUT", TABLE, scopes.TABLES_WRITE, update_table),
    Route("DELETE", TABLE, scopes.TABLES_WRITE, delete_table),
)
