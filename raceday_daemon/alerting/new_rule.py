"""A rule as somebody here wishes it: its id follows from what it asks for, so that the same wish twice is one rule."""

from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.ids import row_id


def new_rule(
    *,
    user_id: str,
    alert_type: str,
    threshold: float | None = None,
    entrant: str | None = None,
    race: str | None = None,
    window_seconds: int | None = None,
    cooldown_seconds: int | None = None,
    channel: str | None = None,
    enabled: bool = True,
) -> AlertRule:
    """Make a rule; its id is computed from who, what, where, threshold and window. Nothing is judged here.

    Cooldown, channel and whether it is enabled are how a rule is, and not which one it is.
    """
    return AlertRule(
        rule_id=_id_of(user_id, alert_type, threshold, entrant or race, window_seconds),
        user_id=user_id,
        enabled=enabled,
        alert_type=alert_type,
        threshold=threshold,
        entrant=entrant,
        race=race,
        window_seconds=window_seconds,
        cooldown_seconds=cooldown_seconds,
        channel=channel,
    )


def _id_of(
    user_id: str, alert_type: str, threshold: float | None, where: str | None, window_seconds: int | None
) -> str:
    """Give the id; a window that was left out is one of 0, and an entrant's race adds nothing to it."""
    of_type = RULE_TYPES.get(alert_type)
    window = window_seconds or 0 if of_type and of_type.has_window else None
    # 15 and 15.0 are one threshold.
    bound = None if threshold is None else float(threshold)
    described = (user_id, alert_type, where or "", _word(bound), _word(window))
    # What is no text has an id too: whoever judges the rule says what is wrong with it.
    return row_id("alert rule", *(word.encode(errors="backslashreplace").decode() for word in described))


def _word(number: float | None) -> str:
    return "" if number is None else repr(number)
