"""Plain requests to an Appwrite that is told what to hold, so that a test reads as what it asks and is answered."""

import json
import time
from collections.abc import Mapping
from typing import Any

from tests.appwrite_servers import AppwriteServer

MOST_SETTLING_SECONDS = 30.0

Refused = tuple[int, str]
"""The status and the type of an error."""

_KINDS = {"T": "text", "i": "integer", "f": "float", "b": "boolean", "t": "datetime", "s": "varchar"}


def query(method: str, attribute: str | None = None, values: list[Any] | None = None) -> str:
    """Write a query as the SDK does."""
    parts = {"method": method, "attribute": attribute, "values": values}
    return json.dumps({name: part for name, part in parts.items() if part is not None}, separators=(",", ":"))


class Desk:
    """A database of a test's own on a server."""

    def __init__(self, server: AppwriteServer) -> None:
        self.server = server
        self.path = f"/tablesdb/{server.database}"
        self.ok("POST", "/tablesdb", {"databaseId": server.database, "name": "Tests"})

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Give the answer to a request that is taken."""
        response = self.server.send(method, path, body, **options)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def refused(self, method: str, path: str, body: Any = None, **options: Any) -> Refused:
        """Give the status and the type of a refusal."""
        response = self.server.send(method, path, body, **options)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()["type"]

    def message(self, method: str, path: str, body: Any = None, **options: Any) -> str:
        """Give the words of a refusal."""
        response = self.server.send(method, path, body, **options)
        assert response.status_code >= 400, response.text
        return str(response.json()["message"])

    def table(self, name: str, /, **columns: str) -> None:
        """Make a table, its columns in the notation of the schema, and wait until they are there."""
        self.ok("POST", f"{self.path}/tables", {"tableId": name, "name": name})
        for key, notation in columns.items():
            self.column(name, key, notation)
        self.settle(name)

    def column(self, table: str, key: str, notation: str) -> None:
        """Ask for a column without waiting for it."""
        size = notation[1:].rstrip("*")
        body = {"key": key, "required": notation.endswith("*"), **({"size": int(size)} if size else {})}
        self.ok("POST", f"{self.path}/tables/{table}/columns/{_KINDS[notation[0]]}", body)

    def link(self, table: str, key: str, to: str) -> None:
        """Make a relationship column, and wait until it is there."""
        body = {"relatedTableId": to, "type": "manyToOne", "twoWay": False, "key": key, "onDelete": "setNull"}
        self.ok("POST", f"{self.path}/tables/{table}/columns/relationship", body)
        self.settle(table)

    def index(self, table: str, kind: str, *columns: str) -> None:
        """Make an index, and wait until it is there."""
        body = {"key": f"{kind}_{'_'.join(columns)}", "type": kind, "columns": list(columns)}
        self.ok("POST", f"{self.path}/tables/{table}/indexes", body)
        self.settle(table)

    def settle(self, table: str) -> None:
        """Wait until all columns and indexes of a table are there."""
        end = time.monotonic() + MOST_SETTLING_SECONDS
        while True:
            told = self.ok("GET", f"{self.path}/tables/{table}")
            if not any(one["status"] == "processing" for one in told["columns"] + told["indexes"]):
                return
            assert time.monotonic() < end, told
            time.sleep(0.01)

    def rows(self, table: str, row_id: str | None = None) -> str:
        """Give the path of a table's rows, or of one."""
        return f"{self.path}/tables/{table}/rows" + (f"/{row_id}" if row_id else "")

    def listed(self, table: str, *queries: str) -> Any:
        """Give a page of rows."""
        asked = {f"queries[{number}]": one for number, one in enumerate(queries)}
        return self.ok("GET", self.rows(table), params=asked)

    def upsert(self, table: str, *rows: Mapping[str, Any]) -> Any:
        """Upsert rows in one call."""
        return self.ok("PUT", self.rows(table), {"rows": list(rows)})

    def operation(self, action: str, table: str, data: Any, row_id: str | None = None) -> dict[str, Any]:
        """Give an operation to be staged."""
        operation = {"action": action, "databaseId": self.server.database, "tableId": table, "data": data}
        return operation if row_id is None else {**operation, "rowId": row_id}

    def transaction(self, *operations: Mapping[str, Any]) -> str:
        """Begin a transaction, stage operations in one request, and give its path."""
        path = f"/tablesdb/transactions/{self.ok('POST', '/tablesdb/transactions', {'ttl': 60})['$id']}"
        if operations:
            self.ok("POST", f"{path}/operations", {"operations": list(operations)})
        return path
