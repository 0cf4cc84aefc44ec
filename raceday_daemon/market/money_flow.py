"""Money in time: how much stood on each runner at which time to the start, and what each bucket of minutes added."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import MoneyFlowPoint
from raceday_daemon.model.race import OPEN
from raceday_daemon.model.snapshot import RaceSnapshot

AmountKey = tuple[str, str]
"""An entrant's id and the field of one of its amounts."""

WIN_AMOUNT: Final = "win_pool_amount"
PLACE_AMOUNT: Final = "place_pool_amount"

_INCREMENTS: Final = {WIN_AMOUNT: "incremental_win_amount", PLACE_AMOUNT: "incremental_place_amount"}
_FIRST_BUCKET: Final = 60
_LAST_BUCKET: Final = -10


class Figures(NamedTuple):
    """What a point says of its entrant, by the names that it has in both; last, of the race.

    A change in any of these makes a new point. What follows from the time alone (timeToStart, intervalType) does not.
    """

    hold_percentage: float | None
    bet_percentage: float | None
    win_pool_percentage: float | None
    place_pool_percentage: float | None
    win_pool_amount: int | None
    place_pool_amount: int | None
    share_method: str | None
    place_share_method: str | None
    fixed_win_odds: float | None
    fixed_place_odds: float | None
    pool_win_odds: float | None
    pool_place_odds: float | None
    total_pool_amount: int | None


_of_entrant: Final = attrgetter(*Figures._fields[:-1])


class EarlierMoney(NamedTuple):
    """What the next point of an entrant has to know of an earlier one: its bucket, what that had added, the figures."""

    time_interval: int
    incremental_win_amount: int | None
    incremental_place_amount: int | None
    figures: Figures


def whole_minutes(seconds_to_start: float) -> int:
    """Give the whole minutes to the start, truncated towards zero: 0 from 0:59 before it to 0:59 after it."""
    return int(seconds_to_start / 60)


def bucket(seconds_to_start: float) -> int:
    """Give the bucket of a time to the start.

    60 is an hour and more, then 55 = [55, 60) minutes and so on in fives to 5, then 4, 3, 2, 1. 0 reaches from the last
    minute before the start to 0:59 after it; -1 is 1:00 to 1:59 late, and so on; -10 is everything later.
    """
    minutes = whole_minutes(seconds_to_start)
    if minutes >= 5:
        return min(minutes // 5 * 5, _FIRST_BUCKET)
    return max(minutes, _LAST_BUCKET)


def interval_type(seconds_to_start: float) -> str:
    """Name the part of the race's approach by how often it is looked at: 5m, 2m, 1m, 15s, and live after the start."""
    for name, down_to in (("5m", 1200), ("2m", 600), ("1m", 300)):
        if seconds_to_start > down_to:
            return name
    return "15s" if seconds_to_start >= 0 else "live"


def seconds_to_start(snapshot: RaceSnapshot, due_at: datetime | None) -> float:
    """Give the time to the start from the slot that asked for the look, else from the source's generated time."""
    return (snapshot.race.start_time - (due_at or snapshot.generated_time)).total_seconds()


def reached_bucket(seconds_to_start: float, newest: Iterable[EarlierMoney]) -> int:
    """Give the bucket of a look: never an older one after a newer one, though the start may have moved later.

    `newest` are the newest points of the race's entrants: all rows of a look are of one bucket.
    """
    return min((bucket(seconds_to_start), *(point.time_interval for point in newest)))


def turned_amounts(newest: Mapping[str, EarlierMoney], sent: Iterable[Entrant]) -> tuple[AmountKey, ...]:
    """Name the amounts that came or went since the newest point, which cannot tell what such an amount adds to."""
    return tuple(
        (entrant.entrant_id, field)
        for entrant in sent
        if (point := newest.get(entrant.entrant_id))
        for field in _INCREMENTS
        if (getattr(entrant, field) is None) != (getattr(point.figures, field) is None)
    )


def money_points(
    snapshot: RaceSnapshot,
    due_at: datetime | None,
    newest: Mapping[str, EarlierMoney],
    last_amounts: Mapping[AmountKey, EarlierMoney | None],
    now: datetime,
) -> tuple[MoneyFlowPoint, ...]:
    """Give the points that a look adds: of entrants with a figure that changed; of all of them in a new bucket.

    None unless the race is Open. `due_at` is the slot of a scheduled poll; `newest` the newest stored point of each
    entrant of the race; `last_amounts` the last earlier point that has the amount, for each that `turned_amounts`
    names (None: no point has it); `now` this machine's time of writing.
    """
    if snapshot.race.status != OPEN:
        return ()
    seconds = seconds_to_start(snapshot, due_at)
    interval = reached_bucket(seconds, newest.values())
    points = []
    for entrant in snapshot.entrants:
        figures = Figures._make((*_of_entrant(entrant), snapshot.pools.total_race_pool))
        earlier = newest.get(entrant.entrant_id)
        if earlier and earlier.time_interval == interval and earlier.figures == figures:
            continue
        points.append(
            MoneyFlowPoint(
                entrant_id=entrant.entrant_id,
                race_id=snapshot.race.race_id,
                time_to_start=whole_minutes(seconds),
                time_interval=interval,
                interval_type=interval_type(seconds),
                event_timestamp=snapshot.generated_time,
                polling_timestamp=now,
                **figures._asdict(),
                **_added(entrant, interval, earlier, last_amounts),
            )
        )
    return tuple(points)


def _added(
    entrant: Entrant,
    interval: int,
    earlier: EarlierMoney | None,
    last_amounts: Mapping[AmountKey, EarlierMoney | None],
) -> dict[str, Any]:
    return {
        increment: _increment(entrant, amount, interval, last_amounts.get((entrant.entrant_id, amount), earlier))
        for amount, increment in _INCREMENTS.items()
    }


def _increment(entrant: Entrant, field: str, interval: int, earlier: EarlierMoney | None) -> int | None:
    """Give what the bucket has added so far to the amount that the one before it ended with.

    `earlier` has the amount, unless there was none then and is none now.
    """
    amount: int | None = getattr(entrant, field)
    if earlier is None:
        return amount
    added: int | None = getattr(earlier, _INCREMENTS[field]) if earlier.time_interval == interval else None
    if amount is None:
        return added
    # An amount less what its bucket had added is the amount that the bucket began with.
    began_with: int = getattr(earlier.figures, field) - (added or 0)
    return amount - began_with
