"""What a demo's made-up user is told of, so that alerts are seen as they fire."""

from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.alerting.bands import SIX_BANDS
from raceday_daemon.alerting.new_rule import new_rule
from raceday_daemon.model import alerts
from raceday_daemon.model.alerts import PERCENTAGE_RANGE, AlertRule
from raceday_daemon.model.ids import row_id
from raceday_daemon.store.rule_writing import add_rule

USER: Final = "demo"

# Few enough that no minute has more than ten of them: which ones are left out then would depend on which of two looks
# of one instant is committed first.
_WANTED: Final = (
    (alerts.ODDS_DRIFT, 20.0, 120),
    (alerts.FAVOURITE_CHANGED, None, None),
    (alerts.BIG_BET, 2_000.0, None),
    (alerts.SCRATCHED, None, None),
    (alerts.START_MOVED, None, None),
    (alerts.RACE_START, 60.0, None),
)
_LEAST_BAND: Final = 15


def demo_rules() -> list[AlertRule]:
    """Make the rules, each of every race, and the user's bands from 15 % on, of money and of shortening."""
    return [
        *(new_rule(user_id=USER, alert_type=kind, threshold=bound, window_seconds=s) for kind, bound, s in _WANTED),
        *(_band(one.minimum, one.maximum) for one in SIX_BANDS if one.minimum >= _LEAST_BAND),
    ]


def write_demo_rules(connection: Connection, now: datetime) -> None:
    """Write them into a demo's store."""
    for rule in demo_rules():
        add_rule(connection, rule, now)


def _band(minimum: float, maximum: float | None) -> AlertRule:
    return AlertRule(
        rule_id=row_id("alert band", USER, str(minimum)),
        user_id=USER,
        enabled=True,
        indicator_type=PERCENTAGE_RANGE,
        percentage_range_min=minimum,
        percentage_range_max=maximum,
    )
