"""What people want to be told, and what they were told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

ODDS_SHORTENING: Final = "odds_shortening"
ODDS_DRIFT: Final = "odds_drift"
ODDS_BELOW: Final = "odds_below"
ODDS_ABOVE: Final = "odds_above"
MONEY_FLOW: Final = "money_flow"
HOLD_RISE: Final = "hold_percentage"
POOL_SHARE: Final = "pool_share"
BIG_BET: Final = "big_bet"
SCRATCHED: Final = "scratched"
FAVOURITE_CHANGED: Final = "favourite_changed"
RACE_STATUS: Final = "race_status"
START_MOVED: Final = "start_moved"
RACE_START: Final = "race_start"

MORE_ALERTS: Final = "more_alerts"
"""The type of the one notification that says how many others were left out; no rule has it."""

PERCENTAGE_RANGE: Final = "percentage_range"
"""The indicator type of a row that is one of a user's bands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule as its row says it; what a row leaves open is None.

    `entrant` and `race` are what it watches; both None: every race. `threshold` is in the unit of its `alert_type`.
    A band has `indicator_type` `percentage_range` in place of an alert type: it reaches from `percentage_range_min` up
    to, and without, `percentage_range_max` (None: open).
    """

    rule_id: str
    user_id: str
    enabled: bool
    alert_type: str | None = None
    threshold: float | None = None
    entrant: str | None = None
    race: str | None = None
    window_seconds: int | None = None
    cooldown_seconds: int | None = None
    channel: str | None = None
    indicator_type: str | None = None
    percentage_range_min: float | None = None
    percentage_range_max: float | None = None
    color: str | None = None
    display_order: int | None = None
    is_default: bool | None = None
    audible_alerts_enabled: bool | None = None
    last_updated: datetime | None = None
    created_at: datetime | None = None

    @property
    def is_band(self) -> bool:
        """Say whether it is one of a user's bands."""
        return self.alert_type is None and self.indicator_type == PERCENTAGE_RANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing that one user was told.

    `notification_id` follows from rule, race, entrant and episode. `value` and `threshold` are in the unit of the
    rule's type, `previous_value` is what the value was reckoned from. `event_timestamp` is the source's time of what
    happened, `created_at` this machine's time of writing.
    """

    notification_id: str
    user_id: str
    title: str
    message: str
    type: str
    read: bool = False
    race_id: str | None = None
    entrant_id: str | None = None
    rule_id: str | None = None
    value: float | None = None
    previous_value: float | None = None
    threshold: float | None = None
    event_timestamp: datetime
    created_at: datetime
