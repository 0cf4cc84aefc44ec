"""What came of a setup, or of a check."""

from dataclasses import dataclass, field
from typing import Any

from raceday_daemon.appwrite.setup.differences import Difference
from raceday_daemon.appwrite.setup.links import BrokenLinks
from raceday_daemon.appwrite.setup.steps import MakeTable
from raceday_daemon.appwrite.setup.version import VERSION
from raceday_daemon.store.schema import TABLES


@dataclass(slots=True)
class SetupReport:
    """What a setup made and mended, what it could not, and what still differs; a check fills the last two alone.

    `bands` counts those that were made for the front end's one user.
    """

    database_id: str
    made: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    broken_links: list[BrokenLinks] = field(default_factory=list)
    bands: int = 0

    @property
    def is_foreign(self) -> bool:
        """Say whether another program's tables are there, which are left as they are."""
        return any(difference.foreign for difference in self.differences)

    @property
    def is_absent(self) -> bool:
        """Say whether none of the tables is there, so that nobody has set anything up yet."""
        missing = [one for one in self.differences if one.steps and isinstance(one.steps[0], MakeTable)]
        return len(missing) == len(TABLES)

    @property
    def is_usable(self) -> bool:
        """Say whether rows can be written: nothing differs, or nothing that is in the way."""
        return all(difference.harmless for difference in self.differences)


def report_as_json(report: SetupReport) -> dict[str, Any]:
    """Give a report as one JSON object."""
    return {
        "database": report.database_id,
        "version": VERSION,
        "made": report.made,
        "mended": report.mended,
        "bands": report.bands,
        "failed": report.failures,
        "differences": [
            {
                "where": difference.where,
                "what": difference.what,
                "mendable": bool(difference.steps) and not report.is_foreign,
                "harmless": difference.harmless,
            }
            for difference in report.differences
        ],
        "broken_links": [
            {
                "table": count.link.table,
                "column": count.link.column,
                "leads_to": count.link.target,
                "rows": count.rows,
                "broken": count.broken,
                "all_rows": count.whole,
            }
            for count in report.broken_links
        ],
    }
