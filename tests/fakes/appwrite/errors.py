"""What the server refuses, in its own words."""

VERSION = "1.9.6"

ELSE_ID = "Try again with a different ID or use ID.unique() to generate a unique ID."
ELSE_KEY = "Try again with a different key."
UID_RULE = (
    "Parameter must contain at most 36 chars. Valid chars are a-z, A-Z, 0-9, period, hyphen, and underscore. "
    "Can't start with a special char"
)


class ApiError(Exception):
    """A refusal: the status, the type that programs read, and the message for people."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message

    @property
    def body(self) -> dict[str, object]:
        """Give the error as it is sent."""
        return {"message": self.message, "code": self.status, "type": self.kind, "version": VERSION}


def argument(message: str) -> ApiError:
    """Refuse a parameter of the request."""
    return ApiError(400, "general_argument_invalid", message)


def parameter(name: str, rule: str) -> ApiError:
    """Refuse the value of a named parameter, saying what it must be."""
    return argument(f"Invalid `{name}` param: {rule}")


def lacking(name: str) -> ApiError:
    """Refuse a request without a parameter it needs (guess: the words are those of the source)."""
    return argument(f'Param "{name}" is not optional.')


def bad_request(message: str) -> ApiError:
    """Refuse what is not about one parameter."""
    return ApiError(400, "general_bad_request", message)


def query(message: str) -> ApiError:
    """Refuse a query."""
    return ApiError(400, "general_query_invalid", f"Invalid query: {message}")


def structure(message: str) -> ApiError:
    """Refuse a row that does not fit its table."""
    return ApiError(400, "row_invalid_structure", f"Invalid document structure: {message}")


def not_found(thing: str, name: str) -> ApiError:
    """Say that a database, table, row, document, collection or transaction is not there."""
    message = f"{thing} with the requested ID '{name}' could not be found."
    return ApiError(404, f"{thing.lower()}_not_found", message)


def key_not_found(thing: str, kind: str, key: str) -> ApiError:
    """Say that a column or an index is not there (guess: by analogy)."""
    return ApiError(404, f"{kind}_not_found", f"{thing} with the requested key '{key}' could not be found.")


def database_exists(name: str) -> ApiError:
    """Say that a database's id is taken."""
    message = f"Database with the requested ID '{name}' already exists. {ELSE_ID}"
    return ApiError(409, "database_already_exists", message)


def table_exists(name: str) -> ApiError:
    """Say that a table's id is taken."""
    message = f"A table with the requested ID '{name}' already exists. {ELSE_ID}"
    return ApiError(409, "table_already_exists", message)


def row_exists(name: str) -> ApiError:
    """Say that a row's id, or a value of a unique index, is taken."""
    message = f"Row with the requested ID '{name}' already exists. {ELSE_ID}"
    return ApiError(409, "row_already_exists", message)


def column_exists(key: str) -> ApiError:
    """Say that a column's key is taken."""
    message = f"Column with the requested key '{key}' already exists. Column keys must be unique, try again with a "
    return ApiError(409, "column_already_exists", f"{message}different key.")


def index_exists(key: str) -> ApiError:
    """Say that an index's key is taken."""
    message = f"Index with the requested key '{key}' already exists. {ELSE_KEY}"
    return ApiError(409, "column_index_already_exists", message)


def column_not_available(key: str) -> ApiError:
    """Say that a column is still being made."""
    message = f"The requested column '{key}' is not yet available. Please try again later."
    return ApiError(400, "column_not_available", message)


def conflict() -> ApiError:
    """Refuse a commit because of what others wrote meanwhile."""
    message = "The transaction has a conflict. Please resolve the conflict and try again."
    return ApiError(409, "transaction_conflict", message)
