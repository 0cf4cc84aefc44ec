"""The alert rules, read from Appwrite into the store: changes every few seconds, the whole list every few minutes."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from sqlite3 import Connection
from typing import Final

from appwrite.query import Query
from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.reading import RemoteRow, count_rows, portions, read_rows
from raceday_daemon.appwrite.remote_rows import OddRows
from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError
from raceday_daemon.store.mirror import ids_not_waiting, remove_rows
from raceday_daemon.store.plain_rows import PlainRow, put_back, read_plain_rows
from raceday_daemon.store.rows import instant_text, read_instant
from raceday_daemon.store.schema import USER_ALERT_CONFIGS
from raceday_daemon.store.sqlite import Database

LOOK_SECONDS: Final = 15.0
RECONCILE_SECONDS: Final = 300.0

# A row may come to be seen a moment later than the time that it carries. Once the newest one is older than any such
# moment, only newer ones are asked for: each row that is told again and again is paid for each time.
_OVERLAP: Final = timedelta(seconds=10)
_SETTLED_SECONDS: Final = 60.0


class RulesMirror:
    """Keeps the local table of rules as it is in Appwrite; a rule that waits in the outbox stays as it is here."""

    def __init__(self, appwrite: Appwrite, store: Database, clock: Clock) -> None:
        """Ask nothing yet."""
        self._appwrite = appwrite
        self._store = store
        self._clock = clock
        self._odd = OddRows()
        self._seen: dict[str, str] = {}
        self._newest: datetime | None = None
        self._newest_since = 0.0
        self._reconciled_at: float | None = None
        self._is_failing = False

    async def run(self) -> None:
        """Follow the rules until cancelled; a failure is told once, and tried again."""
        while True:
            try:
                await self.look()
            except (AppwriteError, StoreError) as error:
                self._failed(error)
            else:
                self._is_failing = False
            await self._clock.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Take what has changed since the last look, or the whole list when its time has come."""
        now = self._clock.monotonic()
        if self._reconciled_at is None or now - self._reconciled_at >= RECONCILE_SECONDS:
            await self.reconcile()
        else:
            await self._take(await self._changed())

    async def reconcile(self) -> None:
        """Compare all ids: rules that are gone from Appwrite go here too, those that are lacking here are read."""
        # A rule that was on its way when the list was made must not be taken for one that is gone.
        before = await self._store.transaction(partial(ids_not_waiting, table=USER_ALERT_CONFIGS))
        if before != self._seen.keys() or not await self._are_as_many():
            await self._compare(before)
        self._reconciled_at = self._clock.monotonic()

    async def _are_as_many(self) -> bool:
        """Take the changes, and say whether there are then as many rules as were seen: none is gone.

        A list of all of them would be paid for row by row, every few minutes.
        """
        await self._take(await self._changed())
        return await count_rows(self._appwrite, USER_ALERT_CONFIGS) == len(self._seen)

    async def _compare(self, before: set[str]) -> None:
        there = await read_rows(self._appwrite, USER_ALERT_CONFIGS, Query.select(["$id"]))
        known = self._seen.keys() & before
        lacking = [row.row_id for row in there if row.row_id not in known or self._seen[row.row_id] != row.updated_at]
        for ids in portions(lacking):
            await self._take(await read_rows(self._appwrite, USER_ALERT_CONFIGS, Query.equal("$id", ids)))
        ids_there = {row.row_id for row in there}
        gone = before - ids_there
        await self._store.transaction(partial(remove_rows, table=USER_ALERT_CONFIGS, row_ids=gone))
        self._seen = {row_id: seen for row_id, seen in self._seen.items() if row_id in ids_there}
        if gone:
            logger.info("{rules} alert rules are gone from Appwrite", action="rules_removed", rules=len(gone))

    async def _changed(self) -> list[RemoteRow]:
        since = []
        if self._newest:
            is_settled = self._clock.monotonic() - self._newest_since >= _SETTLED_SECONDS
            after = self._newest if is_settled else self._newest - _OVERLAP
            since = [Query.greater_than("$updatedAt", instant_text(after))]
        return await read_rows(self._appwrite, USER_ALERT_CONFIGS, *since, Query.order_asc("$updatedAt"))

    async def _take(self, rows: Sequence[RemoteRow]) -> None:
        news = [row for row in rows if self._seen.get(row.row_id) != row.updated_at]
        fitting = self._odd.fitting(USER_ALERT_CONFIGS, news)
        written = await self._store.transaction(partial(_write_changed, rows=fitting)) if fitting else 0
        self._note(news)
        if written:
            logger.info("{rules} alert rules were read from Appwrite", action="rules_read", rules=written)

    def _note(self, rows: Iterable[RemoteRow]) -> None:
        self._seen |= {row.row_id: row.updated_at for row in rows}
        newest = max(map(read_instant, self._seen.values()), default=None)
        if newest != self._newest:
            self._newest, self._newest_since = newest, self._clock.monotonic()

    def _failed(self, error: AppwriteError | StoreError) -> None:
        logger.log(
            "DEBUG" if self._is_failing else "WARNING",
            "the alert rules cannot be read from Appwrite, those known here go on: {error}",
            action="rules_unread",
            kind=error.kind,
            error=str(error),
        )
        self._is_failing = True


def _write_changed(connection: Connection, rows: dict[str, PlainRow]) -> int:
    """Write the rows that are others here; one that waits to be sent counts as unchanged."""
    here = read_plain_rows(connection, USER_ALERT_CONFIGS, list(rows))
    return put_back(
        connection, USER_ALERT_CONFIGS, {row_id: row for row_id, row in rows.items() if here.get(row_id) != row}
    )
