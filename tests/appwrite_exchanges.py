"""The exchanges recorded on a real Appwrite: sent again in their order, and the answers compared field by field.

Aside are instants, generated ids, the numbers before an index's key, and the server's version. The recording leaves
out the bodies of 101 rows, and of the answer to one of them the count of operations: they are made up here. It names
a wrong key only in the words of its step.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.appwrite_servers import AppwriteServer

FILE = Path(__file__).resolve().parents[2] / "shared" / "appwrite" / "exchanges.json"

needs_exchanges = pytest.mark.skipif(
    not FILE.is_file(), reason="the recorded exchanges (../shared/appwrite/exchanges.json) are not beside the project"
)

DATABASE = "contract"
WRONG_KEY = "standard_wrong"
MOST_SETTLING_SECONDS = 60.0

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
_INSTANTS = ("$createdAt", "$updatedAt", "expiresAt")
_GENERATED = re.compile(r"[0-9a-f]{20}")
_INDEX_ID = re.compile(r"\d+_\d+_(.+)")


@cache
def exchanges() -> list[dict[str, Any]]:
    """Give all exchanges in their order; none when they are not there."""
    if not FILE.is_file():
        return []
    recorded: list[dict[str, Any]] = json.loads(FILE.read_text())["exchanges"]
    return recorded


@dataclass
class Replay:
    """The exchanges sent to one server, each once and in order."""

    server: AppwriteServer
    answers: list[tuple[int, Any]] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _settling: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._names[DATABASE] = self.server.database

    def answer_to(self, place: int) -> tuple[int, Any]:
        """Send what was not yet sent up to a place in the recording, and give the answer there."""
        for exchange in exchanges()[len(self.answers) : place + 1]:
            self.answers.append(self._send(exchange))
        return self.answers[place]

    def differences(self, place: int) -> list[str]:
        """Say where the answer differs from the recorded one."""
        exchange = exchanges()[place]
        status, body = self.answer_to(place)
        recorded = exchange["response"]
        left_out = isinstance(exchange["request"]["body"], str)
        told = [f"status: {recorded['status']} recorded, {status} answered"] if recorded["status"] != status else []
        return told + list(_differences(recorded["body"], self._as_recorded(body), "body", left_out=left_out))

    def _send(self, exchange: dict[str, Any]) -> tuple[int, Any]:
        """Send an exchange's request under this run's ids, and learn the ids that the server makes."""
        request, recorded = exchange["request"], exchange["response"]
        if not self._asks_too_early(exchange):
            self._settle()
        path = "/".join(self._names.get(part, part) for part in request["path"].split("/"))
        body = made_up(request["path"]) if isinstance(request["body"], str) else request["body"]
        response = self.server.send(
            request["method"],
            path,
            self._renamed(body),
            key=WRONG_KEY if "wrong API key" in exchange["step"] else None,
            params=request["query"],
        )
        answer: Any = response.json() if response.content else None
        if response.status_code == 202:
            self._settling.add(path.partition("/columns")[0].partition("/indexes")[0])
        if recorded["status"] == 201 and _GENERATED.fullmatch(recorded["body"].get("$id", "")):
            self._names[recorded["body"]["$id"]] = answer["$id"]
        return response.status_code, answer

    def _asks_too_early(self, exchange: dict[str, Any]) -> bool:
        """Say whether the recording went on at once: with the next column, or to be told that one is not ready."""
        body = exchange["response"]["body"] or {}
        makes_column = exchange["request"]["method"] == "POST" and "/columns/" in exchange["request"]["path"]
        return makes_column or body.get("type") == "column_not_available"

    def _settle(self) -> None:
        """Wait, as the recording did, until the server has made the columns and indexes it was asked for."""
        end = time.monotonic() + MOST_SETTLING_SECONDS
        while self._settling:
            table = next(iter(self._settling))
            told = [self.server.send("GET", f"{table}/{things}").json()[things] for things in ("columns", "indexes")]
            if not any(one["status"] == "processing" for things in told for one in things):
                self._settling.remove(table)
            elif time.monotonic() > end:
                raise AssertionError(f"columns or indexes of {table} never became available")
            else:
                time.sleep(0.02)

    def _renamed(self, value: Any) -> Any:
        """Put the ids of this run in the place of the recorded ones."""
        if isinstance(value, dict):
            return {name: self._renamed(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._renamed(one) for one in value]
        return self._names.get(value, value) if isinstance(value, str) else value

    def _as_recorded(self, value: Any) -> Any:
        """Put the recorded database id in the place of this run's."""
        if isinstance(value, dict):
            return {name: self._as_recorded(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._as_recorded(one) for one in value]
        return value.replace(self.server.database, DATABASE) if isinstance(value, str) else value


def made_up(path: str) -> dict[str, Any]:
    """Make the 101 rows that the recording leaves out."""
    rows = [{"$id": f"made-up-{number}", "name": f"Made up {number}"} for number in range(101)]
    if not path.endswith("/operations"):
        return {"rows": rows}
    staged = {"action": "bulkUpsert", "databaseId": DATABASE, "tableId": "entrants", "data": rows}
    return {"operations": [staged]}


def _differences(recorded: Any, answered: Any, where: str, *, left_out: bool = False) -> Iterator[str]:
    if isinstance(recorded, dict) and isinstance(answered, dict):
        allowed = {"operations"} if left_out else set()
        for name in sorted(set(recorded) | set(answered) - allowed):
            here = f"{where}.{name}"
            if name not in answered or name not in recorded:
                yield f"{here}: only {'recorded' if name in recorded else 'answered'}"
            elif not _aside(name, recorded[name], answered[name]):
                yield from _differences(recorded[name], answered[name], here)
    elif isinstance(recorded, list) and isinstance(answered, list) and len(recorded) == len(answered):
        for number, (one, other) in enumerate(zip(recorded, answered, strict=True)):
            yield from _differences(one, other, f"{where}[{number}]")
    elif recorded != answered or isinstance(recorded, bool) != isinstance(answered, bool):
        yield f"{where}: {recorded!r} recorded, {answered!r} answered"


def _aside(name: str, recorded: Any, answered: Any) -> bool:
    """Say whether two values differ only in what no two runs have in common."""
    if not isinstance(recorded, str) or not isinstance(answered, str):
        return False
    if name in _INSTANTS:
        return bool(_INSTANT.fullmatch(answered))
    if name == "version":
        return True
    if name == "$id":
        index, other = _INDEX_ID.fullmatch(recorded), _INDEX_ID.fullmatch(answered)
        if index and other:
            return index[1] == other[1]
        return bool(_GENERATED.fullmatch(recorded) and _GENERATED.fullmatch(answered))
    return False
