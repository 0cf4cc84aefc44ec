"""What a status tells of the alerts: the rules, and the newest of what people were told on the racing day."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from raceday_daemon.model.alerts import MORE_ALERTS, Notification
from raceday_daemon.model.status import AlertsStatus, ToldAlert
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.of_bands import told_by_bands
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.told_queries import read_alerts
from tests.alerting import band, rule, six_bands
from tests.builders import NOW, later


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in create_statements():
        connection.execute(statement)
    yield connection
    connection.close()


def told(number: int, seconds: float, **changes: Any) -> Notification:
    at = later(seconds, NOW)
    return Notification(
        **{
            "notification_id": f"told-{number}",
            "user_id": "ann",
            "title": "t",
            "message": f"message {number}",
            "type": "odds_below",
            "race_id": "race-1",
            "rule_id": "rule-1",
            "event_timestamp": at,
            "created_at": at,
            **changes,
        }
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


def test_what_bands_told_is_counted_and_hides_nothing_that_was_asked_for(store: sqlite3.Connection) -> None:
    write(store, [band(5, 10), rule("odds_below", 5, rule_id="rule-1", user_id="ann")])
    write(store, [told(0, -90), *(told(number, -60, rule_id="band-5") for number in range(1, 1_500))])
    alerts = read_alerts(store, NOW, 0)
    assert alerts.today == 1_500
    assert [one.message for one in alerts.newest] == ["message 0"]


def test_what_counts_the_rest_is_of_bands_where_its_user_has_nothing_else(store: sqlite3.Connection) -> None:
    bands = [band(5, 10, rule_id=f"band of {user}", user_id=user) for user in ("ann", "bob")]
    write(store, [*bands, rule("odds_below", 5, rule_id="rule-1", user_id="ann")])
    users = ["ann", "bob", "cid"]
    write(store, [told(n, -n, user_id=user, rule_id=None, type=MORE_ALERTS) for n, user in enumerate(users)])
    assert [one.user_id for one in read_alerts(store, NOW, 0).newest] == ["ann", "cid"]
    assert told_by_bands(store, ["told-0", "told-1", "told-2"]) == {"told-1"}
