"""What a look at a race reads of the history of its money."""

from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.market.money_flow import PLACE_AMOUNT, WIN_AMOUNT, AmountKey, EarlierMoney, Figures
from raceday_daemon.store.rows import instant_text, snake_case
from raceday_daemon.store.schema import MONEY_FLOW_HISTORY

_COLUMNS: Final = {snake_case(column.name): column.name for column in MONEY_FLOW_HISTORY.columns}
_READ: Final = ", ".join(
    f'"{_COLUMNS[field]}"' for field in ("entrant_id", *EarlierMoney._fields[:-1], *Figures._fields)
)
_NEWEST_FIRST: Final = 'ORDER BY "timeInterval", "eventTimestamp" DESC LIMIT 1'

# One search in the index for each stored entrant, however many rows the race has by now.
_NEWEST: Final = f"""SELECT {_READ} FROM "money_flow_history" WHERE rowid IN (
    SELECT (
        SELECT rowid FROM "money_flow_history"
        WHERE "raceId" = "entrants"."raceId" AND "entrantId" = "entrants"."id" {_NEWEST_FIRST}
    ) FROM "entrants" WHERE "raceId" = ?
)"""  # noqa: S608

_LAST_WITH: Final = {
    field: f"""SELECT {_READ} FROM "money_flow_history" WHERE "raceId" = ? AND "entrantId" = ?
    AND "{_COLUMNS[field]}" IS NOT NULL AND ("timeInterval", "eventTimestamp") IS NOT (?, ?) {_NEWEST_FIRST}"""  # noqa: S608
    for field in (WIN_AMOUNT, PLACE_AMOUNT)
}


def read_newest_money(connection: Connection, race_id: str) -> dict[str, EarlierMoney]:
    """Read the newest point of each stored entrant of a race, by entrant id: the last one of its lowest bucket."""
    return {row[0]: _earlier(row) for row in connection.execute(_NEWEST, (race_id,))}


def read_last_amounts(
    connection: Connection, race_id: str, wanted: Iterable[AmountKey], time_interval: int, generated_time: datetime
) -> dict[AmountKey, EarlierMoney | None]:
    """Read the last point that has the amount, for each wanted one; None where no point has it.

    A point of this very bucket and time does not count: what is about to be written replaces it.
    """
    itself = (time_interval, instant_text(generated_time))
    found: dict[AmountKey, EarlierMoney | None] = {}
    for entrant_id, field in wanted:
        row = connection.execute(_LAST_WITH[field], (race_id, entrant_id, *itself)).fetchone()
        found[entrant_id, field] = _earlier(row) if row else None
    return found


def _earlier(row: tuple[Any, ...]) -> EarlierMoney:
    _, time_interval, win, place, *figures = row
    return EarlierMoney(time_interval, win, place, Figures._make(figures))
