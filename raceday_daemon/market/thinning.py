"""Which points of the history go to Appwrite where it is thinned: enough for its buckets and nearly the same line.

A point that is held back is not lost: it is stored here, and goes once it turns out to be the last of its bucket, or
the last before the minutes in which every point goes.
"""

from bisect import bisect_right
from datetime import datetime
from typing import Final, NamedTuple

from raceday_daemon.market.money_flow import bucket
from raceday_daemon.model.race import OPEN

WHOLE_SECONDS: Final = 300
"""From so long before the advertised start on every point goes."""
SHARE_POINTS: Final = 2.0
"""So far a share of a pool moves, in percentage points, before it is told within a bucket."""

# Up to each price, the step between neighbours on a bookmaker's board: a twentieth of the price, more or less.
_LADDER: Final = (
    (2.0, 0.05),
    (3.0, 0.1),
    (5.0, 0.2),
    (10.0, 0.5),
    (20.0, 1.0),
    (30.0, 2.0),
    (50.0, 5.0),
    (100.0, 10.0),
    (float("inf"), 20.0),
)
_EDGES: Final = tuple(edge for edge, _ in _LADDER)
# Prices have cents at most: less than this is a matter of how numbers are kept.
_NOTHING: Final = 1e-6


class Shares(NamedTuple):
    """What a point of money tells of its runner's parts of the pools, in percent, and its bucket."""

    time_interval: int
    win: float | None
    place: float | None
    hold: float | None


def is_whole(status: str, seconds_to_start: float) -> bool:
    """Say whether every point of a race goes: near its start, and whenever it is not Open."""
    return status != OPEN or seconds_to_start <= WHOLE_SECONDS


def tick(price: float) -> float:
    """Give the step between a price and the next higher one on a bookmaker's board."""
    return _LADDER[bisect_right(_EDGES, price)][1]


def price_tells(sent: float, price: float) -> bool:
    """Say whether a price is further than a tick, that of the lower of the two, from the one sent last."""
    return abs(price - sent) > tick(min(price, sent)) + _NOTHING


def money_tells(sent: Shares, point: Shares) -> bool:
    """Say whether a point begins a bucket, or a share came, went or moved by SHARE_POINTS since the one sent last."""
    return sent.time_interval != point.time_interval or any(
        _has_moved(before, after) for before, after in zip(sent[1:], point[1:], strict=True)
    )


def is_bucket_over(time_interval: int, start_time: datetime, now: datetime) -> bool:
    """Say whether the time of a bucket has passed, by the advertised start."""
    return bucket((start_time - now).total_seconds()) < time_interval


def _has_moved(before: float | None, after: float | None) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) > SHARE_POINTS - _NOTHING
