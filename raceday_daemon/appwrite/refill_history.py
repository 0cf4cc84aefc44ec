"""The end of the history of races that are not over, as far as the next look at each goes on from it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from appwrite.query import Query

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.reading import RemoteRow, portions, read_rows
from raceday_daemon.market.odds_history import PRICES
from raceday_daemon.store.plain_rows import PlainRow
from raceday_daemon.store.rows import snake_case
from raceday_daemon.store.schema import ENTRANTS, MONEY_FLOW_HISTORY, ODDS_HISTORY, Table

Rows = Mapping[str, PlainRow]

_FIRST_PAGE: Final = 100
_MOST_OF_A_RACE: Final = 2_000
_MOST_OF_A_PORTION: Final = 20_000
_AMOUNTS: Final = ("winPoolAmount", "placePoolAmount")
_NEWEST_FIRST: Final = (Query.order_asc("timeInterval"), Query.order_desc("eventTimestamp"))
_PRICE_COLUMNS: Final = {
    price_type: column.name
    for price_type, field in PRICES.items()
    for column in ENTRANTS.columns
    if snake_case(column.name) == field
}


class LastKnown:
    """Reads the last points of races."""

    def __init__(self, appwrite: Appwrite) -> None:
        """Ask nothing yet."""
        self._appwrite = appwrite

    async def money(self, races: Rows, entrants: Rows) -> list[RemoteRow]:
        """Read the newest point of each entrant, and those with an amount of entrants whose newest has none.

        A race takes one page: the newest looks at it come first. All are asked at once, as many as there are threads.
        """
        polled = [race_id for race_id, race in races.items() if race["lastPollTime"]]
        of_races = await asyncio.gather(*(self._newest_money(race_id, entrants) for race_id in polled))
        newest: dict[str, RemoteRow] = {}
        for row in (row for of_race in of_races for row in of_race):
            newest.setdefault(row.data["entrantId"], row)
        found = [row for of_race in of_races for row in of_race]
        for amount in _AMOUNTS:
            without = [entrant_id for entrant_id, row in newest.items() if row.data.get(amount) is None]
            found += await self._of_entrants(MONEY_FLOW_HISTORY, without, Query.is_not_null(amount), *_NEWEST_FIRST)
        return found

    async def odds(self, races: Rows, entrants: Rows) -> list[RemoteRow]:
        """Read the history of prices that are not there now: when one comes back, its last value says whether it moved.

        A price that is there is the last one of its history.
        """
        polled = {race_id for race_id, race in races.items() if race["lastPollTime"]}
        found: list[RemoteRow] = []
        for price_type, column in _PRICE_COLUMNS.items():
            without = [one for one, row in entrants.items() if row[column] is None and row["raceId"] in polled]
            found += await self._of_entrants(
                ODDS_HISTORY, without, Query.equal("type", [price_type]), Query.order_desc("eventTimestamp")
            )
        return found

    async def _newest_money(self, race_id: str, entrants: Rows) -> list[RemoteRow]:
        wanted = {entrant_id for entrant_id, row in entrants.items() if row["raceId"] == race_id}

        def has_all(rows: Sequence[RemoteRow]) -> bool:
            return wanted <= {row.data["entrantId"] for row in rows}

        return await read_rows(
            self._appwrite,
            MONEY_FLOW_HISTORY,
            Query.equal("raceId", [race_id]),
            *_NEWEST_FIRST,
            page_rows=_FIRST_PAGE,
            most_rows=_MOST_OF_A_RACE,
            is_enough=has_all,
        )

    async def _of_entrants(self, table: Table, entrant_ids: Iterable[str], *queries: str) -> list[RemoteRow]:
        found: list[RemoteRow] = []
        for ids in portions(list(entrant_ids)):
            found += await read_rows(
                self._appwrite, table, Query.equal("entrantId", ids), *queries, most_rows=_MOST_OF_A_PORTION
            )
        return found
