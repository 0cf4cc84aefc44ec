"""Transactions committed: all of their operations or none."""

from collections.abc import Callable, Mapping

from tests.fakes.appwrite import errors, queries, writing
from tests.fakes.appwrite.model import Row, State, Table
from tests.fakes.appwrite.transactions import Operation, Transaction, check_time, not_ready


def commit(state: State, transaction: Transaction) -> None:
    """Carry everything out, or nothing; whatever is wrong, the transaction has failed then."""
    if transaction.status != "pending":
        raise not_ready()
    check_time(transaction)
    unit = writing.Unit(state)
    try:
        for operation in transaction.operations:
            unit.staged = operation.tick
            ACTIONS[operation.action](unit, operation)
    except BaseException as error:
        unit.undo()
        transaction.end("failed")
        if isinstance(error, errors.ApiError):
            raise _as_of_documents(error) from error
        raise
    unit.done()
    transaction.end("committed")


def _as_of_documents(error: errors.ApiError) -> errors.ApiError:
    """Give an error of a row as a commit gives it: by the older name, and without the row's id."""
    if error.kind == "row_already_exists":
        return errors.conflict()
    if error.kind.startswith("row_"):
        message = error.message.replace("Row with", "Document with")
        return errors.ApiError(error.status, error.kind.replace("row_", "document_", 1), message)
    return error


def _create(unit: writing.Unit, operation: Operation) -> None:
    wanted = writing.Wanted.read({"$id": operation.row_id, **(operation.data or {})})
    writing.create(unit, operation.table, [wanted])


def _upsert(unit: writing.Unit, operation: Operation) -> None:
    """Upsert by the `$id` in the data: the row id is ignored, unless this transaction wrote that row."""
    data = dict(operation.data or {})
    if (operation.table, str(operation.row_id).lower()) in unit.touched:
        data["$id"] = operation.row_id
    writing.upsert(unit, operation.table, [writing.Wanted.read(data)])


def _update(unit: writing.Unit, operation: Operation) -> None:
    row = operation.table.row(str(operation.row_id))
    wanted = writing.Wanted.read({**(operation.data or {}), "$id": row.id})
    writing.update(unit, operation.table, row, wanted)


def _delete(unit: writing.Unit, operation: Operation) -> None:
    writing.delete(unit, operation.table, [operation.table.row(str(operation.row_id))])


def _add(unit: writing.Unit, operation: Operation) -> None:
    data = operation.data or {}
    row = operation.table.row(str(operation.row_id))
    value = data.get("value", 1) * (-1 if operation.action == "decrement" else 1)
    bounds = (data.get("min", float("-inf")), data.get("max", float("inf")))
    writing.increment(unit, operation.table, row, str(data.get("column")), value, bounds)


def _bulk_create(unit: writing.Unit, operation: Operation) -> None:
    writing.create(unit, operation.table, [writing.Wanted.read(one) for one in operation.data or ()])


def _bulk_upsert(unit: writing.Unit, operation: Operation) -> None:
    writing.upsert(unit, operation.table, [writing.Wanted.read(one) for one in operation.data or ()])


def _bulk_update(unit: writing.Unit, operation: Operation) -> None:
    data = operation.data or {}
    for row in matching(operation.table, data.get("queries", [])):
        writing.update(unit, operation.table, row, writing.Wanted.read({**data.get("data", {}), "$id": row.id}))


def _bulk_delete(unit: writing.Unit, operation: Operation) -> None:
    writing.delete(unit, operation.table, matching(operation.table, (operation.data or {}).get("queries", [])))


ACTIONS: Mapping[str, Callable[[writing.Unit, Operation], None]] = {
    "create": _create,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
    "increment": _add,
    "decrement": _add,
    "bulkCreate": _bulk_create,
    "bulkUpdate": _bulk_update,
    "bulkUpsert": _bulk_upsert,
    "bulkDelete": _bulk_delete,
}


def matching(table: Table, asked: object) -> list[Row]:
    """Give all rows that queries name, whatever their number, unless they name a limit (from the server's source)."""
    read = queries.checked(asked)
    wanted = queries.asked(table, read)
    is_limited = any(query.get("method") == "limit" for query in read)
    return queries.found(table, wanted).rows[: wanted.limit if is_limited else None]
