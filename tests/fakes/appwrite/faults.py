"""The switches by which a test makes the server misbehave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.appwrite.errors import ApiError

USUAL = {
    401: ("user_unauthorized", "The current user is not authorized to perform the requested action."),
    403: ("general_access_forbidden", "Access to this API is forbidden."),
    429: (
        "general_rate_limit_exceeded",
        "Rate limit for the current endpoint has been exceeded. Please try again after some time.",
    ),
    500: ("general_unknown", "Server Error"),
    503: ("general_service_disabled", "The requested service is disabled."),
}
"""The type and message of an error that a test names by its status alone."""


@dataclass
class Fault:
    """What becomes of requests: of all, or of each so-manieth of those of a method and a part of the path.

    `error` answers `status`; `stall` takes the request and never answers; `reset` cuts the connection; `garbage`
    answers 200 with half a JSON text. `applied` carries the request out first, so that only its answer is lost.
    `times` is how many requests it hits before it ends by itself; None is all.
    """

    kind: Literal["error", "stall", "reset", "garbage"] = "error"
    status: int = 500
    type: str = ""
    message: str = ""
    retry_after: float | None = None
    every: int = 1
    times: int | None = None
    method: str = ""
    path: str = ""
    applied: bool = False
    seen: int = 0

    @property
    def error(self) -> ApiError:
        """Give the error it answers."""
        kind, message = USUAL.get(self.status, ("general_unknown", "Server Error"))
        return ApiError(self.status, self.type or kind, self.message or message)

    def hits(self, method: str, path: str) -> bool:
        """Count the request if it is one of those meant, and say whether this one is hit."""
        if self.times == 0 or self.method not in ("", method) or self.path not in path:
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass
class Refusal:
    """Rows that are not taken: those of a table, an id, or with certain values; `where` is for tests in-process.

    Inside a transaction it shows only at the commit, as `document_...` in place of `row_...`.
    """

    table: str = ""
    row_id: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    where: Callable[[str, str, Mapping[str, Any]], bool] | None = None
    status: int = 400
    type: str = "row_invalid_structure"
    message: str = "Invalid document structure: refused by the test"

    def refuses(self, table: str, row_id: str, data: Mapping[str, Any]) -> bool:
        """Say whether a row is one of those."""
        if self.table not in ("", table) or self.row_id.lower() not in ("", row_id.lower()):
            return False
        if any(data.get(column) != value for column, value in self.values.items()):
            return False
        return self.where is None or self.where(table, row_id, data)


@dataclass
class Switches:
    """How the server is told to behave; all may be changed while it runs."""

    latency_ms: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def fault_for(self, method: str, path: str) -> Fault | None:
        """Give the first fault that hits a request."""
        return next((fault for fault in self.faults if fault.hits(method, path)), None)

    def check_row(self, table: str, row_id: str, data: Mapping[str, Any]) -> None:
        """Refuse a row that a test wants refused."""
        for refusal in self.refusals:
            if refusal.refuses(table, row_id, data):
                raise ApiError(refusal.status, refusal.type, refusal.message)

    def clear(self) -> None:
        """Behave well again."""
        self.latency_ms = 0.0
        self.faults.clear()
        self.refusals.clear()
        self.broken.clear()
