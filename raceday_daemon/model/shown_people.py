"""What people are shown of their own: rules with what they watch, and what they were told."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule, or a band (`indicator_type` is `percentage_range`, with a range in percent in place of an `alert_type`).

    `threshold` is in the unit of its type; `entrant` and `race` are what it watches (both null: every race), and
    `race_label`, `entrant_name` how people call them. `faults` say why it is never told of anything, a sentence each.
    """

    rule_id: str
    user_id: str
    enabled: bool
    alert_type: str | None
    threshold: float | None
    entrant: str | None
    entrant_name: str | None
    race: str | None
    race_label: str | None
    window_seconds: int | None
    cooldown_seconds: int | None
    channel: str | None
    indicator_type: str | None
    percentage_range_min: float | None
    percentage_range_max: float | None
    color: str | None
    display_order: int | None
    is_default: bool | None
    audible_alerts_enabled: bool | None
    created_at: datetime | None
    last_updated: datetime | None
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleList:
    """Rules by user; `next` is where the following page begins (null: no more)."""

    rules: tuple[RuleLine, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """What one user was told. `type` is the rule's, or `more_alerts` for the one that counts those left out.

    `value` and `threshold` are in the unit of the type, `previous_value` is what the value was reckoned from.
    `event_timestamp` is the source's time of what happened, `created_at` this machine's of telling it. `race_label` is
    how people call the race: Awapuni R1. `of_band` says that one of the user's bands told it, which calls for nobody.
    """

    notification_id: str
    user_id: str
    title: str
    message: str
    type: str
    of_band: bool
    read: bool
    race_id: str | None
    race_label: str | None
    entrant_id: str | None
    rule_id: str | None
    value: float | None
    previous_value: float | None
    threshold: float | None
    event_timestamp: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertList:
    """What people were told, the newest first; `next` is where older ones begin (null: no more).

    `users` are those who have rules, by name, 50 at most.
    """

    alerts: tuple[AlertLine, ...]
    users: tuple[str, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRange:
    """Which thresholds make sense: from `least` to `most`, both in or both out; `optional` where none is needed."""

    least: float
    most: float
    ends_count: bool
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTypeLine:
    """A type of rules: what it measures, and what a rule of it takes.

    `unit` and `thresholds` are null where it takes no threshold. `has_window`: `window_seconds` counts. `while_open`:
    only while the race is Open. `of_runners`: a rule may watch one entrant. `cooldown_seconds` counts where a rule
    names none.
    """

    name: str
    measure: str
    unit: str | None
    thresholds: ThresholdRange | None
    has_window: bool
    while_open: bool
    of_runners: bool
    cooldown_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BandLine:
    """One of the six bands: from `minimum` percent up to, and without, `maximum` (null: open), and its colour."""

    minimum: float
    maximum: float | None
    color: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTypes:
    """The types of rules, the most seconds of a window or cooldown, and the six bands of percentages."""

    types: tuple[RuleTypeLine, ...]
    longest_seconds: int
    bands: tuple[BandLine, ...]
