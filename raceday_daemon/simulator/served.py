"""What the simulator has served, so that a test can compare it with what the daemon made of it."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from raceday_daemon.simulator.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One answer: the question, when it came (`at`), the refresh that answered it, the HTTP status (0: none was sent).

    `answered` is the path and query of the question that was answered; another one than was asked where the fault is
    WRONG_DAY.
    """

    path: str
    query_string: str
    at: datetime
    generated_time: datetime
    status: int
    fault: Fault | None
    answered: tuple[str, str]

    @property
    def is_whole(self) -> bool:
        """Say whether the client was sent all of an answer, if to another question."""
        return self.fault in (None, Fault.WRONG_DAY)


class ServedLog:
    """The last answers served, the oldest first; `total` counts them all."""

    def __init__(self, keep: int) -> None:
        """Keep so many; 0 keeps none."""
        self.total = 0
        self._kept: deque[Served] = deque(maxlen=keep)

    def append(self, served: Served) -> None:
        """Note an answer."""
        self.total += 1
        self._kept.append(served)

    def of(self, path_part: str) -> list[Served]:
        """Give the answers whose path holds `path_part`, the oldest first."""
        return [served for served in self if path_part in served.path]

    def clear(self) -> None:
        """Forget what was kept; the total stays."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Served]:
        return iter(tuple(self._kept))
