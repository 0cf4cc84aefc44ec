"""Between records and rows: ids, spellings, and one row a fact."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from raceday_daemon.model.changes import Record
from raceday_daemon.model.market import OddsPoint
from raceday_daemon.model.race import Race
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.race_queries import read_one, write
from raceday_daemon.store.rows import instant_text, layout, record_of, row_of, snake_case
from tests.builders import START, big_bet, entrant, meeting, money_point, pools, race, results

POINT = OddsPoint(
    entrant_id="runner-1", race_id="race-1", type="fixed_win", odds=2.5, event_timestamp=START, time_to_start_seconds=0
)


@pytest.fixture
def file() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in create_statements():
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("raceId", "race_id"),
        ("raceDateNz", "race_date_nz"),
        ("silkUrl64", "silk_url64"),
        ("first4PoolTotal", "first4_pool_total"),
        ("odds", "odds"),
    ],
)
def test_a_columns_field_has_its_name_in_snake_case(column: str, field: str) -> None:
    assert snake_case(column) == field


@pytest.mark.parametrize(
    ("record", "row_id"),
    [
        (meeting(), "meeting-1"),
        (race(), "race-1"),
        (entrant(7), "runner-7"),
        (pools(), "race-1"),
        (results(), "race-1"),
        (big_bet("bet-9"), "bet-9"),
    ],
)
def test_a_rows_id_is_the_sources_own_where_there_is_one(record: Record, row_id: str) -> None:
    assert row_of(record)[0] == row_id


def test_the_id_of_a_price_follows_from_entrant_type_and_time_alone() -> None:
    same = replace(POINT, odds=99.0, race_id="another", time_to_start_seconds=-5)
    assert row_of(same)[0] == row_of(POINT)[0]
    others = [
        replace(POINT, entrant_id="runner-2"),
        replace(POINT, type="fixed_place"),
        replace(POINT, event_timestamp=datetime(2025, 7, 17, 0, 50, 0, 1000, tzinfo=UTC)),
    ]
    ids = {str(row_of(point)[0]) for point in (POINT, *others)}
    assert len(ids) == 4
    assert all(row_id == row_id.lower() and len(row_id) == 36 for row_id in ids)


def test_the_id_of_a_money_point_follows_from_entrant_type_bucket_and_time_alone() -> None:
    point = money_point()
    same = money_point(win_pool_amount=5, race_id="another", time_to_start=-5, polling_timestamp=START)
    assert row_of(same)[0] == row_of(point)[0]
    others = [
        money_point(entrant_id="runner-2"),
        money_point(type="another"),
        money_point(time_interval=5),
        money_point(event_timestamp=START),
    ]
    assert len({row_of(one)[0] for one in (point, *others)}) == 5


def test_the_ids_of_history_stay_what_they_are_across_versions() -> None:
    assert row_of(POINT)[0] == "36c01211-06df-5c2e-88d7-e2135450eb51"
    assert row_of(money_point())[0] == "98a6ed3e-b1bb-52e2-ac9a-df62125f21aa"


def test_what_the_source_did_not_send_is_null(file: sqlite3.Connection) -> None:
    write(file, [race()])
    found = file.execute(layout(Race).select)
    names, row = [column[0] for column in found.description], found.fetchone()
    sent = {"id", "raceId", "meeting", "meetingId", "name", "raceNumber", "startTime", "status"}
    assert {name for name, value in zip(names, row, strict=True) if value is not None} == sent
    assert record_of(Race, row) == race()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (race(weather="Fine", protest=True), race(weather=None, protest=None)),
        (entrant(fixed_win_odds=2.5), entrant(fixed_win_odds=3.0, mover=False)),
        (big_bet(), big_bet(stake=200_000)),
    ],
)
def test_writing_a_record_again_replaces_its_row_whole(file: sqlite3.Connection, first: Any, second: Any) -> None:
    assert write(file, [first, second]) == 2
    row_id = str(row_of(first)[0])
    assert read_one(file, type(first), row_id) == second
    assert len(file.execute(layout(type(first)).select).fetchall()) == 1


def test_a_record_that_is_not_there_is_read_as_none(file: sqlite3.Connection) -> None:
    assert read_one(file, Race, "race-1") is None


def test_the_hour_that_auckland_has_twice_is_two_instants() -> None:
    summer = datetime(2026, 4, 5, 2, 30, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert instant_text(summer) == "2026-04-04T13:30:00.000Z"
    assert instant_text(summer.replace(fold=1)) == "2026-04-04T14:30:00.000Z"
