"""Leases of this machine: the row of the highest epoch tells who holds one; taking it over creates the next epoch."""

from collections.abc import Callable
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.errors import LeaseHeldError, LeaseLostError
from raceday_daemon.model.lease import HELD, RELEASED, Lease, LeaseTerms, is_silent, who_holds
from raceday_daemon.store.rows import instant_text, read_instant

CREATE_LEASES: Final = """CREATE TABLE leases (
    id TEXT PRIMARY KEY NOT NULL, leaseId TEXT NOT NULL, epoch INTEGER NOT NULL, executionId TEXT NOT NULL,
    owner TEXT NOT NULL, startTime TEXT NOT NULL, lastHeartbeat TEXT NOT NULL, expiresAt TEXT NOT NULL,
    status TEXT NOT NULL, progress TEXT, UNIQUE (leaseId, epoch)
) STRICT"""

IsGone = Callable[[str], bool]
"""Says of an owner whether it is a process of this machine that has ended."""


def newest_lease(connection: Connection, lease_id: str) -> Lease | None:
    """Read the row of a lease's highest epoch."""
    row = connection.execute(
        'SELECT "leaseId", "epoch", "executionId", "owner", "startTime", "lastHeartbeat", "status", "progress"'
        ' FROM "leases" WHERE "leaseId" = ? ORDER BY "epoch" DESC LIMIT 1',
        (lease_id,),
    ).fetchone()
    if row is None:
        return None
    return Lease(
        lease_id=row[0],
        epoch=row[1],
        execution_id=row[2],
        owner=row[3],
        start_time=read_instant(row[4]),
        last_heartbeat=read_instant(row[5]),
        status=row[6],
        progress=row[7],
    )


def refuse_if_held(connection: Connection, terms: LeaseTerms, now: datetime, is_gone: IsGone) -> Lease | None:
    """Give the newest epoch if the lease is free to take (None: it was never held); LeaseHeldError if it is not."""
    newest = newest_lease(connection, terms.lease_id)
    if newest and newest.status == HELD and not is_silent(newest, terms, now) and not is_gone(newest.owner):
        raise LeaseHeldError(who_holds(newest))
    return newest


def take_lease(
    connection: Connection, terms: LeaseTerms, owner: str, execution_id: str, now: datetime, is_gone: IsGone
) -> Lease:
    """Take a lease that is free, stale or left by a process that ended; raises LeaseHeldError otherwise."""
    newest = refuse_if_held(connection, terms, now, is_gone)
    lease = Lease(
        lease_id=terms.lease_id,
        epoch=newest.epoch + 1 if newest else 1,
        execution_id=execution_id,
        owner=owner,
        start_time=now,
        last_heartbeat=now,
        status=HELD,
    )
    connection.execute(
        'INSERT INTO "leases" ("id", "leaseId", "epoch", "executionId", "owner", "startTime", "lastHeartbeat",'
        ' "expiresAt", "status") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        (
            _row_id(lease),
            lease.lease_id,
            lease.epoch,
            execution_id,
            owner,
            instant_text(now),
            instant_text(now),
            _expires_at(terms, now),
            HELD,
        ),
    )
    # The last but one stays for its holder, which may still be on its way out.
    connection.execute('DELETE FROM "leases" WHERE "leaseId" = ? AND "epoch" < ?', (lease.lease_id, lease.epoch - 1))
    return lease


def check_lease(connection: Connection, lease: Lease) -> None:
    """Raise LeaseLostError where somebody has taken the lease over: for the transactions that must be the holder's."""
    newest = newest_lease(connection, lease.lease_id)
    if newest is None or newest.epoch != lease.epoch:
        taker = f" by {newest.owner}" if newest else ""
        raise LeaseLostError(f"{lease.lease_id} was taken over{taker}; stopped, so that nothing is done twice")


def beat(connection: Connection, lease: Lease, terms: LeaseTerms, now: datetime, progress: str) -> None:
    """Show that the holder lives and how far it is; raises LeaseLostError as check_lease does."""
    check_lease(connection, lease)
    connection.execute(
        'UPDATE "leases" SET "lastHeartbeat" = ?, "expiresAt" = ?, "progress" = ? WHERE "id" = ?',
        (instant_text(now), _expires_at(terms, now), progress, _row_id(lease)),
    )


def release_lease(connection: Connection, lease: Lease) -> None:
    """Mark the holder's own epoch as released; the row stays, so that epochs go on rising."""
    connection.execute('UPDATE "leases" SET "status" = ? WHERE "id" = ?', (RELEASED, _row_id(lease)))


def _row_id(lease: Lease) -> str:
    return f"{lease.lease_id}.{lease.epoch}"


def _expires_at(terms: LeaseTerms, now: datetime) -> str:
    return instant_text(now + timedelta(seconds=terms.stale_seconds))
