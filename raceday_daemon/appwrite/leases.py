"""Leases in `function-locks`: the row of the highest epoch tells who holds one, and creating a row takes it."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from appwrite.query import Query

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.lease_watch import LeaseWatch
from raceday_daemon.appwrite.reading import VALUES_A_QUERY, RemoteRow, read_rows
from raceday_daemon.model.appwrite_errors import (
    AppwriteConflictError,
    AppwriteError,
    AppwriteMisfitError,
    AppwriteTimeoutError,
)
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import HeldElsewhereError, LeaseLostError
from raceday_daemon.model.lease import HELD, RELEASED, IsOver, Lease, LeaseTerms, Taken, who_holds
from raceday_daemon.store.rows import instant_text, read_instant
from raceday_daemon.store.schema import FUNCTION_LOCKS

if TYPE_CHECKING:
    from appwrite.services.tables_db import TablesDB

LOOK_SECONDS: Final = 5.0
"""Whoever looks at a lease waits no longer for an answer: that is as good as none, and there are races to poll."""
CALL_SECONDS: Final = 10.0
"""The same for a step of some requests."""

_LONGEST_PROGRESS: Final = 10_000
_EPOCHS_KEPT: Final = 2
_EPOCHS_AHEAD: Final = 10
"""So many are asked for by their ids: a row that is told is paid for, one that is not there costs nothing."""


class AppwriteLeases:
    """The leases that everybody on one Appwrite database sees; a `SharedLeases`."""

    def __init__(self, appwrite: Appwrite, clock: Clock) -> None:
        """Ask Appwrite for each step: nothing is kept here but when which sign of a holder was first seen."""
        self._appwrite = appwrite
        self._clock = clock
        self._watch = LeaseWatch(clock)
        self._last_seen: dict[str, int] = {}

    async def refuse_if_held(self, terms: LeaseTerms, is_over: IsOver) -> Lease | None:
        """Look whether a lease is free: one request; see SharedLeases."""
        async with self._call(LOOK_SECONDS):
            newest = _newest(await self._epochs_from(terms.lease_id, self._last_seen.get(terms.lease_id)))
        return self._judged(newest, terms, is_over)

    def _judged(self, newest: Lease | None, terms: LeaseTerms, is_over: IsOver) -> Lease | None:
        if newest:
            self._last_seen[newest.lease_id] = newest.epoch
        if newest and newest.status == HELD and not is_over(newest) and not self._watch.is_silent(newest, terms):
            raise HeldElsewhereError(who_holds(newest), newest)
        return newest

    async def take(self, terms: LeaseTerms, owner: str, execution_id: str, is_over: IsOver) -> Taken:
        """Create the next epoch; see SharedLeases."""
        async with self._call(LOOK_SECONDS):
            # All of them: an epoch that comes too late lies behind the newest one, whichever was seen before.
            newest = _newest(await self._epochs(terms.lease_id))
        before = self._judged(newest, terms, lambda lease: is_over(lease) or lease.execution_id == execution_id)
        now = self._clock.now()
        lease = Lease(
            lease_id=terms.lease_id,
            epoch=before.epoch + 1 if before else 1,
            execution_id=execution_id,
            owner=owner,
            start_time=now,
            last_heartbeat=now,
            status=HELD,
        )
        async with self._call():
            if before and before.execution_id == execution_id:
                # It was taken by an earlier call whose answer was lost.
                return Taken(before, await self._epoch_before(before))
            await self._create(lease, terms)
            epochs = await self._epochs(lease.lease_id)
            # Epochs are removed too: one that was free when it was looked at may be far behind when it is created.
            if successor := _successor(epochs, lease):
                raise HeldElsewhereError(who_holds(successor), successor)
            await self._remove([one for one in epochs if one.epoch <= lease.epoch - _EPOCHS_KEPT])
        return Taken(lease, before)

    async def beat(self, lease: Lease, terms: LeaseTerms, progress: str) -> None:
        """Look for a higher epoch, then show that the holder lives: two requests; see SharedLeases."""
        async with self._call():
            await self._check_held(lease)
            await self._write(lease, HELD, terms.stale_seconds, progress[:_LONGEST_PROGRESS])

    async def release(self, lease: Lease) -> None:
        """Mark the holder's epoch as released unless a higher one is there; see SharedLeases."""
        async with self._call():
            await self._check_held(lease)
            await self._write(lease, RELEASED, 0.0, None)

    async def _check_held(self, lease: Lease) -> None:
        epochs = await self._epochs_from(lease.lease_id, lease.epoch)
        if successor := _successor(epochs, lease):
            raise LeaseLostError(
                f"{lease.lease_id} was taken over by {successor.owner}; stopped, so that nothing is done twice"
            )
        if lease.epoch not in {one.epoch for one in epochs}:
            raise LeaseLostError(f"{_row_id(lease)} is gone from {FUNCTION_LOCKS.name}: somebody has removed it")

    async def _create(self, lease: Lease, terms: LeaseTerms) -> None:
        data = self._data(lease, HELD, terms.stale_seconds, None)
        table, row_id = FUNCTION_LOCKS.name, _row_id(lease)
        try:
            await self._appwrite.ask(lambda tables: tables.create_row(self._appwrite.database_id, table, row_id, data))
        except AppwriteConflictError as error:
            newest = _newest(await self._epochs(lease.lease_id))
            if newest is None or newest.execution_id == lease.execution_id:
                raise AppwriteMisfitError(f"{row_id} could not be taken: {error}") from error
            raise HeldElsewhereError(who_holds(newest), newest) from error

    async def _write(self, lease: Lease, status: str, stale_seconds: float, progress: str | None) -> None:
        """Write the holder's own epoch, and with it the copy for people, which has the lease's bare id."""
        data = self._data(lease, status, stale_seconds, progress)
        await self._appwrite.ask(
            partial(
                _upsert, self._appwrite.database_id, [{"$id": one, **data} for one in (_row_id(lease), lease.lease_id)]
            )
        )

    async def _remove(self, epochs: Sequence[Lease]) -> None:
        if epochs:
            ids = Query.equal("$id", [_row_id(one) for one in epochs[:VALUES_A_QUERY]])
            await self._appwrite.ask(
                lambda tables: tables.delete_rows(self._appwrite.database_id, FUNCTION_LOCKS.name, [ids])
            )

    async def _epoch_before(self, lease: Lease) -> Lease | None:
        return _newest([one for one in await self._epochs(lease.lease_id) if one.epoch < lease.epoch])

    async def _epochs_from(self, lease_id: str, epoch: int | None) -> list[Lease]:
        """Read an epoch that was seen before, and those that may have followed it; all, where it is there no more.

        An epoch goes only after the next but one has come, and with all before it: while it stands none can be hidden.
        """
        if epoch is not None:
            ids = [f"{lease_id}.{number}" for number in range(epoch, epoch + _EPOCHS_AHEAD)]
            found = await self._epochs(lease_id, Query.equal("$id", ids))
            if any(one.epoch == epoch for one in found):
                return found
        return await self._epochs(lease_id)

    async def _epochs(self, lease_id: str, *queries: str) -> list[Lease]:
        # The table is small, a few rows a lease: one page has them all.
        rows = await read_rows(self._appwrite, FUNCTION_LOCKS, *queries, page_rows=VALUES_A_QUERY)
        of_lease = re.compile(re.escape(lease_id) + r"\.([1-9][0-9]{0,8})", re.IGNORECASE)
        return [_lease(lease_id, int(found[1]), row) for row in rows if (found := of_lease.fullmatch(row.row_id))]

    def _data(self, lease: Lease, status: str, stale_seconds: float, progress: str | None) -> dict[str, Any]:
        now = self._clock.now()
        return {
            "executionId": lease.execution_id,
            "owner": lease.owner,
            "startTime": instant_text(lease.start_time),
            "lastHeartbeat": instant_text(now),
            "expiresAt": instant_text(now + timedelta(seconds=stale_seconds)),
            "epoch": lease.epoch,
            "status": status,
            "progress": progress,
        }

    @asynccontextmanager
    async def _call(self, seconds: float = CALL_SECONDS) -> AsyncIterator[None]:
        """Bound the time that a step takes, and forget what was seen where Appwrite can't be asked."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            self._watch.lose_sight()
            raise AppwriteTimeoutError(f"Appwrite has not answered about a lease within {seconds:g} s") from error
        except AppwriteError:
            self._watch.lose_sight()
            raise


def _upsert(database_id: str, rows: list[dict[str, Any]], tables: "TablesDB") -> None:
    tables.upsert_rows(database_id, FUNCTION_LOCKS.name, rows)


def _newest(epochs: Sequence[Lease]) -> Lease | None:
    return max(epochs, key=lambda lease: lease.epoch, default=None)


def _successor(epochs: Sequence[Lease], lease: Lease) -> Lease | None:
    """Give who holds a lease in the place of its holder, None where that is the holder still."""
    newest = _newest(epochs)
    if newest is None or newest.epoch < lease.epoch or newest.execution_id == lease.execution_id:
        return None
    return newest


def _lease(lease_id: str, epoch: int, row: RemoteRow) -> Lease:
    data = row.data
    try:
        return Lease(
            lease_id=lease_id,
            epoch=epoch,
            execution_id=str(data["executionId"]),
            owner=str(data["owner"]),
            start_time=read_instant(data["startTime"]),
            last_heartbeat=read_instant(data["lastHeartbeat"]),
            # Whoever does not say so has not let go.
            status=data.get("status") or HELD,
            progress=data.get("progress"),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AppwriteMisfitError(f"{FUNCTION_LOCKS.name}: the row {row.row_id} is no lease ({error!r})") from error


def _row_id(lease: Lease) -> str:
    return f"{lease.lease_id}.{lease.epoch}"
