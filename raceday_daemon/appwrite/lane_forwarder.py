"""One lane of the outbox on its way: parcel after parcel in order, again and again until each has arrived."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from sqlite3 import Connection
from time import perf_counter

from raceday_daemon.appwrite import forward_log as log
from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.operations import operations_of, send
from raceday_daemon.appwrite.pace import pause_after, rows_after_failure, rows_after_success, seconds_to_wait
from raceday_daemon.appwrite.parcel import MOST_ROWS, Outgoing, parcel
from raceday_daemon.appwrite.row_ids import is_row_id
from raceday_daemon.model.appwrite_errors import (
    AppwriteAwayError,
    AppwriteConflictError,
    AppwriteError,
    AppwriteRefusedError,
    RowRefusedError,
)
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.observer import Observer
from raceday_daemon.ops.tasks import rest
from raceday_daemon.store.outbox import Entry, Lane, acknowledge, read_target, set_aside, waiting_entries
from raceday_daemon.store.plain_rows import PlainRow, read_plain_rows
from raceday_daemon.store.sqlite import Database

# Rows that another process on this machine has queued ring no bell here.
_LOOK_SECONDS = 1.0


class LaneForwarder:
    """Sends what waits in one lane; nobody else may at the same time."""

    def __init__(
        self,
        lane: Lane,
        store: Database,
        appwrite: Appwrite,
        clock: Clock,
        bell: asyncio.Event,
        may_send: Callable[[], bool],
        target: str | None,
        observer: Observer,
    ) -> None:
        """Send rows of `store` while `may_send` says so, and while they wait for no other database than `target`.

        Without a target any database will do. `bell` is set when there are new ones; `observer` is told of what has
        arrived.
        """
        self.lane = lane
        self._store = store
        self._appwrite = appwrite
        self._clock = clock
        self._bell = bell
        self._may_send = may_send
        self._target = target
        self._observer = observer
        self._is_hurried = False
        self._most_rows = MOST_ROWS
        self.failure = log.Failure(lane)
        self.sent = 0
        self.last_sent_at: datetime | None = None

    async def forward(self) -> None:
        """Send on for ever; an error of the working store is told and tried again too."""
        while True:
            self._bell.clear()
            try:
                pause = await self._send_next()
            except (AppwriteError, StoreError) as error:
                self.failure.happened(error, self._clock.now())
                if isinstance(error, AppwriteAwayError):
                    self._most_rows = rows_after_failure(self._most_rows)
                await self._clock.sleep(pause_after(error, self.failure.times))
            else:
                await rest(self._clock, pause, self._bell)

    def hurry(self) -> None:
        """Wait for no company from now on."""
        self._is_hurried = True
        self._bell.set()

    async def _send_next(self) -> float:
        """Send the next parcel, if its time has come; give the seconds until there may be another."""
        entries, outgoing, gone = await self._store.transaction(self._read)
        if not entries or not self._may_send():
            return _LOOK_SECONDS
        if wait := 0.0 if self._is_hurried else seconds_to_wait(entries, self._clock.now()):
            return min(wait, _LOOK_SECONDS)
        await self._drop(gone)
        await self._deliver(await self._with_ids(outgoing))
        return 0.0

    async def _with_ids(self, outgoing: Sequence[Outgoing]) -> list[Outgoing]:
        """Set aside rows whose ids Appwrite would take in bulk and then not find again."""
        fitting = [one for one in outgoing if is_row_id(one.entry.row_id)]
        if len(fitting) < len(outgoing):
            for one in outgoing:
                if not is_row_id(one.entry.row_id):
                    await self._set_aside(one.entry, "the id is none that Appwrite takes")
        return fitting

    def _read(self, connection: Connection) -> tuple[list[Entry], list[Outgoing], list[Entry]]:
        """Read what waits, what of it goes next, and entries whose rows were removed.

        All in the store's thread: choosing among a thousand rows takes milliseconds that polls would notice.
        """
        if self._target and read_target(connection) != self._target:
            # Somebody has aimed the file elsewhere meanwhile.
            return [], [], []
        entries = waiting_entries(connection, self.lane, MOST_ROWS + 1)
        rows: dict[tuple[str, str], PlainRow] = {}
        for table in {entry.table.name: entry.table for entry in entries}.values():
            ids = [entry.row_id for entry in entries if entry.table is table]
            rows |= {(table.name, row_id): row for row_id, row in read_plain_rows(connection, table, ids).items()}
        gone = [entry for entry in entries if entry.key not in rows]
        return entries, parcel(entries, rows, self._most_rows), gone

    async def _drop(self, gone: Sequence[Entry]) -> None:
        """Take out entries whose rows were removed before they were sent."""
        if gone:
            await self._store.transaction(lambda connection: acknowledge(connection, gone))

    async def _deliver(self, outgoing: Sequence[Outgoing]) -> None:
        """Send rows; where some are refused for good, halves of them, until those few are found and set aside."""
        if not outgoing:
            return
        began = perf_counter()
        try:
            await self._appwrite.ask(
                lambda tables: send(tables, self._appwrite.database_id, operations_of(outgoing)),
            )
        except (RowRefusedError, AppwriteConflictError) as error:
            if error.type == "transaction_conflict":
                raise
            await self._halve(outgoing, error)
        else:
            self._observer.forwarded(perf_counter() - began, len(outgoing))
            self.sent, self.last_sent_at = self.sent + len(outgoing), self._clock.now()
            self.failure.over(self.last_sent_at)
            self._most_rows = rows_after_success(self._most_rows)
            entries = [one.entry for one in outgoing]
            await self._store.transaction(lambda connection: acknowledge(connection, entries))

    async def _halve(self, outgoing: Sequence[Outgoing], error: AppwriteRefusedError) -> None:
        if len(outgoing) > 1:
            middle = len(outgoing) // 2
            await self._deliver(outgoing[:middle])
            await self._deliver(outgoing[middle:])
        else:
            await self._set_aside(outgoing[0].entry, error.said or str(error))

    async def _set_aside(self, entry: Entry, reason: str) -> None:
        now = self._clock.now()
        log.refused(entry, reason)
        await self._store.transaction(lambda connection: set_aside(connection, entry, reason, now))
