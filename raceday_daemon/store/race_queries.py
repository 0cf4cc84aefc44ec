"""What a look at a race reads before it writes."""

from collections.abc import Iterable
from itertools import groupby
from sqlite3 import Connection

from raceday_daemon.market.meeting_summary import CardLine
from raceday_daemon.market.odds_history import PriceKey
from raceday_daemon.model.changes import RaceState, Record
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import RacePools
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.rows import RecordT, layout, read_instant, record_of, row_of
from raceday_daemon.store.schema import Table


def read_race(connection: Connection, race_id: str) -> RaceState:
    """Read all that is stored of a race."""
    bets = connection.execute('SELECT "id" FROM "big_bets" WHERE "raceId" = ?', (race_id,))
    return RaceState(
        race=read_one(connection, Race, race_id),
        entrants={entrant.entrant_id: entrant for entrant in _of_race(connection, Entrant, race_id)},
        pools=read_one(connection, RacePools, race_id),
        results=read_one(connection, RaceResults, race_id),
        big_bet_ids=frozenset(bet_id for (bet_id,) in bets),
    )


def read_one(connection: Connection, record_type: type[RecordT], row_id: str) -> RecordT | None:
    """Read one record by its row's id."""
    row = connection.execute(f'{layout(record_type).select} WHERE "id" = ?', (row_id,)).fetchone()
    return record_of(record_type, row) if row else None


def read_card(connection: Connection, meeting_id: str) -> tuple[CardLine, ...]:
    """Read the lines of a meeting's card: its races that are not withdrawn."""
    rows = connection.execute(
        'SELECT "id", "startTime", "status", "weather" FROM "races" WHERE "meetingId" = ? AND "withdrawnAt" IS NULL',
        (meeting_id,),
    )
    return tuple(CardLine(race_id, read_instant(start), status, weather) for race_id, start, status, weather in rows)


def read_last_prices(connection: Connection, wanted: Iterable[PriceKey]) -> dict[PriceKey, float]:
    """Read the last price in the history of each wanted (entrant, type) that has one."""
    found = {}
    for key in wanted:
        row = connection.execute(
            'SELECT "odds" FROM "odds_history" WHERE "entrantId" = ? AND "type" = ?'
            ' ORDER BY "eventTimestamp" DESC LIMIT 1',
            key,
        ).fetchone()
        if row:
            found[key] = float(row[0])
    return found


def write(connection: Connection, records: Iterable[Record], sending: Sending | None = None) -> int:
    """Write records whole, in their order, and queue them to be sent where that is wanted; give their number."""
    written: list[tuple[Table, str]] = []
    for record_type, same in groupby(records, type):
        how = layout(record_type)
        rows = [row_of(record) for record in same]
        connection.executemany(how.upsert, rows)
        written += [(how.table, str(row[0])) for row in rows]
    if sending and written:
        sending(connection, written)
    return len(written)


def _of_race(connection: Connection, record_type: type[RecordT], race_id: str) -> list[RecordT]:
    rows = connection.execute(f'{layout(record_type).select} WHERE "raceId" = ?', (race_id,))
    return [record_of(record_type, row) for row in rows]
