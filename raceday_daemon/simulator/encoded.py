"""Answers as bytes, each made once for a refresh and kept for those who ask next."""

import gzip
import json
from collections import OrderedDict
from datetime import datetime
from typing import Final

from raceday_daemon.simulator.answers import Answers

_FAST: Final = 1

Key = tuple[str, str, datetime]


class Encoded:
    """An answer as bytes; packed once somebody wants it packed."""

    __slots__ = ("_packed", "body", "status")

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        self._packed = b""

    def packed(self) -> bytes:
        """Give the body in gzip, the same for the same body."""
        if not self._packed:
            self._packed = gzip.compress(self.body, _FAST, mtime=0)
        return self._packed


class EncodedAnswers:
    """The answers of a day as bytes; the last `kept` ones are kept."""

    def __init__(self, answers: Answers, kept: int) -> None:
        """Keep so many answers; 0 keeps none."""
        self._answers = answers
        self._most = kept
        self._kept: OrderedDict[Key, Encoded] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, path: str, query_string: str, at: datetime) -> Encoded:
        """Give the answer to a question at an instant of the grid."""
        key = (path, query_string, at)
        found = self._kept.get(key)
        if found is None:
            answer = self._answers.answer(path, query_string, at)
            written = json.dumps(answer.document, ensure_ascii=False, separators=(",", ":"))
            found = self._kept[key] = Encoded(answer.status, written.encode())
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found
