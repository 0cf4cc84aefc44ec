"""How many passes of the alerts there were in each hour, and how many failed: rows of `ops.db`."""

from collections.abc import Mapping
from datetime import datetime
from sqlite3 import Connection
from threading import Lock
from typing import Final

from raceday_daemon.store.rows import instant_text

CREATE_ALERT_PASSES: Final = """CREATE TABLE alert_passes (
    hour TEXT PRIMARY KEY NOT NULL, passes INTEGER NOT NULL, failed INTEGER NOT NULL
) STRICT, WITHOUT ROWID"""

Counts = Mapping[str, tuple[int, int]]
"""Passes and failed ones by the hour that they were in, such as 2025-07-17T00."""


def hour_text(instant: datetime) -> str:
    """Write the hour that an instant is in, in UTC."""
    return instant_text(instant)[: len("2025-07-17T00")]


class AlertPasses:
    """Passes that were counted and not written yet: the store's thread counts them, that of `ops.db` writes them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._counts: dict[str, tuple[int, int]] = {}

    @property
    def is_empty(self) -> bool:
        """Say whether nothing waits to be written."""
        return not self._counts

    def count(self, hour: str, passes: int, failed: int) -> None:
        """Count passes of an hour."""
        with self._lock:
            before = self._counts.get(hour, (0, 0))
            self._counts[hour] = (before[0] + passes, before[1] + failed)

    def take(self) -> Counts:
        """Give what was counted, and begin with none."""
        with self._lock:
            counts, self._counts = self._counts, {}
        return counts

    def put_back(self, counts: Counts) -> None:
        """Count again what could not be written."""
        for hour, (passes, failed) in counts.items():
            self.count(hour, passes, failed)


def write_alert_passes(connection: Connection, counts: Counts) -> None:
    """Add to what is written of these hours."""
    connection.executemany(
        "INSERT INTO alert_passes VALUES (?, ?, ?) ON CONFLICT (hour)"
        " DO UPDATE SET passes = passes + excluded.passes, failed = failed + excluded.failed",
        [(hour, passes, failed) for hour, (passes, failed) in counts.items()],
    )
