"""What is done where another daemon has polled: its newer rows stay, and come into the store before the first poll."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from sqlite3 import Connection

from appwrite.query import Query
from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.reading import portions, read_rows
from raceday_daemon.appwrite.refill import Refill
from raceday_daemon.appwrite.rules import RulesMirror
from raceday_daemon.store.day_queries import races_of_day
from raceday_daemon.store.outbox import Entry, acknowledge
from raceday_daemon.store.schema import Table
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.superseded import waiting_in_doubt, waiting_states
from raceday_daemon.store.thinning import forget_lines


class Heir:
    """A `Succession` on a store and an Appwrite."""

    def __init__(self, appwrite: Appwrite, store: Database, rules: RulesMirror) -> None:
        """Ask nothing yet."""
        self._appwrite = appwrite
        self._store = store
        self._rules = rules
        self._refill = Refill(appwrite, store)

    async def give_way(self) -> None:
        """Take out of the outbox the rows of state that Appwrite has: another daemon has polled since, or does now.

        It sends what differs from what it has itself sent before, so a row of ours, however new, would stay wrong there
        for as long as that daemon sees no change. Rows of history stay: each is a fact of its own. So do rows that
        Appwrite does not have: nobody else has sent them. What was held back of the history is not sent any more: the
        other one goes on from what was sent.
        """
        await self._store.transaction(forget_lines)
        await self._let_go(await self._store.transaction(waiting_states))

    async def catch_up(self, days: Sequence[date]) -> None:
        """Take the alert rules and the races of some days from Appwrite into the store."""
        await self._rules.reconcile()
        for day in days:
            await self._refill.day(day)

    async def begin(self, days: Sequence[date]) -> None:
        """Do the same for those days that the store has no races of; a file from a backup lags behind in all of them.

        What waits in doubt in such a file, and has come to Appwrite since, is let go of first.
        """
        doubtful = await self._store.transaction(waiting_in_doubt)
        await self._let_go(doubtful)
        is_behind = any(doubtful.values())
        unknown = [
            day for day in days if is_behind or not await self._store.transaction(partial(races_of_day, day=day))
        ]
        if unknown:
            await self.catch_up(unknown)

    async def _let_go(self, waiting: Mapping[Table, Sequence[Entry]]) -> None:
        """Take out of the outbox those of some rows that Appwrite has."""
        known = [entry for table, entries in waiting.items() for entry in await self._known(table, entries)]
        await self._store.transaction(partial(_acknowledge, known))
        if known:
            logger.warning(
                "{rows} rows are not sent: Appwrite has them, from who has gone on meanwhile and knows better",
                action="rows_given_up",
                rows=len(known),
            )

    async def _known(self, table: Table, entries: Sequence[Entry]) -> list[Entry]:
        by_id = {entry.row_id: entry for entry in entries}
        found: list[Entry] = []
        for ids in portions(list(by_id)):
            rows = await read_rows(self._appwrite, table, Query.equal("$id", ids), Query.select(["$id"]))
            found += [by_id[row.row_id] for row in rows if row.row_id in by_id]
        return found


def _acknowledge(entries: Sequence[Entry], connection: Connection) -> None:
    acknowledge(connection, entries)
