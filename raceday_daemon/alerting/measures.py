"""What the rules measure on a runner: like is compared with like, and what is missing measures nothing."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol

from raceday_daemon.alerting.episodes import ENDS_BELOW
from raceday_daemon.model import alerts
from raceday_daemon.model.entrant import Entrant

_DIGITS: Final = 6
"""A price of 4.00 that falls to 3.60 has fallen by 10 %, not by 9.999999999999998."""


class Figures(Protocol):
    """What is compared of a runner, as it stands now or stood at some time."""

    @property
    def fixed_win_odds(self) -> float | None: ...  # noqa: D102
    @property
    def pool_win_odds(self) -> float | None: ...  # noqa: D102
    @property
    def hold_percentage(self) -> float | None: ...  # noqa: D102
    @property
    def win_pool_percentage(self) -> float | None: ...  # noqa: D102
    @property
    def share_method(self) -> str | None: ...  # noqa: D102


class EarlierFigures(NamedTuple):
    """A runner's figures at some instant, from the history; None for what it doesn't have."""

    fixed_win_odds: float | None = None
    pool_win_odds: float | None = None
    hold_percentage: float | None = None
    win_pool_percentage: float | None = None
    share_method: str | None = None


class Reading(NamedTuple):
    """What a measure gives: the value in its unit, and the two figures that it comes from (the earlier may be None)."""

    value: float
    earlier: float | None
    now: float


_WIN_PRICES: Final[tuple[Callable[[Figures], float | None], ...]] = (
    lambda figures: figures.fixed_win_odds,
    lambda figures: figures.pool_win_odds,
)

Measure = Callable[[Figures, Figures | None], Reading | None]
"""Reads a runner's figures against earlier ones; None where there is nothing to compare."""


def win_prices(now: Figures, earlier: Figures | None) -> tuple[float, float] | None:
    """Give the earlier and the present Win price of one kind: fixed where both are, else the tote's, else None."""
    if earlier is not None:
        for kind in _WIN_PRICES:
            if (was := kind(earlier)) and (is_now := kind(now)):
                return was, is_now
    return None


def rise(earlier: float | None, now: float | None) -> Reading | None:
    """Give by how many points a percentage rose; from nothing, or from 0, it did not."""
    return Reading(round(now - earlier, _DIGITS), earlier, now) if earlier and now is not None else None


def _price(now: Figures, earlier: Figures | None) -> Reading | None:
    """Read the price itself, fixed before tote, whatever stood before it: that is only told beside it."""
    for kind in _WIN_PRICES:
        if is_now := kind(now):
            return Reading(is_now, kind(earlier) if earlier else None, is_now)
    return None


def _shortening(now: Figures, earlier: Figures | None) -> Reading | None:
    if (prices := win_prices(now, earlier)) is None:
        return None
    was, is_now = prices
    return Reading(round((was - is_now) / was * 100, _DIGITS), was, is_now)


def _drift(now: Figures, earlier: Figures | None) -> Reading | None:
    if (prices := win_prices(now, earlier)) is None:
        return None
    was, is_now = prices
    return Reading(round((is_now - was) / was * 100, _DIGITS), was, is_now)


def _hold(now: Figures, earlier: Figures | None) -> Reading | None:
    return rise(earlier.hold_percentage, now.hold_percentage) if earlier else None


def _pool_share(now: Figures, earlier: Figures | None) -> Reading | None:
    if earlier is None or earlier.share_method != now.share_method:
        return None
    return rise(earlier.win_pool_percentage, now.win_pool_percentage)


MEASURES: Final[Mapping[str, Measure]] = {
    alerts.ODDS_SHORTENING: _shortening,
    alerts.ODDS_DRIFT: _drift,
    alerts.ODDS_BELOW: _price,
    alerts.ODDS_ABOVE: _price,
    alerts.HOLD_RISE: _hold,
    alerts.POOL_SHARE: _pool_share,
}
"""By alert type; money_flow is measured on all runners together: see new_money."""


def is_reached(alert_type: str, value: float, threshold: float) -> bool:
    """Say whether a value has reached a threshold, from whichever side the type has it."""
    return value <= threshold if alert_type == alerts.ODDS_BELOW else value >= threshold


def is_low(alert_type: str, value: float, threshold: float) -> bool:
    """Say whether a value is so far from a threshold that its episode may end."""
    if alert_type == alerts.ODDS_BELOW:
        return value > threshold / ENDS_BELOW
    return value < threshold * ENDS_BELOW


def is_running(entrant: Entrant) -> bool:
    """Say whether a runner is not scratched, however late that was known."""
    return not (entrant.is_scratched or entrant.is_late_scratched)
