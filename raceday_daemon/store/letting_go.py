"""What a copy of the working store lets go of: it is another file, and the first one has gone on since.

So that whoever goes on from the copy sends nothing old over anything new, and tells nobody twice.
"""

from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.lease import RELEASED
from raceday_daemon.store.outbox import HISTORY

IN_DOUBT: Final = "it waited when a backup was taken, and may have been sent since"


def let_go(connection: Connection) -> None:
    """Mark a copy, of any layout: it holds no lease, and what waited to be sent is in doubt.

    Whether its leases in Appwrite are its own is told by device and inode, which another file may come to have.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "leases" in tables:
        connection.execute("UPDATE leases SET status = ?", (RELEASED,))
    if "sightings" in tables:
        connection.execute("DELETE FROM sightings WHERE heldFrom IS NOT NULL")
    if "outbox" in tables:
        facts = ", ".join("?" * len(HISTORY))
        # A row of history is the same whenever it is sent.
        connection.execute(
            f"UPDATE outbox SET reason = ? WHERE refusedAt IS NULL AND tableName NOT IN ({facts})",  # noqa: S608
            (IN_DOUBT, *(table.name for table in HISTORY)),
        )
    if "thinned_lines" in tables:
        # What was held back may count elsewhere by now.
        connection.execute("DELETE FROM thinned_lines")
    if "deliveries" in tables:
        connection.execute(
            "UPDATE deliveries SET inDoubt = TRUE, reason = coalesce(reason, ?) WHERE state = 'waiting'", (IN_DOUBT,)
        )
