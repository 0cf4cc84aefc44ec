"""Today's races from Appwrite back into the store: what the next look at each has to know, and nothing is queued."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from sqlite3 import Connection
from time import perf_counter
from typing import Any, Final

from appwrite.query import Query
from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.reading import RemoteRow, portions, read_rows
from raceday_daemon.appwrite.refill_history import LastKnown
from raceday_daemon.appwrite.remote_rows import OddRows
from raceday_daemon.model.race import is_over
from raceday_daemon.store import schema
from raceday_daemon.store.alert_states import Field, write_field
from raceday_daemon.store.looks import note_card, note_event, read_look
from raceday_daemon.store.plain_rows import PlainRow, put_back
from raceday_daemon.store.rows import day_text, read_instant
from raceday_daemon.store.schema import Table
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.thinning import forget_lines

Rows = Mapping[str, PlainRow]

_OF_RACES: Final = (schema.ENTRANTS, schema.RACE_POOLS, schema.RACE_RESULTS, schema.BIG_BETS)

# Times of a race's row that are the generated times of its answers.
_GENERATED: Final = ("lastStatusChange", "finalizedAt", "abandonedAt")

# The source's answer is older than this machine's time of writing it, by less than clocks may be apart.
_BEFORE_WRITING: Final = timedelta(minutes=5)


class Refill:
    """Reads a racing day from Appwrite, a few pages a table, and puts it back in one transaction."""

    def __init__(self, appwrite: Appwrite, store: Database) -> None:
        """Ask nothing yet."""
        self._appwrite = appwrite
        self._store = store
        self._odd = OddRows()

    async def day(self, day: date) -> int:
        """Put back a day's races, and those of its neighbours that are not over; give the number of rows written.

        Rows that wait in the outbox stay as they are. Raises AppwriteError, with nothing written.
        """
        began = perf_counter()
        rows = await self._read(day)
        written = await self._store.transaction(partial(_put_back, rows))
        logger.info(
            "{rows} rows of {races} races were taken over from Appwrite in {ms} ms",
            action="refilled",
            rows=written,
            races=len(rows[schema.RACES]),
            ms=round((perf_counter() - began) * 1000),
        )
        return written

    async def _read(self, day: date) -> dict[Table, Rows]:
        meetings = await self._rows(
            schema.MEETINGS,
            Query.greater_than_equal("date", day_text(day - timedelta(days=1))),
            Query.less_than_equal("date", day_text(day + timedelta(days=1))),
        )
        races = await self._of(schema.RACES, "meetingId", meetings)
        races = {row_id: race for row_id, race in races.items() if _is_wanted(race, meetings, day)}
        rows: dict[Table, Rows] = {schema.MEETINGS: meetings, schema.RACES: races}
        for table in _OF_RACES:
            rows[table] = await self._of(table, "raceId", races)
        live = {row_id: race for row_id, race in races.items() if not is_over(str(race["status"]))}
        history = LastKnown(self._appwrite)
        entrants = {row_id: row for row_id, row in rows[schema.ENTRANTS].items() if row["raceId"] in live}
        for table, found in ((schema.MONEY_FLOW_HISTORY, history.money), (schema.ODDS_HISTORY, history.odds)):
            rows[table] = self._odd.fitting(table, await found(live, entrants))
        rows[schema.NOTIFICATIONS] = await self._open_notifications(live)
        return rows

    async def _open_notifications(self, live: Rows) -> Rows:
        """Read what people were told of races that are not over: by these, alerts know which episodes are open."""
        return await self._of(schema.NOTIFICATIONS, "raceId", live)

    async def _of(self, table: Table, column: str, owners: Iterable[str]) -> Rows:
        found: dict[str, PlainRow] = {}
        for ids in portions(list(owners)):
            found |= await self._rows(table, Query.equal(column, ids))
        return found

    async def _rows(self, table: Table, *queries: str) -> Rows:
        rows: Sequence[RemoteRow] = await read_rows(self._appwrite, table, *queries)
        return self._odd.fitting(table, rows)


def _is_wanted(race: PlainRow, meetings: Rows, day: date) -> bool:
    if not is_over(str(race["status"])):
        return True
    return meetings[str(race["meetingId"])]["date"] == day_text(day)


def _put_back(rows: Mapping[Table, Rows], connection: Connection) -> int:
    written = sum(put_back(connection, table, of_table) for table, of_table in rows.items())
    for meeting_id, meeting in rows[schema.MEETINGS].items():
        if meeting["apiGeneratedTime"]:
            _note_later(connection, meeting_id, card_time=read_instant(str(meeting["apiGeneratedTime"])))
    newest = _newest_answers(rows)
    forget_lines(connection, rows[schema.RACES])
    for race_id, race in rows[schema.RACES].items():
        # Of a race that only cards have told of, an event's answer is not known to have been taken.
        if race["lastPollTime"]:
            fallback = read_instant(str(race["lastPollTime"])) - _BEFORE_WRITING
            event_time = max(newest.get(race_id, fallback), fallback)
            _note_later(connection, race_id, event_time=event_time)
            if not is_over(str(race["status"])):
                # What the field and the figures were before is not known here, whatever older rows say.
                write_field(connection, race_id, Field(changed_at=event_time))
    return written


def _newest_answers(rows: Mapping[Table, Rows]) -> dict[str, datetime]:
    """Give the newest generated time of an answer that each race's rows tell of."""
    newest: dict[str, datetime] = {}

    def note(race_id: Any, instant: Any) -> None:
        if instant:
            read = read_instant(str(instant))
            newest[str(race_id)] = max(newest.get(str(race_id), read), read)

    for race_id, race in rows[schema.RACES].items():
        for name in _GENERATED:
            note(race_id, race[name])
    for table in (schema.MONEY_FLOW_HISTORY, schema.ODDS_HISTORY):
        for row in rows[table].values():
            note(row["raceId"], row["eventTimestamp"])
    return newest


def _note_later(
    connection: Connection, subject_id: str, *, card_time: datetime | None = None, event_time: datetime | None = None
) -> None:
    look = read_look(connection, subject_id)
    if card_time and not look.has_card_after(card_time):
        note_card(connection, subject_id, card_time)
    if event_time and not look.has_event_after(event_time):
        note_event(connection, subject_id, event_time)
