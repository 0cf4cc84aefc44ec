"""What is older than is kept removed in Appwrite too, race by race, also what this machine knows nothing of.

What others point to goes last: the rows of a race, then the race, then its meeting. History is found by its races,
since Appwrite has an index for that and none for its times. Each removal names its rows, and a number of them at most:
asked again, it finds the rest.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, TypeVar

from appwrite.query import Query

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.reading import RemoteRow, portions, read_rows
from raceday_daemon.cadence.kept_days import KeptFrom
from raceday_daemon.cadence.racing_day import racing_day, racing_day_start
from raceday_daemon.model.appwrite_errors import AppwriteAwayError, RowMissingError
from raceday_daemon.store import schema
from raceday_daemon.store.old_races import BESIDE_RACE, meeting_waits, race_waits
from raceday_daemon.store.outbox import HISTORY
from raceday_daemon.store.prunings import note_done_before, read_done_before
from raceday_daemon.store.rows import day_text, instant_text, read_instant
from raceday_daemon.store.schema import Table
from raceday_daemon.store.sqlite import Database

if TYPE_CHECKING:
    from appwrite.services.tables_db import TablesDB

ROWS_A_REMOVAL: Final = 500
"""The server removes them in one go, within a second."""

MOST_REQUESTS: Final = 5_000
"""In one night: what is left then goes in the next."""

ResultT = TypeVar("ResultT")


class _EnoughError(Exception):
    """As many requests were made as may be."""


class RemotePruning:
    """Removes old rows in a database in Appwrite; `removed` has how many rows of each table went so far."""

    def __init__(
        self,
        appwrite: Appwrite,
        store: Database,
        target: str,
        may_ask: Callable[[], bool] = lambda: True,
        most_requests: int = MOST_REQUESTS,
    ) -> None:
        """Remove while `may_ask` says so; `target` names the database as the outbox of `store` does."""
        self.database_id = appwrite.database_id
        self.removed = Counter[str]()
        self._patient = Patient(appwrite)
        self._store = store
        self._target = target
        self._may_ask = may_ask
        self._requests_left = most_requests

    async def run(self, kept: KeptFrom) -> bool:
        """Remove what is old; say whether that is all of it, and the requests sufficed.

        Raises AppwriteError where Appwrite can't be asked or refuses, with what is done kept.
        """
        try:
            if kept.races:
                await self._races(kept.races)
                await self._meetings(kept.races)
            if kept.history:
                await self._history(kept.history)
            if kept.notifications:
                edge = instant_text(racing_day_start(kept.notifications))
                await self._remove(schema.NOTIFICATIONS, Query.less_than("createdAt", edge))
        except _EnoughError:
            return False
        return True

    async def ask(self, question: "Callable[[TablesDB], ResultT]") -> ResultT:
        """Ask as often as is needed and may be; AppwriteAwayError where it is not this process's to ask."""
        if not self._requests_left:
            raise _EnoughError
        if not self._may_ask():
            raise AppwriteAwayError("who polls is not known now: what is old in Appwrite stays for another night")
        self._requests_left -= 1
        return await self._patient.ask(question)

    async def _races(self, first_kept: date) -> None:
        for races in portions([row.row_id for row in await self._started(None, first_kept)]):
            going = await self._not_waiting(races)
            for table in (*HISTORY, *BESIDE_RACE):
                await self._remove_of(table, going)
            for race_id in going:
                await self._remove_race(race_id)

    async def _history(self, first_kept: date) -> None:
        """Remove the history of days that are not done yet; that of a race that waits goes once it has gone here."""
        done_before = await self._store.transaction(partial(read_done_before, target=self._target))
        rows = await self._started(done_before, first_kept)
        start_of = {row.row_id: read_instant(row.data["startTime"]) for row in rows}
        for races in portions([*start_of]):
            going = await self._not_waiting(races)
            for table in HISTORY:
                await self._remove_of(table, going)
            await self._note_done(racing_day(start_of[races[-1]]))
        await self._note_done(first_kept)

    async def _meetings(self, first_kept: date) -> None:
        """Remove the meetings of earlier days, but those that have a race still or wait here."""
        old = await read_rows(
            self, schema.MEETINGS, Query.less_than("date", day_text(first_kept)), Query.select(["$id"])
        )
        for meetings in portions([row.row_id for row in old]):
            races = await read_rows(
                self, schema.RACES, Query.equal("meetingId", meetings), Query.select(["$id", "meetingId"])
            )
            staying = {race.data["meetingId"] for race in races}
            staying |= await self._store.transaction(partial(_waiting_meetings, meetings))
            if going := [one for one in meetings if one not in staying]:
                await self._remove(schema.MEETINGS, Query.equal("$id", going))

    async def _started(self, begin: date | None, first_kept: date) -> list[RemoteRow]:
        """Read the races of these days by their starts, the first ones first, but none of a later day's card."""
        since = [Query.greater_than_equal("startTime", instant_text(racing_day_start(begin)))] if begin else []
        rows = await read_rows(
            self,
            schema.RACES,
            Query.less_than("startTime", instant_text(racing_day_start(first_kept))),
            *since,
            Query.order_asc("startTime"),
            Query.select(["$id", "startTime", "meetingId"]),
        )
        kept = await self._later_cards({row.data["meetingId"] for row in rows}, first_kept)
        return [row for row in rows if row.data["meetingId"] not in kept]

    async def _later_cards(self, meeting_ids: Collection[str], first_kept: date) -> set[str]:
        """Name those meetings that are of days that are kept."""
        is_kept = Query.greater_than_equal("date", day_text(first_kept))
        found: set[str] = set()
        for ids in portions(sorted(meeting_ids)):
            rows = await read_rows(self, schema.MEETINGS, Query.equal("$id", ids), is_kept, Query.select(["$id"]))
            found |= {row.row_id for row in rows}
        return found

    async def _not_waiting(self, race_ids: Sequence[str]) -> list[str]:
        waiting = await self._store.transaction(partial(_waiting_races, race_ids))
        return [race_id for race_id in race_ids if race_id not in waiting]

    async def _note_done(self, day: date) -> None:
        await self._store.transaction(partial(note_done_before, target=self._target, day=day))

    async def _remove_of(self, table: Table, race_ids: Sequence[str]) -> None:
        if race_ids:
            await self._remove(table, Query.equal("raceId", list(race_ids)))

    async def _remove(self, table: Table, which: str) -> None:
        """Remove the rows that a query names: without one, all rows of the table would go."""
        queries, removed = [which, Query.limit(ROWS_A_REMOVAL)], ROWS_A_REMOVAL
        while removed >= ROWS_A_REMOVAL:
            removed = int(await self.ask(partial(_delete_rows, self.database_id, table.name, queries)))
            self.removed[table.name] += removed

    async def _remove_race(self, race_id: str) -> None:
        """Remove a race by itself: its table owns a relationship, and takes no call for several rows."""
        try:
            await self.ask(partial(_delete_row, self.database_id, schema.RACES.name, race_id))
        except RowMissingError:
            # An attempt before this one got no answer.
            return
        self.removed[schema.RACES.name] += 1


def _delete_rows(database_id: str, table_id: str, queries: list[str], tables: "TablesDB") -> float:
    return tables.delete_rows(database_id, table_id, queries).total


def _delete_row(database_id: str, table_id: str, row_id: str, tables: "TablesDB") -> None:
    tables.delete_row(database_id, table_id, row_id)


def _waiting_races(race_ids: Sequence[str], connection: Connection) -> set[str]:
    return {race_id for race_id in race_ids if race_waits(connection, race_id)}


def _waiting_meetings(meeting_ids: Sequence[str], connection: Connection) -> set[str]:
    return {one for one in meeting_ids if meeting_waits(connection, one)}
