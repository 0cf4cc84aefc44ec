"""What came of taking an answer into the store."""

from dataclasses import dataclass

from raceday_daemon.model.poll import CHANGED, STALE, UNCHANGED


@dataclass(frozen=True, slots=True)
class Commit:
    """Whether the answer changed anything, was unchanged, or was older than one already taken; and the rows written."""

    outcome: str
    rows_written: int = 0

    @classmethod
    def of(cls, rows_written: int) -> "Commit":
        """Name the outcome by the rows that were written."""
        return cls(CHANGED if rows_written else UNCHANGED, rows_written)


STALE_ANSWER = Commit(STALE)
