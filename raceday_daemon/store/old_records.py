"""Records that are older than is kept: what `ops.db` forgets."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.store.alert_passes import hour_text
from raceday_daemon.store.rows import instant_text

FORGOTTEN_AT_ONCE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEdges:
    """Before which instant records are not kept: of looks, of jobs, the hourly counts of alerts; None keeps all."""

    polls: datetime | None = None
    job_runs: datetime | None = None
    alert_passes: datetime | None = None

    def by_column(self) -> Iterator[tuple[str, str, str]]:
        """Give each table of records that has an edge, the column that is compared, and the edge as it is written."""
        if self.polls:
            yield "polls", "began_at", instant_text(self.polls)
        if self.job_runs:
            yield "job_runs", "started_at", instant_text(self.job_runs)


def forget_some(edges: RecordEdges, connection: Connection) -> Counter[str]:
    """Remove some of what is older, in a transaction; give how many rows of each table went."""
    if edges.alert_passes:
        connection.execute("DELETE FROM alert_passes WHERE hour < ?", (hour_text(edges.alert_passes),))
    return Counter(
        {
            table: connection.execute(
                f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {column} < ? LIMIT ?)",  # noqa: S608
                (edge, FORGOTTEN_AT_ONCE),
            ).rowcount
            for table, column, edge in edges.by_column()
        }
    )


def count_old_records(connection: Connection, edges: RecordEdges) -> Counter[str]:
    """Count what would be removed, a table."""
    return Counter(
        {
            table: int(connection.execute(f"SELECT count(*) FROM {table} WHERE {column} < ?", (edge,)).fetchone()[0])  # noqa: S608
            for table, column, edge in edges.by_column()
        }
    )
