"""What came in: requests counted by their kind, and the last of them one by one."""

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 50_000


@dataclass
class Seen:
    """A request: its kind, its path, when it came (monotonic seconds), the status it was answered; 0 is none."""

    method: str
    pattern: str
    path: str
    at: float
    status: int = 0


@dataclass
class Traffic:
    """All requests since the counts were last set to nothing, by `PUT /tablesdb/{databaseId}/...` and by status.

    `failures` are the stand-in's own, which are no part of how Appwrite behaves.
    """

    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    log: deque[Seen] = field(default_factory=lambda: deque(maxlen=KEPT))
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def came(self, method: str, pattern: str, path: str) -> Seen:
        """Count a request that came, whatever becomes of it."""
        self.requests[f"{method} {pattern}"] += 1
        seen = Seen(method, pattern, path, time.monotonic() - self.began)
        self.log.append(seen)
        return seen

    def answered(self, seen: Seen, status: int) -> None:
        """Note what a request was answered."""
        seen.status = status
        self.statuses[status] += 1

    def clear(self) -> None:
        """Count from nothing again."""
        self.requests.clear()
        self.statuses.clear()
        self.log.clear()

    def told(self) -> dict[str, Any]:
        """Give the counts as JSON."""
        return {
            "requests": dict(self.requests),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "failures": self.failures,
            "log": [asdict(seen) for seen in self.log],
        }
