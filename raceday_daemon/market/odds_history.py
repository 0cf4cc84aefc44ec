"""Prices in time: the first one of an entrant, then one for every real move."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import FIXED_PLACE, FIXED_WIN, POOL_PLACE, POOL_WIN, OddsPoint

PriceKey = tuple[str, str]
"""An entrant's id and a price's type."""

PRICES: Final = {
    FIXED_WIN: "fixed_win_odds",
    FIXED_PLACE: "fixed_place_odds",
    POOL_WIN: "pool_win_odds",
    POOL_PLACE: "pool_place_odds",
}
"""Each price type and the field of an entrant that holds it."""


def _moved(
    before: Mapping[str, Entrant], sent: Iterable[Entrant]
) -> Iterable[tuple[Entrant, str, float, float | None]]:
    for entrant in sent:
        earlier = before.get(entrant.entrant_id)
        for price_type, field in PRICES.items():
            price = getattr(entrant, field)
            earlier_price = getattr(earlier, field) if earlier else None
            if price is not None and price != earlier_price:
                yield entrant, price_type, price, earlier_price


def returning_prices(before: Mapping[str, Entrant], sent: Iterable[Entrant]) -> tuple[PriceKey, ...]:
    """Name the prices that are there again after an answer without them: only the history knows their last value."""
    return tuple(
        (entrant.entrant_id, price_type)
        for entrant, price_type, _, earlier_price in _moved(before, sent)
        if earlier_price is None and entrant.entrant_id in before
    )


def odds_points(
    before: Mapping[str, Entrant],
    sent: Iterable[Entrant],
    last_prices: Mapping[PriceKey, float],
    generated_time: datetime,
    start_time: datetime,
) -> tuple[OddsPoint, ...]:
    """Give the history rows that an answer adds.

    `before` are the stored entrants by id, `last_prices` the last stored value of each price that
    `returning_prices` named, where it has one.
    """
    return tuple(
        OddsPoint(
            entrant_id=entrant.entrant_id,
            race_id=entrant.race_id,
            type=price_type,
            odds=price,
            event_timestamp=generated_time,
            time_to_start_seconds=int((start_time - generated_time).total_seconds()),
        )
        for entrant, price_type, price, earlier_price in _moved(before, sent)
        if earlier_price is not None or last_prices.get((entrant.entrant_id, price_type)) != price
    )
