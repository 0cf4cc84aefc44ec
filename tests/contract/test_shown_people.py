"""What the site reads of people's own, however much there is of it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from raceday_daemon.model.alerts import Notification
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.shown_people import read_alerts_page, read_new_alerts, read_users
from raceday_daemon.store.working_store import FILE_NAME
from tests.alerting import band, rule
from tests.builders import later
from tests.lived_day import lived_day


def plan(folder: Path, question: Callable[[Connection], Any]) -> list[str]:
    """Give SQLite's plan of a question's first statement."""
    asked: list[str] = []
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.set_trace_callback(asked.append)
        question(connection)
        connection.set_trace_callback(None)
        return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]


@pytest.mark.parametrize(
    "question",
    [lambda store: read_new_alerts(store, 10_000, 100), lambda store: read_alerts_page(store, None, 10_000, 50)],
    ids=["new ones", "a page"],
)
def test_of_all_that_people_were_told_the_part_that_is_asked_for_is_read(
    tmp_path: Path, question: Callable[[Connection], Any]
) -> None:
    (step,) = plan(lived_day(tmp_path / "data"), question)
    assert step.startswith("SEARCH notifications USING INTEGER PRIMARY KEY")


def test_what_a_band_told_says_so() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as store:
        for statement in create_statements():
            store.execute(statement)
        write(store, [band(5, 10, rule_id="band"), rule(rule_id="rule")])
        write(store, [told(rule_id) for rule_id in ("band", "rule", None)])
        lines, _ = read_alerts_page(store, None, None, 10)
        assert [(line.rule_id, line.of_band) for line in lines] == [(None, False), ("rule", False), ("band", True)]
        assert lines[::-1] == read_new_alerts(store, 0, 10)[0]


def test_those_who_have_rules_are_named_once_each_and_fifty_at_most() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as store:
        for statement in create_statements():
            store.execute(statement)
        assert read_users(store) == ()
        write(store, [rule(rule_id=f"rule {n}", user_id=f"user {n % 60:02}") for n in range(120)])
        assert read_users(store) == tuple(f"user {n:02}" for n in range(50))


def told(rule_id: str | None) -> Notification:
    return Notification(
        notification_id=f"of {rule_id}",
        user_id="user-1",
        title="t",
        message="m",
        type="money_flow",
        rule_id=rule_id,
        event_timestamp=later(0),
        created_at=later(1),
    )
