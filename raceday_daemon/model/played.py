"""What came of playing recorded answers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from raceday_daemon.model.errors import RacedayError
from raceday_daemon.model.job import FAILED, OK, PARTIAL, Failure
from raceday_daemon.model.poll import CHANGED, STALE, UNCHANGED
from raceday_daemon.model.snapshot import SetAside

SET_ASIDE: Final = "set_aside"

_MOST_FAILURES_TOLD: Final = 200


@dataclass(slots=True)
class Played:
    """The running count of a replay.

    `answers` are the files gone through; `outcomes` counts what they came to, a race or a meeting's card each: written,
    unchanged, or older than what was taken (`stale`). `passed_over` are answers of which nothing is stored (lists of
    starts). `kinds` counts the failures, and the parts of answers set aside, by their kind; the first ones are told.
    """

    answers: int = 0
    passed_over: int = 0
    rows_written: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    first_at: datetime | None = None
    last_at: datetime | None = None

    def begun(self, received_at: datetime) -> None:
        """Note when the answer that comes now was received."""
        self.first_at = min(self.first_at or received_at, received_at)
        self.last_at = max(self.last_at or received_at, received_at)

    def taken(self, outcome: str, rows_written: int) -> None:
        """Count what a race or card came to."""
        self.outcomes[outcome] += 1
        self.rows_written += rows_written

    def parts_set_aside(self, label: str, parts: Iterable[SetAside]) -> None:
        """Count parts that didn't fit."""
        for part in parts:
            self._failed(Failure(item=f"{label} {part.where}", kind=SET_ASIDE, message=part.reason))

    def failed(self, label: str, error: RacedayError) -> None:
        """Count an answer that failed."""
        self._failed(Failure(item=label, kind=error.kind, message=str(error)))

    @property
    def status(self) -> str:
        """Name the whole: ok, partial where something failed or was set aside, failed where nothing else happened."""
        if not self.kinds:
            return OK
        return PARTIAL if self.outcomes else FAILED

    def facts(self) -> dict[str, Any]:
        """Give all of it as JSON has it."""
        return {
            "status": self.status,
            "answers": self.answers,
            "rows_written": self.rows_written,
            "changed": self.outcomes[CHANGED],
            "unchanged": self.outcomes[UNCHANGED],
            "stale": self.outcomes[STALE],
            "passed_over": self.passed_over,
            "set_aside": self.kinds[SET_ASIDE],
            "failed": self.kinds.total() - self.kinds[SET_ASIDE],
            "kinds": {kind: count for kind, count in sorted(self.kinds.items()) if count},
            "first_at": _text(self.first_at),
            "last_at": _text(self.last_at),
            "errors": [{"item": one.item, "kind": one.kind, "message": one.message} for one in self.failures],
        }

    def _failed(self, failure: Failure) -> None:
        self.kinds[failure.kind] += 1
        if len(self.failures) < _MOST_FAILURES_TOLD:
            self.failures.append(failure)


def _text(instant: datetime | None) -> str | None:
    return f"{instant.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z" if instant else None
