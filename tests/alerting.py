"""Rules with sensible defaults, and a race looked at again and again, held against them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from raceday_daemon.alerting.bands import SIX_BANDS
from raceday_daemon.alerting.episodes import State
from raceday_daemon.alerting.evaluation import Decision, StateKey, evaluate
from raceday_daemon.alerting.rule_index import RuleIndex
from raceday_daemon.alerting.scene import Scene
from raceday_daemon.model.alerts import PERCENTAGE_RANGE, AlertRule, Notification
from raceday_daemon.model.entrant import Entrant
from tests.builders import GENERATED, RACE_ID, entrant, later, race

USER = "user-1"


def rule(alert_type: str | None = "odds_shortening", threshold: float | None = 10.0, **changes: Any) -> AlertRule:
    """Give an enabled rule of every race; its id says what it is."""
    return AlertRule(
        **{
            "rule_id": f"rule-{alert_type}",
            "user_id": USER,
            "enabled": True,
            "alert_type": alert_type,
            "threshold": threshold,
            **changes,
        }
    )


def band(minimum: float | None, maximum: float | None, **changes: Any) -> AlertRule:
    """Give one of a user's bands."""
    return rule(
        None,
        None,
        **{
            "rule_id": f"band-{minimum}",
            "indicator_type": PERCENTAGE_RANGE,
            "percentage_range_min": minimum,
            "percentage_range_max": maximum,
            **changes,
        },
    )


def six_bands(**changes: Any) -> list[AlertRule]:
    """Give the front end's bands of one user."""
    return [band(one.minimum, one.maximum, **changes) for one in SIX_BANDS]


def ruji(**changes: Any) -> Entrant:
    """Give runner 4, Ruji."""
    return entrant(4, name="Ruji", **changes)


@dataclass
class Watching:
    """A race that is looked at every 15 seconds; what one look says is what the next one compares with."""

    rules: Iterable[AlertRule]
    at: float = 0.0
    states: dict[StateKey, State] = field(default_factory=dict)
    told: list[Notification] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index = RuleIndex(self.rules)
        self._before: dict[str, Entrant] = {}

    def look(self, *entrants: Entrant, status: str = "Open", **scene: Any) -> Decision:
        """Look once more, and keep what comes of it."""
        now = {one.entrant_id: one for one in entrants}
        seen = Scene(
            **{
                "race": race(status=status, start_time=later(120)),
                "label": "Awapuni R1",
                "at": later(self.at),
                "now": later(self.at + 1),
                "entrants": now,
                "earlier": {0: self._before},
                **scene,
            }
        )
        groups = self.index.groups(RACE_ID, now, everywhere=True)
        decision = evaluate(seen, groups, self.states, self.index.get)
        self.states |= {(state.rule_id, state.target): state for state in decision.states}
        self.told += decision.notifications
        self._before = now
        self.at += 15
        return decision

    def prices(self, *prices: float | None, price: str = "fixed_win_odds") -> list[int]:
        """Look at Ruji at each of these prices; give how many notifications each look brought."""
        return [len(self.look(ruji(**{price: one})).notifications) for one in prices]


def messages(decision: Decision) -> list[str]:
    """Give what people read."""
    return [one.message for one in decision.notifications]


def at(seconds: float) -> Any:
    """Give an instant so many seconds after the answers made here."""
    return later(seconds, GENERATED)
