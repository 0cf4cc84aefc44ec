"""A race's market in time, as the site shows it: prices in a line a runner, money in a column a bucket."""

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.alerting.new_money import shares_of
from raceday_daemon.model.market import FIXED_WIN, POOL_WIN
from raceday_daemon.model.shown_race import Bucket, Price
from raceday_daemon.store.rows import read_instant

MOST_PRICES: Final = 60
"""The points of a runner's line of prices."""

# With max(), SQLite takes the other columns from the row that has it: the newest row of a bucket is the bucket.
_NEWEST_OF_BUCKET: Final = (
    'SELECT "timeInterval", "entrantId", max("eventTimestamp"), "winPoolAmount", "incrementalWinAmount",'
    ' "holdPercentage" FROM "money_flow_history" WHERE "raceId" = ?{one} GROUP BY "timeInterval", "entrantId"'
    ' ORDER BY "timeInterval" DESC'
)
_ALL: Final = _NEWEST_OF_BUCKET.format(one="")
_LOWEST: Final = _NEWEST_OF_BUCKET.format(
    one=' AND "timeInterval" = (SELECT min("timeInterval") FROM "money_flow_history" WHERE "raceId" = ?)'
)


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A runner's prices, oldest first, all of one type; None where it has none."""

    type: str | None = None
    prices: tuple[Price, ...] = ()


def read_prices(connection: Connection, race_id: str) -> dict[str, PriceLine]:
    """Read the line of prices of each runner of a race: fixed Win, or where it has none the tote's."""
    points: dict[str, dict[str, list[tuple[str, float]]]] = {}
    rows = connection.execute(
        'SELECT "entrantId", "type", "eventTimestamp", "odds" FROM "odds_history"'
        ' WHERE "raceId" = ? AND "type" IN (?, ?) ORDER BY "eventTimestamp"',
        (race_id, FIXED_WIN, POOL_WIN),
    )
    for entrant_id, kind, at, odds in rows:
        points.setdefault(entrant_id, {}).setdefault(kind, []).append((at, odds))
    return {entrant_id: _line(by_type) for entrant_id, by_type in points.items()}


def read_timeline(connection: Connection, race_id: str, runners: Sequence[str]) -> tuple[Bucket, ...]:
    """Read the buckets of a race's money, from the first to the newest, for runners in this order."""
    return _buckets(connection.execute(_ALL, (race_id,)).fetchall(), runners)


def read_newest_bucket(connection: Connection, race_id: str, runners: Sequence[str]) -> Bucket | None:
    """Read the bucket that a race has reached, None before there is any money."""
    buckets = _buckets(connection.execute(_LOWEST, (race_id, race_id)).fetchall(), runners)
    return buckets[-1] if buckets else None


def thinned(points: Sequence[Any], most: int) -> Sequence[Any]:
    """Give so many of the points at most, evenly spread, the first and the last among them."""
    if len(points) <= most:
        return points
    step = (len(points) - 1) / (most - 1)
    return [points[round(place * step)] for place in range(most)]


def _line(by_type: dict[str, list[tuple[str, float]]]) -> PriceLine:
    kind = FIXED_WIN if FIXED_WIN in by_type else POOL_WIN
    return PriceLine(
        kind, tuple(Price(at=read_instant(at), odds=odds) for at, odds in thinned(by_type[kind], MOST_PRICES))
    )


def _buckets(rows: Sequence[Sequence[Any]], runners: Sequence[str]) -> tuple[Bucket, ...]:
    by_interval: dict[int, dict[str, Sequence[Any]]] = {}
    for interval, entrant_id, *figures in rows:
        by_interval.setdefault(interval, {})[entrant_id] = figures
    return tuple(_bucket(interval, figures, runners) for interval, figures in by_interval.items())


def _bucket(interval: int, figures: dict[str, Sequence[Any]], runners: Sequence[str]) -> Bucket:
    nothing = (None, None, None, None)
    ordered = [figures.get(entrant_id, nothing) for entrant_id in runners]
    shares = shares_of({who: added for who, (_, _, added, _) in figures.items()})
    return Bucket(
        time_interval=interval,
        at=read_instant(max(at for at, *_ in figures.values())),
        win_pool_amounts=tuple(amount for _, amount, _, _ in ordered),
        increments=tuple(added for _, _, added, _ in ordered),
        new_money_percentages=tuple(shares.get(entrant_id) for entrant_id in runners),
        hold_percentages=tuple(hold for _, _, _, hold in ordered),
    )
