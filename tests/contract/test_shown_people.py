"""What the site reads of people's own, however much there is of it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from raceday_daemon.store.shown_people import read_alerts_page, read_new_alerts
from raceday_daemon.store.working_store import FILE_NAME
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
