"""What an API key must be allowed to do."""

from typing import Final

RUN: Final = ("rows.read", "rows.write")
"""For `run` and the single commands on a database that is set up; transactions ask for these two as well."""

SETUP: Final = (
    "databases.read",
    "databases.write",
    "tables.read",
    "tables.write",
    "columns.read",
    "columns.write",
    "indexes.read",
    "indexes.write",
    "rows.read",
    "rows.write",
)
"""For `setup`. Servers before 1.9 ask for tables.read and tables.write where later ones name columns and indexes."""

CHECK: Final = tuple(scope for scope in SETUP if scope.endswith(".read"))
"""For `setup --check`, which changes nothing."""

OTHER_NAMES: Final = {
    "rows": "documents",
    "tables": "collections",
    "columns": "attributes",
}
"""What the scopes were called before Appwrite 1.8, by their first word; servers take either."""


def satisfies(held: str, needed: str) -> bool:
    """Say whether a scope that a key holds is the one needed, under its newer or its older name."""
    what, _, right = needed.partition(".")
    return held in (needed, f"{OTHER_NAMES.get(what, what)}.{right}")
