"""What the site reads of a race's history: a page of prices, or of money, the oldest first."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.model.shown_race import MoneyPoint, PricePoint
from raceday_daemon.store.rows import read_instant

TimePlace = tuple[str, str]
"""A point's place in time: the source's time as stored, and the row's id."""

_PRICE: Final = '"entrantId", "type", "odds", "eventTimestamp", "timeToStartSeconds"'
_MONEY: Final = (
    '"entrantId", "timeInterval", "timeToStart", "eventTimestamp", "holdPercentage", "betPercentage",'
    ' "winPoolPercentage", "winPoolAmount", "incrementalWinAmount", "placePoolPercentage", "placePoolAmount",'
    ' "incrementalPlaceAmount", "totalPoolAmount", "shareMethod", "placeShareMethod"'
)
_PAGE: Final = (
    'SELECT "id", {columns} FROM "{table}" WHERE "raceId" = :race_id AND (:entrant IS NULL OR "entrantId" = :entrant)'
    ' AND "type" = :type AND ("eventTimestamp", "id") > (:at, :id) ORDER BY "eventTimestamp", "id" LIMIT :most'
)
_PRICES: Final = _PAGE.format(columns=_PRICE, table="odds_history")
_MONEYS: Final = _PAGE.format(columns=_MONEY, table="money_flow_history")


def read_prices_page(
    connection: Connection, race_id: str, entrant: str | None, kind: str, after: TimePlace | None, most: int
) -> tuple[tuple[PricePoint, ...], TimePlace | None]:
    """Read a page of prices of a type, of one entrant or all; and the place of its last point, None if none follows."""
    rows = _page(connection, _PRICES, race_id, entrant, kind, after, most)
    points = tuple(
        PricePoint(
            entrant_id=entrant_id,
            type=of_type,
            odds=odds,
            event_timestamp=read_instant(at),
            time_to_start_seconds=seconds,
        )
        for _, entrant_id, of_type, odds, at, seconds in rows[:most]
    )
    return points, (rows[most - 1][4], rows[most - 1][0]) if len(rows) > most else None


def read_money_page(
    connection: Connection, race_id: str, entrant: str | None, kind: str, after: TimePlace | None, most: int
) -> tuple[tuple[MoneyPoint, ...], TimePlace | None]:
    """Read a page of the money, as read_prices_page does of prices."""
    rows = _page(connection, _MONEYS, race_id, entrant, kind, after, most)
    points = tuple(_money_point(row) for row in rows[:most])
    return points, (rows[most - 1][4], rows[most - 1][0]) if len(rows) > most else None


def _page(
    connection: Connection,
    query: str,
    race_id: str,
    entrant: str | None,
    kind: str,
    after: TimePlace | None,
    most: int,
) -> list[Sequence[Any]]:
    at, row_id = after or ("", "")
    named = {"race_id": race_id, "entrant": entrant, "type": kind, "at": at, "id": row_id, "most": most + 1}
    return connection.execute(query, named).fetchall()


def _money_point(row: Sequence[Any]) -> MoneyPoint:
    _, entrant_id, interval, to_start, at, *figures = row
    names = tuple(MoneyPoint.__dataclass_fields__)[4:]
    return MoneyPoint(
        entrant_id=entrant_id,
        time_interval=interval,
        time_to_start=to_start,
        event_timestamp=read_instant(at),
        **dict(zip(names, figures, strict=True)),
    )
