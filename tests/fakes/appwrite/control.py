"""The control of a stand-in: its switches, its counts and its rows, over a port of its own that faults leave alone."""

import dataclasses
from collections import Counter
from collections.abc import Collection
from typing import Any

import requests

from tests.fakes.appwrite.faults import Fault, Refusal

PATIENCE_SECONDS = 60.0

Rows = dict[str, dict[str, Any]]
"""Rows of a table by their id in lower case."""


class Control:
    """A stand-in as a test steers it; it may run in this process or in one of its own."""

    def __init__(self, address: str) -> None:
        self.address = address

    def fault(self, fault: Fault | None = None, **fields: Any) -> None:
        """Add a fault; without one, its fields."""
        self._call("POST", "/faults", dataclasses.asdict(fault or Fault(**fields)))

    def refuse(self, refusal: Refusal | None = None, **fields: Any) -> None:
        """Add rows that are not taken; without one, its fields."""
        as_dict = dataclasses.asdict(refusal or Refusal(**fields))
        if as_dict.pop("where") is not None:
            raise TypeError("a predicate does not go over the wire: add it to state.switches.refusals in-process")
        self._call("POST", "/refusals", as_dict)

    def latency_ms(self, milliseconds: float) -> None:
        """Wait so long before each answer."""
        self._call("POST", "/latency", {"ms": milliseconds})

    def behave(self) -> None:
        """End all faults, refusals and latency."""
        self._call("DELETE", "/faults")

    def down(self) -> None:
        """Refuse connections, and cut those there are; what was stored stays."""
        self._call("POST", "/down")

    def up(self) -> None:
        """Take connections again, on the same port."""
        self._call("POST", "/up")

    def key(self, key: str, scopes: Collection[str] | None = None) -> str:
        """Make a key with these scopes, all if None, or give them to one there is."""
        self._call("POST", "/keys", {"key": key, "scopes": None if scopes is None else sorted(scopes)})
        return key

    def revoke(self, key: str) -> None:
        """Make a key unknown."""
        self._call("DELETE", f"/keys/{key}")

    def settle_seconds(self, seconds: float) -> None:
        """Make columns and indexes available so long after their creation."""
        self._call("POST", "/settle", {"seconds": seconds})

    def break_making_of(self, *keys: str) -> None:
        """Let columns and indexes of these keys come to nothing from now on: their status becomes `failed`."""
        self._call("POST", "/broken", list(keys))

    def forget_traffic(self) -> None:
        """Count requests and rows from nothing again."""
        self._call("DELETE", "/traffic")

    @property
    def requests(self) -> Counter[str]:
        """Give how many requests came, by `PUT /tablesdb/{databaseId}/tables/{tableId}/rows` and the like."""
        return Counter(self._call("GET", "/traffic")["requests"])

    @property
    def statuses(self) -> Counter[int]:
        """Give how many requests were answered with each status; 444 is a connection cut or left by the client."""
        return Counter({int(status): count for status, count in self._call("GET", "/traffic")["statuses"].items()})

    @property
    def log(self) -> list[dict[str, Any]]:
        """Give the last 50,000 requests: method, pattern, path, at (seconds since the start), status (0: none yet)."""
        log: list[dict[str, Any]] = self._call("GET", "/traffic")["log"]
        return log

    @property
    def failures(self) -> list[str]:
        """Give the stand-in's own failures: whoever meets one has found a fault in it, not in what is tested."""
        failures: list[str] = self._call("GET", "/traffic")["failures"]
        return failures

    @property
    def written(self) -> Counter[str]:
        """Give how many rows were written, by table; a row written twice counts twice."""
        return Counter(self._call("GET", "/traffic")["written"])

    @property
    def read(self) -> Counter[str]:
        """Give how many rows were told, by table; a question that none fits counts as one, as Cloud bills it."""
        return Counter(self._call("GET", "/traffic")["read"])

    def rows(self, database: str, table: str) -> Rows:
        """Give all rows of a table: its columns, `$id` and `$permissions`."""
        rows: Rows = self._call("GET", f"/rows/{database}/{table}")
        return rows

    def dump(self) -> dict[str, dict[str, Rows]]:
        """Give all rows of all tables of all databases."""
        everything: dict[str, dict[str, Rows]] = self._call("GET", "/rows")
        return everything

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        with requests.Session() as session:
            session.trust_env = False
            response = session.request(method, self.address + path, json=body, timeout=PATIENCE_SECONDS)
            response.raise_for_status()
            return response.json()
