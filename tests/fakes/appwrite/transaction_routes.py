"""The calls on transactions, and those on other services that tell what else a key may do."""

from tests.fakes.appwrite import errors, scopes, transactions
from tests.fakes.appwrite.calls import Answer, Call, Route
from tests.fakes.appwrite.committing import commit
from tests.fakes.appwrite.schema_routes import NO_CONTENT, paged
from tests.fakes.appwrite.transactions import Transaction


def create_transaction(call: Call) -> Answer:
    """Begin a transaction."""
    return 201, transactions.begin(call.state, call.body).told()


def transaction_of(call: Call) -> Transaction:
    """Give the transaction of the path."""
    return transactions.of_id(call.state, call.path["transactionId"])


def get_transaction(call: Call) -> Answer:
    """Tell a transaction."""
    return 200, transaction_of(call).told()


def list_transactions(call: Call) -> Answer:
    """Tell a page of the transactions."""
    return 200, paged("transactions", "$id", [one.told() for one in call.state.transactions.values()], call.queries)


def create_operations(call: Call) -> Answer:
    """Stage operations."""
    transaction = transaction_of(call)
    transactions.stage(call.state, transaction, call.body.get("operations"))
    return 201, transaction.told()


def end_transaction(call: Call) -> Answer:
    """Commit a transaction or give it up."""
    committed, given_up = bool(call.body.get("commit")), bool(call.body.get("rollback"))
    if committed == given_up:
        words = "Cannot commit and rollback at the same time" if committed else "Either commit or rollback must be true"
        raise errors.bad_request(words)
    transaction = transaction_of(call)
    if committed:
        commit(call.state, transaction)
    elif transaction.status != "pending":
        raise transactions.not_ready()
    else:
        transaction.end("failed")
    return 200, transaction.told()


def delete_transaction(call: Call) -> Answer:
    """Forget a transaction."""
    del call.state.transactions[transaction_of(call).id]
    return NO_CONTENT


def nothing(_: Call) -> Answer:
    """Tell an empty list of another service."""
    return 200, {"total": 0}


def incomplete(_: Call) -> Answer:
    """Refuse to make anything in another service."""
    raise errors.lacking("name")


TRANSACTION = "/tablesdb/transactions/{transactionId}"
ROUTES = (
    Route("POST", "/tablesdb/transactions", scopes.TRANSACTIONS_WRITE, create_transaction),
    Route("GET", "/tablesdb/transactions", scopes.TRANSACTIONS_READ, list_transactions),
    Route("GET", TRANSACTION, scopes.TRANSACTIONS_READ, get_transaction),
    Route("PATCH", TRANSACTION, scopes.TRANSACTIONS_WRITE, end_transaction),
    Route("DELETE", TRANSACTION, scopes.TRANSACTIONS_WRITE, delete_transaction),
    Route("POST", f"{TRANSACTION}/operations", scopes.TRANSACTIONS_WRITE, create_operations),
    *(Route("GET", path, (f"{scope}.read",), nothing) for path, scope in scopes.ELSEWHERE.items()),
    *(Route("POST", path, (f"{scope}.write",), incomplete) for path, scope in scopes.ELSEWHERE.items()),
)
