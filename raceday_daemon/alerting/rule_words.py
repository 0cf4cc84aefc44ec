"""A rule in words, for the list that people read."""

from collections.abc import Callable, Mapping
from typing import Final

from raceday_daemon.alerting.bands import Band
from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.model import alerts
from raceday_daemon.model.alerts import AlertRule

_WORDS: Final[Mapping[str, Callable[[float], str]]] = {
    alerts.ODDS_SHORTENING: lambda bound: f"firms by {bound:g} %",
    alerts.ODDS_DRIFT: lambda bound: f"drifts by {bound:g} %",
    alerts.ODDS_BELOW: lambda bound: f"Win price {bound:.2f} or less",
    alerts.ODDS_ABOVE: lambda bound: f"Win price {bound:.2f} or more",
    alerts.MONEY_FLOW: lambda bound: f"share of the new money up {bound:g} points",
    alerts.HOLD_RISE: lambda bound: f"hold up {bound:g} points",
    alerts.POOL_SHARE: lambda bound: f"share of the Win pool up {bound:g} points",
    alerts.BIG_BET: lambda bound: f"a bet of ${bound:,.0f} or more",
    alerts.SCRATCHED: lambda _: "scratched",
    alerts.FAVOURITE_CHANGED: lambda _: "a new favourite",
    alerts.RACE_STATUS: lambda _: "another status",
    alerts.START_MOVED: lambda bound: f"start moved by {exactly(bound)}" if bound else "start moved",
    alerts.RACE_START: lambda bound: f"{exactly(bound)} to the start" if bound else "the start",
}


def what(rule: AlertRule) -> str:
    """Say what a rule waits for, also one that can't be right."""
    if rule.is_band:
        band = Band(rule.percentage_range_min or 0, rule.percentage_range_max)
        return f"money or shortening in the band {band}"
    of_type = RULE_TYPES.get(rule.alert_type or "")
    if of_type is None:
        return rule.alert_type or rule.indicator_type or "nothing"
    bound, allowed = rule.threshold, of_type.thresholds
    if allowed is not None and not (allowed.optional if bound is None else bound in allowed):
        return of_type.name if bound is None else f"{of_type.name} {bound:g}"
    words = _WORDS[of_type.name](bound or 0)
    return f"{words} within {exactly(rule.window_seconds)}" if of_type.has_window and rule.window_seconds else words


def exactly(seconds: float) -> str:
    """Spell a duration without rounding it, as the texts that people are told do."""
    return f"{seconds:g} s" if seconds % 60 else f"{seconds / 60:g} min"
