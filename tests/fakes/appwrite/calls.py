"""A call as the routes see it, and the answer they give."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.appwrite import errors
from tests.fakes.appwrite.model import Database, State, Table

Answer = tuple[int, Any]
"""The status and the body; None is no body."""

_QUERY = re.compile(r"queries\[(\d*)\]")


@dataclass(frozen=True)
class Call:
    """What was asked: the parts of the path, the query, the JSON of the body."""

    state: State
    path: Mapping[str, str]
    query: list[tuple[str, str]]
    body: dict[str, Any]

    @property
    def database(self) -> Database:
        """Give the database of the path."""
        return self.state.database(self.path["databaseId"])

    @property
    def table(self) -> Table:
        """Give the table of the path."""
        return self.database.table(self.path["tableId"])

    @property
    def queries(self) -> list[str]:
        """Give the `queries[0]`, `queries[1]` ... of the address."""
        return [value for name, value in self.query if _QUERY.fullmatch(name)]

    def value(self, name: str) -> str | None:
        """Give a value of the address by its name."""
        return next((value for one, value in self.query if one == name), None)

    def required(self, name: str) -> Any:
        """Give a value of the body that must be there."""
        if self.body.get(name) is None:
            raise errors.lacking(name)
        return self.body[name]


@dataclass(frozen=True)
class Route:
    """A call that the server knows, below its endpoint, and the scopes one of which it asks for."""

    method: str
    path: str
    scopes: tuple[str, ...]
    answer: Callable[[Call], Answer]
