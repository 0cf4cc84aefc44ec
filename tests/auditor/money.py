"""The history of money that must be there: a row a runner where a figure changed, or where a bucket is new."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from tests.auditor.matchers import Within
from tests.auditor.told_event import ToldEvent
from tests.auditor.values import computed_id, instant_of

Row = dict[str, Any]

_TYPE: Final = "bucketed_aggregation"
_FIGURES: Final = (
    *("holdPercentage", "betPercentage", "winPoolPercentage", "placePoolPercentage", "winPoolAmount"),
    *("placePoolAmount", "shareMethod", "placeShareMethod"),
    *("fixedWinOdds", "fixedPlaceOdds", "poolWinOdds", "poolPlaceOdds"),
)
_INCREMENTS: Final = {"winPoolAmount": "incrementalWinAmount", "placePoolAmount": "incrementalPlaceAmount"}
_BUCKETS: Final = (*range(60, 4, -5), *range(4, -11, -1))


class MoneyHistory:
    """The money of one race, answer by answer; `rows` are by id."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._bucket = _BUCKETS[0]
        self._last: dict[str, tuple[int, Row]] = {}
        self._ends: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)

    def take(self, told: ToldEvent, start_time: str, due_at: datetime | None, written: Within) -> int:
        """Add what an answer of an open race tells; `due_at` is the slot that asked for it. Give how many rows."""
        seconds = (instant_of(start_time) - (due_at or instant_of(told.generated))).total_seconds()
        # Never an older bucket after a newer one, though the start may have moved later.
        self._bucket = min(self._bucket, bucket_of(seconds))
        added = 0
        for entrant_id, entrant in told.entrants.items():
            figures = {name: entrant[name] for name in _FIGURES} | {"totalPoolAmount": told.pools["totalRacePool"]}
            if self._last.get(entrant_id) == (self._bucket, figures):
                continue
            self._last[entrant_id] = (self._bucket, figures)
            added += 1
            self.rows[computed_id(entrant_id, _TYPE, str(self._bucket), told.generated)] = {
                "entrant": entrant_id,
                "entrantId": entrant_id,
                "raceId": told.race["raceId"],
                "type": _TYPE,
                "timeToStart": int(seconds / 60),
                "timeInterval": self._bucket,
                "intervalType": _interval_type(seconds),
                **figures,
                **self._increments(entrant_id, figures),
                "eventTimestamp": told.generated,
                "pollingTimestamp": written,
            }
        return added

    def _increments(self, entrant_id: str, figures: Row) -> Row:
        """Give each amount less that at the end of the nearest earlier bucket that has one; null where this has none.

        So those of the last rows of all buckets add up to the last amount.
        """
        found: Row = {}
        for amount, increment in _INCREMENTS.items():
            ends = self._ends[entrant_id, amount]
            if figures[amount] is not None:
                ends[self._bucket] = figures[amount]
            earlier = [bucket for bucket in ends if bucket > self._bucket]
            before = ends[min(earlier)] if earlier else 0
            found[increment] = ends[self._bucket] - before if self._bucket in ends else None
        return found


def bucket_of(seconds: float) -> int:
    """Give the bucket of so many seconds to the start, by the minutes that each bucket begins with."""
    minutes = int(seconds / 60)
    return next((begins_with for begins_with in _BUCKETS if minutes >= begins_with), -10)


def _interval_type(seconds: float) -> str:
    if seconds < 0:
        return "live"
    return "5m" if seconds > 20 * 60 else "2m" if seconds > 10 * 60 else "1m" if seconds > 5 * 60 else "15s"
