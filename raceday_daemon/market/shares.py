"""What part of a pool stands on each runner, by the most trustworthy method that the answer allows."""

from collections.abc import Mapping
from dataclasses import dataclass

from raceday_daemon.model.entrant import HOLD_PERCENTAGE, TOTE_ODDS, TOTE_TRENDS


@dataclass(frozen=True, slots=True)
class Share:
    """A runner's share of a pool in percent (0..100) and the method it was derived by."""

    percentage: float
    method: str


Shares = Mapping[str, Share]

_LOWEST_PRICE = 0.01


def trend_shares(investments: Mapping[str, float], pool_total: float) -> Shares:
    """Derive shares from the tote trends: each runner's investment over that document's own pool total (dollars)."""
    if pool_total <= 0:
        return {}
    return {runner: Share(_percent(amount, pool_total), TOTE_TRENDS) for runner, amount in investments.items()}


def odds_shares(prices: Mapping[str, float | None]) -> Shares:
    """Derive Win shares from tote odds: the inverse price over the sum of inverse prices.

    `prices` holds every runner not scratched; one without a price leaves nothing to derive.
    """
    inverse = {runner: 1 / price for runner, price in prices.items() if price and price >= _LOWEST_PRICE}
    if not inverse or len(inverse) < len(prices):
        return {}
    total = sum(inverse.values())
    return {runner: Share(_percent(part, total), TOTE_ODDS) for runner, part in inverse.items()}


def hold_shares(holds: Mapping[str, float]) -> Shares:
    """Derive shares from the summed hold percentages over their total, non-runners included."""
    total = sum(holds.values())
    if total <= 0:
        return {}
    return {runner: Share(_percent(hold, total), HOLD_PERCENTAGE) for runner, hold in holds.items()}


def _percent(part: float, whole: float) -> float:
    # 100 * 0.69 / 0.69 is a little more than 100.
    return min(100 * part / whole, 100.0)


def pool_amount(share: Share | None, pool_cents: int | None) -> int | None:
    """Give the part of a pool in integer cents that a share stands for, None where either is unknown."""
    if share is None or pool_cents is None:
        return None
    return round(share.percentage / 100 * pool_cents)
