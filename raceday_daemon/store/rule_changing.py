"""A stored rule changed by people's wish: whether it is on, and how it tells, but not which rule it is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from raceday_daemon.alerting.faults import faults
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.errors import RuleRefusedError
from raceday_daemon.store.outbox import Sending
from raceday_daemon.store.race_queries import read_one, write


def change_rule(
    connection: Connection, rule_id: str, changes: Mapping[str, Any], now: datetime, sending: Sending | None = None
) -> AlertRule | None:
    """Change fields of a rule or a band, and queue it where rows are sent on; give it as it is then, None for none.

    One that stands so already is left as it is. Raises RuleRefusedError where it would not be right afterwards, which
    one that is only switched off need not be.
    """
    try:
        before = read_one(connection, AlertRule, rule_id)
    except ValueError as error:
        raise RuleRefusedError((f"the row can't be read: {error}",)) from error
    if before is None:
        return None
    after = replace(before, **changes)
    if after.enabled and (reasons := faults(after)):
        raise RuleRefusedError(reasons)
    if after == before:
        return before
    written = replace(after, last_updated=now)
    write(connection, [written], sending)
    return written


def count_rules(connection: Connection) -> int:
    """Count the rules and bands of all users."""
    (number,) = connection.execute('SELECT count(*) FROM "user_alert_configs"').fetchone()
    return int(number)
