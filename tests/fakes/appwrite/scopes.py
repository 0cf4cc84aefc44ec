"""What an API key may do: the scopes that each kind of call asks for, any one of which is enough."""

from tests.fakes.appwrite.errors import ApiError

DATABASES_READ = ("databases.read",)
DATABASES_WRITE = ("databases.write",)
TABLES_READ = ("tables.read", "collections.read")
TABLES_WRITE = ("tables.write", "collections.write")
COLUMNS_READ = (*TABLES_READ, "columns.read", "attributes.read")
COLUMNS_WRITE = (*TABLES_WRITE, "columns.write", "attributes.write")
INDEXES_READ = (*TABLES_READ, "indexes.read")
INDEXES_WRITE = (*TABLES_WRITE, "indexes.write")
ROWS_READ = ("rows.read", "documents.read")
ROWS_WRITE = ("rows.write", "documents.write")
TRANSACTIONS_READ = ("documents.read", "rows.read")
TRANSACTIONS_WRITE = ("documents.write", "rows.write")

ELSEWHERE = {
    "/users": "users",
    "/teams": "teams",
    "/storage/buckets": "buckets",
    "/functions": "functions",
    "/sites": "sites",
    "/messaging/messages": "messages",
    "/messaging/providers": "providers",
    "/messaging/topics": "topics",
}
"""What other services list, and their scopes: there so that a key with more than it needs can be told (guess)."""

ALL = frozenset(
    {
        *(one for pair in (DATABASES_READ, DATABASES_WRITE, COLUMNS_READ, COLUMNS_WRITE) for one in pair),
        *(one for pair in (INDEXES_READ, INDEXES_WRITE, ROWS_READ, ROWS_WRITE) for one in pair),
        *(f"{one}.{right}" for one in ELSEWHERE.values() for right in ("read", "write")),
    }
)
SETUP = tuple(
    f"{what}.{right}" for what in ("databases", "tables", "columns", "indexes", "rows") for right in ("read", "write")
)
"""What the papers tell people to give the key for `setup`. Servers before 1.9 need no scope of columns and indexes."""
CHECK = tuple(scope for scope in SETUP if scope.endswith(".read"))
"""The same for `setup --check`, which changes nothing."""

NEEDED = ALL - {f"{one}.{right}" for one in ELSEWHERE.values() for right in ("read", "write")}
"""All that has to do with databases."""


def unauthorized() -> ApiError:
    """Refuse a key that the project does not know."""
    message = "The current user is not authorized to perform the requested action."
    return ApiError(401, "user_unauthorized", message)


def missing(project: str, host: str, wanted: tuple[str, ...], *, guest: bool = False) -> ApiError:
    """Refuse a key without the scopes (guess: the words are those of the source of 1.9)."""
    who = "User (role: guests)" if guest else f"app.{project}@service.{host} (role: applications)"
    listed = ",".join(f'"{scope}"' for scope in wanted)
    return ApiError(401, "general_unauthorized_scope", f"{who} missing scopes ([{listed}])")


def wrong_project() -> ApiError:
    """Refuse a project that is not there (guess: the words are those of the source)."""
    message = (
        "Project with the requested ID could not be found. Please check the value of the X-Appwrite-Project header to "
        "ensure the correct project ID is being used."
    )
    return ApiError(404, "project_not_found", message)
