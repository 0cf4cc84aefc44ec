"""Rules written and removed by people's own wish, in a transaction: what the commands and the page do."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from sqlite3 import Connection
from typing import Final

from raceday_daemon.alerting.faults import faults, garbled, needless
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.errors import RuleRefusedError
from raceday_daemon.store.alert_rules import missing_here
from raceday_daemon.store.mirror import remove_with_entry
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.race_queries import read_one, write
from raceday_daemon.store.schema import USER_ALERT_CONFIGS

_SHOWN: Final = ("color", "display_order", "is_default", "audible_alerts_enabled")


class Outcome(StrEnum):
    """What came of a wish for a rule."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Addition:
    """A rule as it is stored now, and what that took."""

    rule: AlertRule
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed: the rule, where it `was_here`; `waited` says that it was still to be sent."""

    was_here: bool
    waited: bool


def add_rule(connection: Connection, rule: AlertRule, now: datetime, sending: Sending | None = None) -> Addition:
    """Write a rule, and queue it where rows are sent on; one that stands so already is left as it is.

    Make it with `alerting.new_rule`. A rule of its id that has another cooldown or channel, or is disabled, becomes as
    this one is. Raises RuleRefusedError with every reason why it could never be told of anything, or not as it says.
    """
    if reasons := garbled(rule) or faults(rule) or needless(rule) or missing_here(connection, rule):
        raise RuleRefusedError(reasons)
    before = read_one(connection, AlertRule, rule.rule_id)
    wished = _kept(before, rule) if before else replace(rule, created_at=now)
    if wished == before:
        return Addition(before, Outcome.UNCHANGED)
    written = replace(wished, last_updated=now)
    write(connection, [written], sending)
    return Addition(written, Outcome.CHANGED if before else Outcome.ADDED)


def remove_rule(connection: Connection, rule_id: str) -> Removal:
    """Remove a rule or a band, also from what waits to be sent.

    Where rows go to Appwrite it would come back from there: `appwrite.rule_removal` removes it in both places.
    """
    return Removal(*remove_with_entry(connection, USER_ALERT_CONFIGS, rule_id))


def _kept(before: AlertRule, rule: AlertRule) -> AlertRule:
    """Give a rule with what a front end has noted of it: how it shows it is no wish of ours."""
    shown = {name: getattr(before, name) for name in _SHOWN if getattr(rule, name) is None}
    return replace(rule, created_at=before.created_at, last_updated=before.last_updated, **shown)
