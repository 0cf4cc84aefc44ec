"""What a data folder last saw of the leases that other machines share with it: it outlives the process."""

from dataclasses import dataclass
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.lease import Lease
from raceday_daemon.store.rows import instant_text, read_instant

CREATE_SIGHTINGS: Final = """CREATE TABLE sightings (
    leaseId TEXT PRIMARY KEY NOT NULL, target TEXT NOT NULL, epoch INTEGER NOT NULL, executionId TEXT NOT NULL,
    owner TEXT NOT NULL, startTime TEXT NOT NULL, lastHeartbeat TEXT NOT NULL, status TEXT NOT NULL, heldFrom TEXT
) STRICT"""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A shared lease as it was last seen; `held_from` names the file that held it (None: somebody else's)."""

    lease: Lease
    held_from: str | None


def read_sighting(connection: Connection, target: str, lease_id: str) -> Sighting | None:
    """Read what was last seen of a lease in the database that `target` names, None for nothing."""
    row = connection.execute(
        "SELECT epoch, executionId, owner, startTime, lastHeartbeat, status, heldFrom FROM sightings"
        " WHERE leaseId = ? AND target = ?",
        (lease_id, target),
    ).fetchone()
    if row is None:
        return None
    epoch, execution_id, owner, start_time, last_heartbeat, status, held_from = row
    lease = Lease(
        lease_id=lease_id,
        epoch=epoch,
        execution_id=execution_id,
        owner=owner,
        start_time=read_instant(start_time),
        last_heartbeat=read_instant(last_heartbeat),
        status=status,
    )
    return Sighting(lease, held_from)


def note_sighting(connection: Connection, target: str, sighting: Sighting) -> None:
    """Note what was seen, in the place of what was seen before."""
    lease = sighting.lease
    connection.execute(
        "INSERT OR REPLACE INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            lease.lease_id,
            target,
            lease.epoch,
            lease.execution_id,
            lease.owner,
            instant_text(lease.start_time),
            instant_text(lease.last_heartbeat),
            lease.status,
            sighting.held_from,
        ),
    )


def forget_sighting(connection: Connection, lease_id: str) -> None:
    """Forget what was seen of a lease."""
    connection.execute("DELETE FROM sightings WHERE leaseId = ?", (lease_id,))
