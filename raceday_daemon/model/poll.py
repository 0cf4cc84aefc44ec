"""The record that every look at a race leaves, a failed one too."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

CHANGED: Final = "ok"
UNCHANGED: Final = "unchanged"
FAILED: Final = "failed"
STALE: Final = "stale"
MISSED: Final = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One look at a race: when it was due (None: no slot asked for it), how long each part took, what came of it.

    A slot that was missed leaves one too, with the reason why; then nothing took any time.
    """

    race_id: str
    due_at: datetime | None
    began_at: datetime
    ended_at: datetime
    reason: str
    outcome: str
    race_status: str | None = None
    bytes: int | None = None
    fetch_ms: float | None = None
    decode_ms: float | None = None
    commit_ms: float | None = None
    rows_written: int = 0
    error: str | None = None


class PollRecords(Protocol):
    """Keeps the records of looks."""

    async def add_poll(self, poll: Poll) -> None:
        """Record a look at a race."""
