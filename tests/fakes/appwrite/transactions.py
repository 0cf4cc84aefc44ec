"""Transactions: begun, and filled with operations that wait for the commit."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.appwrite import checking, errors, times
from tests.fakes.appwrite.model import State, Table

LEAST_TTL, USUAL_TTL, MOST_TTL = 60, 300, 3600
MOST_OPERATIONS = 100
BULK = ("bulkCreate", "bulkUpdate", "bulkUpsert", "bulkDelete")
SINGLE = ("create", "update", "upsert", "delete", "increment", "decrement")
ON_A_ROW = ("update", "delete", "increment", "decrement")


@dataclass(frozen=True, slots=True)
class Operation:
    """What is to be done at the commit; `tick` is when it was staged in the order of all writes."""

    action: str
    table: Table
    row_id: str | None
    data: Any
    tick: int


@dataclass
class Transaction:
    """A transaction; once failed or committed it takes nothing more."""

    id: str
    ttl: int
    status: str = "pending"
    created: str = field(default_factory=times.now)
    updated: str = ""
    expires: str = ""
    expires_at: float = 0.0
    count: int = 0
    operations: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.updated = self.created
        self.expires = times.after(self.ttl)
        self.expires_at = time.monotonic() + self.ttl

    def told(self) -> dict[str, Any]:
        """Give the transaction as an answer tells it."""
        return {
            "$id": self.id,
            "$createdAt": self.created,
            "$updatedAt": self.updated,
            "status": self.status,
            "operations": self.count,
            "expiresAt": self.expires,
        }

    def end(self, status: str) -> None:
        """Take nothing more."""
        self.status, self.updated = status, times.now()
        self.operations = []


def begin(state: State, body: Mapping[str, Any]) -> Transaction:
    """Create a transaction."""
    ttl = body.get("ttl", USUAL_TTL)
    if not isinstance(ttl, int) or isinstance(ttl, bool) or not LEAST_TTL <= ttl <= MOST_TTL:
        raise errors.parameter("ttl", f"Value must be a valid range between {LEAST_TTL} and {MOST_TTL:,}")
    transaction = Transaction(checking.generated(), ttl)
    state.transactions[transaction.id] = transaction
    return transaction


def of_id(state: State, transaction_id: str) -> Transaction:
    """Give a transaction by its id."""
    transaction = state.transactions.get(transaction_id)
    if not isinstance(transaction, Transaction):
        raise errors.not_found("Transaction", transaction_id)
    return transaction


def stage(state: State, transaction: Transaction, operations: Any) -> None:
    """Stage operations, at most 100 in a transaction, each bulk one of them."""
    if not isinstance(operations, list) or not operations:
        raise errors.bad_request("Operations array cannot be empty")
    if transaction.status != "pending":
        raise errors.bad_request("Invalid or non‑pending transaction")  # noqa: RUF001 - the server's own hyphen
    check_time(transaction)
    if transaction.count + len(operations) > MOST_OPERATIONS:
        message = f"Transaction already has {transaction.count} operations, adding {len(operations)} would exceed the "
        raise errors.ApiError(400, "transaction_limit_exceeded", f"{message}maximum of {MOST_OPERATIONS}")
    made = {(one.table.id, str(one.row_id).lower()) for one in transaction.operations}
    staged = [_staged(state, one, made) for one in operations]
    transaction.operations += staged
    transaction.count += len(staged)


def _staged(state: State, operation: Any, made: set[tuple[str, str]]) -> Operation:
    """Read an operation; what is not there is named the older way (guess: from the source)."""
    if not isinstance(operation, dict) or operation.get("action") not in (*BULK, *SINGLE):
        raise errors.parameter("operations", "Value must be a valid operation")
    action, row_id = operation["action"], operation.get("rowId")
    table = _table(state, operation)
    if action in BULK and table.links:
        raise errors.bad_request("Bulk operations are not supported for tableId with relationship attributes")
    if action in (*ON_A_ROW, "upsert") and not row_id:
        raise errors.bad_request(f"Document ID is required for {action} operations")
    place = (table.id, str(row_id).lower())
    if action in ON_A_ROW and place[1] not in table.rows and place not in made:
        raise errors.not_found("Document", str(row_id))
    if action == "create":
        made.add(place)
    return Operation(action, table, row_id, operation.get("data"), state.tick())


def _table(state: State, operation: Mapping[str, Any]) -> Table:
    database = state.database(str(operation.get("databaseId")))
    table_id = str(operation.get("tableId"))
    if table_id.lower() not in database.tables:
        raise errors.not_found("Collection", table_id)
    return database.table(table_id)


def not_ready() -> errors.ApiError:
    """Refuse to end what has ended."""
    message = "The transaction is not ready yet. Please try again later."
    return errors.ApiError(400, "transaction_not_ready", message)


def check_time(transaction: Transaction) -> None:
    """Refuse what comes too late (guess)."""
    if time.monotonic() > transaction.expires_at:
        message = "The transaction has expired. Please create a new transaction and try again."
        raise errors.ApiError(410, "transaction_expired", message)
