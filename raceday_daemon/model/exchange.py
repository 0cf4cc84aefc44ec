"""One whole answer of the source as it came, with its question; and who keeps such answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

BODY_LIMIT_BYTES: Final = 8 * 1024 * 1024
"""The longest body that is taken, unpacked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question and its whole answer; `body` is what came after unpacking, whether it fits or not.

    `asked_at` is when the request left, `received_at` when the body was there, `due_at` the slot that asked for it
    (None: no slot did).
    """

    path: str
    query: Mapping[str, str]
    asked_at: datetime
    received_at: datetime
    due_at: datetime | None = None
    status: int = 200
    content_type: str = "application/json"
    body: bytes


class Recorder(Protocol):
    """Is handed every whole answer."""

    def record(self, exchange: Exchange) -> None:
        """Take an answer; returns at once, and never fails."""


class NoRecorder:
    """Keeps nothing."""

    def record(self, exchange: Exchange) -> None:
        """Do nothing."""


NOT_RECORDED: Final = NoRecorder()
