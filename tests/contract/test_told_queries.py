"""What a status tells of the alerts: the rules, and the newest of what people were told on the racing day."""

import sqlite3
from collections.abc import Iterator

import pytest

from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.status import AlertsStatus, ToldAlert
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.told_queries import read_alerts
from tests.alerting import rule, six_bands
from tests.builders import NOW, later


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in create_statements():
        connection.execute(statement)
    yield connection
    connection.close()


def told(number: int, seconds: float) -> Notification:
    at = later(seconds, NOW)
    return Notification(
        notification_id=f"told-{number}",
        user_id="ann",
        title="t",
        message=f"message {number}",
        type="odds_below",
        race_id="race-1",
        rule_id="rule-1",
        event_timestamp=at,
        created_at=at,
    )


def test_where_nobody_was_told_anything(store: sqlite3.Connection) -> None:
    assert read_alerts(store, NOW, 0) == AlertsStatus(rules=0, invalid=0, today=0, newest=())


def test_the_newest_ten_of_the_racing_day_come_first(store: sqlite3.Connection) -> None:
    write(store, [*six_bands(), rule("scratched", None)])
    # What a refill brought back lies after what is older and before what is newer.
    seconds = [-86_400, -50, -40, -30, -20, -10, -100, -90, -80, -70, -60, -5, -4]
    write(store, [told(number, at) for number, at in enumerate(seconds)])
    alerts = read_alerts(store, NOW, 2)
    assert (alerts.rules, alerts.invalid, alerts.today) == (7, 2, 12)
    assert [one.message for one in alerts.newest] == [
        f"message {number}" for number in (12, 11, 5, 4, 3, 2, 1, 10, 9, 8)
    ]
    assert alerts.newest[0] == ToldAlert(
        at=later(-4, NOW),
        user_id="ann",
        type="odds_below",
        message="message 12",
        race_id="race-1",
        rule_id="rule-1",
    )


def test_of_a_day_that_is_over_nothing_is_told(store: sqlite3.Connection) -> None:
    write(store, [told(number, -86_400) for number in range(3)])
    assert read_alerts(store, NOW, 0).today == 0
    assert read_alerts(store, NOW, 0).newest == ()
