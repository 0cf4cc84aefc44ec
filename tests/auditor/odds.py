"""The history of prices that must be there: the first price of a kind, then one for each move."""

from typing import Any, Final

from tests.auditor.told_event import ToldEvent
from tests.auditor.values import computed_id, instant_of

Row = dict[str, Any]

_TYPES: Final = {
    "fixed_win": "fixedWinOdds",
    "fixed_place": "fixedPlaceOdds",
    "pool_win": "poolWinOdds",
    "pool_place": "poolPlaceOdds",
}


class OddsHistory:
    """The moves of one race's prices, answer by answer; `rows` are by id."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._last: dict[tuple[str, str], float] = {}

    def take(self, told: ToldEvent, start_time: str) -> int:
        """Add what an answer moves, its start being the one that is known then; give how many rows."""
        seconds = int((instant_of(start_time) - instant_of(told.generated)).total_seconds())
        moved = 0
        for entrant_id, entrant in told.entrants.items():
            for price_type, column in _TYPES.items():
                price = entrant[column]
                if price is None or price == self._last.get((entrant_id, price_type)):
                    continue
                self._last[entrant_id, price_type] = price
                moved += 1
                self.rows[computed_id(entrant_id, price_type, told.generated)] = {
                    "entrant": entrant_id,
                    "entrantId": entrant_id,
                    "raceId": told.race["raceId"],
                    "type": price_type,
                    "odds": price,
                    "eventTimestamp": told.generated,
                    "timeToStartSeconds": seconds,
                }
        return moved
