"""The types of rules: what each one measures, in which unit, and which thresholds make sense."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from raceday_daemon.model import alerts

COOLDOWN_SECONDS: Final = 300
"""How long after a notification the same rule is silent on the same runner, unless the rule says otherwise."""

LONGEST_SECONDS: Final = 86_400
"""The longest window and cooldown."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Which thresholds make sense: from `least` to `most`, both in or both out; `optional` where none is needed."""

    least: float
    most: float
    ends_count: bool = False
    optional: bool = False

    def __contains__(self, threshold: float) -> bool:
        """Say whether a threshold makes sense; nan and infinity don't."""
        if self.ends_count:
            return self.least <= threshold <= self.most
        return self.least < threshold < self.most

    def __str__(self) -> str:
        """Say it in words."""
        if self.ends_count:
            return f"from {self.least:,.0f} to {self.most:,.0f}"
        return f"more than {self.least:,.0f} and less than {self.most:,.0f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleType:
    """A type of rules.

    `measure` says what is compared, `unit` is the threshold's (None: it takes none). `has_window` says that the
    earlier value may be that of so many seconds ago, `has_episodes` that one notification stands for as long as it
    stays true; `while_open` that it counts only while the race is Open; `of_runners` that a rule may watch one entrant.
    """

    name: str
    measure: str
    unit: str | None
    thresholds: Thresholds | None
    has_window: bool = False
    has_episodes: bool = False
    while_open: bool = False
    of_runners: bool = True
    cooldown_seconds: int = 0


_PERCENT: Final = Thresholds(0, 100)
_PRICE: Final = Thresholds(1, 10_000)
_SECONDS: Final = Thresholds(0, LONGEST_SECONDS, ends_count=True)


def _market(name: str, measure: str, unit: str, thresholds: Thresholds, *, has_window: bool = False) -> RuleType:
    return RuleType(
        name=name,
        measure=measure,
        unit=unit,
        thresholds=thresholds,
        has_window=has_window,
        has_episodes=True,
        while_open=True,
        cooldown_seconds=COOLDOWN_SECONDS,
    )


_ALL: Final = (
    _market(alerts.ODDS_SHORTENING, "the fall of the Win price, of the earlier price", "%", _PERCENT, has_window=True),
    _market(
        alerts.ODDS_DRIFT,
        "the rise of the Win price, of the earlier price",
        "%",
        Thresholds(0, 10_000),
        has_window=True,
    ),
    _market(alerts.ODDS_BELOW, "a Win price that is this or less", "dollars for one", _PRICE),
    _market(alerts.ODDS_ABOVE, "a Win price that is this or more", "dollars for one", _PRICE),
    _market(alerts.MONEY_FLOW, "the rise of a runner's share of the new Win money", "percentage points", _PERCENT),
    _market(alerts.HOLD_RISE, "the rise of a runner's hold", "percentage points", _PERCENT, has_window=True),
    _market(
        alerts.POOL_SHARE,
        "the rise of a runner's share of the Win pool",
        "percentage points",
        _PERCENT,
        has_window=True,
    ),
    RuleType(
        name=alerts.BIG_BET,
        measure="the stake of a bet that the source made public",
        unit="dollars",
        thresholds=Thresholds(0, 1_000_000_000),
    ),
    RuleType(name=alerts.SCRATCHED, measure="a runner is scratched", unit=None, thresholds=None),
    RuleType(
        name=alerts.FAVOURITE_CHANGED,
        measure="another runner's Win price is shorter than all others",
        unit=None,
        thresholds=None,
        while_open=True,
        cooldown_seconds=COOLDOWN_SECONDS,
    ),
    RuleType(
        name=alerts.RACE_STATUS, measure="the race has another status", unit=None, thresholds=None, of_runners=False
    ),
    RuleType(
        name=alerts.START_MOVED,
        measure="how far the advertised start was moved, either way",
        unit="seconds",
        thresholds=Thresholds(0, LONGEST_SECONDS, ends_count=True, optional=True),
        of_runners=False,
    ),
    RuleType(
        name=alerts.RACE_START,
        measure="the time before the advertised start",
        unit="seconds",
        thresholds=_SECONDS,
        of_runners=False,
    ),
)

RULE_TYPES: Final[Mapping[str, RuleType]] = MappingProxyType({one.name: one for one in _ALL})
