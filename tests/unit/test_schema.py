"""The declared tables against the contract: what the model holds, what the file is made of, how values are spelled."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest

from raceday_daemon.model.alerts import AlertRule, Notification
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet, MoneyFlowPoint, OddsPoint, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.store import schema
from raceday_daemon.store.ddl import LOCAL_TABLES, create_statements
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.rows import day_text, instant_text, read_instant, snake_case
from raceday_daemon.store.schema import TABLES, Kind, Table
from tests.builders import START, big_bet, entrant, meeting, money_point, race, results

STORED: dict[type[Any], Table] = {
    Meeting: schema.MEETINGS,
    Race: schema.RACES,
    Entrant: schema.ENTRANTS,
    RacePools: schema.RACE_POOLS,
    RaceResults: schema.RACE_RESULTS,
    OddsPoint: schema.ODDS_HISTORY,
    MoneyFlowPoint: schema.MONEY_FLOW_HISTORY,
    BigBet: schema.BIG_BETS,
    AlertRule: schema.USER_ALERT_CONFIGS,
    Notification: schema.NOTIFICATIONS,
}
ID_FIELDS = {BigBet: {"bet_id"}, AlertRule: {"rule_id"}, Notification: {"notification_id"}}
"""Fields that are the row's id and have no column besides."""
MAY_BE_NULL = {
    ("meetings", "categoryName"),
    ("odds-history", "timeToStartSeconds"),
    ("money-flow-history", "timeToStart"),
    ("money-flow-history", "intervalType"),
    ("race-results", "photoFinish"),
    ("race-results", "stewardsInquiry"),
}
"""Columns that may be null by the contract, though our own records always have a value for them."""
SQLITE_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.LONG_TEXT: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.FLOAT: "REAL",
    Kind.BOOLEAN: "INTEGER",
    Kind.INSTANT: "TEXT",
}

stored = pytest.mark.parametrize(("record", "table"), STORED.items(), ids=lambda value: getattr(value, "name", None))
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
local_table = pytest.mark.parametrize("table", LOCAL_TABLES, ids=lambda table: table.name)


@pytest.fixture
def file() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in create_statements():
            connection.execute(statement)
        yield connection


def kinds(hint: Any) -> set[type[Any]]:
    return set(getattr(hint, "__args__", (hint,)))


@stored
def test_every_field_of_a_record_has_a_column_and_every_column_a_field(record: type[Any], table: Table) -> None:
    names = {field.name for field in fields(record)}
    assert {snake_case(column.repeats or column.name) for column in table.columns} == names - ID_FIELDS.get(
        record, set()
    )


@stored
def test_a_column_is_required_exactly_where_the_record_always_has_a_value(record: type[Any], table: Table) -> None:
    hints = get_type_hints(record)
    fields_of = {column.name: snake_case(column.repeats or column.name) for column in table.columns}
    always = {name for name, field in fields_of.items() if type(None) not in kinds(hints[field])}
    required = {column.name for column in table.columns if column.required}
    copies = {column.name for column in table.columns if column.repeats}
    assert required <= always
    assert always - required - copies == {name for table_name, name in MAY_BE_NULL if table_name == table.name}


@stored
def test_a_column_holds_the_kind_of_value_that_the_record_has(record: type[Any], table: Table) -> None:
    by_type = {str: "sT", int: "i", float: "f", bool: "b", datetime: "t", date: "t"}
    hints = get_type_hints(record)
    for column in table.columns:
        (kind,) = kinds(hints[snake_case(column.repeats or column.name)]) - {type(None)}
        assert column.kind.value in by_type[kind], column.name


@every_table
def test_columns_and_indexes_are_declared_once_and_refer_to_columns_that_exist(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert "id" not in names
    assert {name for index in table.indexes for name in index} <= set(names)
    assert {column.repeats for column in table.columns if column.repeats} <= set(names)
    assert all(column.size for column in table.columns if column.kind in (Kind.TEXT, Kind.LONG_TEXT))
    assert not any(column.size for column in table.columns if column.kind not in (Kind.TEXT, Kind.LONG_TEXT))


def test_the_working_store_has_every_table_but_those_that_only_appwrite_keeps(file: sqlite3.Connection) -> None:
    assert {table.name for table in TABLES} - {table.name for table in LOCAL_TABLES} == {
        "function-locks",
        "schema-version",
    }
    found = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {table.sqlite_name for table in LOCAL_TABLES} <= found
    assert not any("-" in name for name in found)


def test_every_table_is_strict(file: sqlite3.Connection) -> None:
    strict = {name: is_strict for _, name, _, _, _, is_strict in file.execute("PRAGMA table_list")}
    assert {name for name, is_strict in strict.items() if not is_strict} == {"sqlite_schema", "sqlite_temp_schema"}


@local_table
def test_the_file_has_the_declared_columns(file: sqlite3.Connection, table: Table) -> None:
    found = file.execute(f'PRAGMA table_info("{table.sqlite_name}")').fetchall()
    assert [(name, kind, bool(not_null)) for _, name, kind, not_null, _, _ in found] == [
        ("id", "TEXT", True),
        *((column.name, SQLITE_TYPES[column.kind], column.required) for column in table.columns),
    ]
    assert [name for _, name, _, _, _, key in found if key] == ["id"]


@local_table
def test_the_file_has_the_declared_indexes_and_no_unique_one(file: sqlite3.Connection, table: Table) -> None:
    indexes = file.execute(f'PRAGMA index_list("{table.sqlite_name}")').fetchall()
    made = [(name, unique) for _, name, unique, origin, _ in indexes if origin == "c"]
    columns = {tuple(name for _, _, name in file.execute(f'PRAGMA index_info("{index}")')) for index, _ in made}
    assert columns == set(table.indexes)
    assert not any(unique for _, unique in made)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2025, 7, 17, tzinfo=UTC), "2025-07-17T00:00:00.000Z"),
        (datetime(2025, 7, 17, 10, 48, 11, 805_562, tzinfo=UTC), "2025-07-17T10:48:11.805Z"),
        (datetime(2025, 7, 17, 12, 50, 0, 999_999, tzinfo=timezone(timedelta(hours=12))), "2025-07-17T00:50:00.999Z"),
        (datetime(2025, 1, 1, 12, tzinfo=timezone(timedelta(hours=13))), "2024-12-31T23:00:00.000Z"),
    ],
)
def test_an_instant_is_kept_as_utc_with_milliseconds_and_z(instant: datetime, text: str) -> None:
    assert instant_text(instant) == text
    assert read_instant(text) == instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    assert read_instant(text).utcoffset() == timedelta(0)


def test_texts_of_instants_sort_as_the_instants_do() -> None:
    instants = [datetime(2025, 7, 17, tzinfo=UTC) + timedelta(milliseconds=7 * step**3) for step in range(50)]
    assert sorted(map(instant_text, instants)) == list(map(instant_text, instants))


def test_a_meetings_date_is_its_calendar_label_at_midnight_utc(file: sqlite3.Connection) -> None:
    write(file, [meeting(date=date(2025, 12, 31))])
    assert file.execute("SELECT date FROM meetings").fetchall() == [("2025-12-31T00:00:00.000Z",)]
    assert day_text(date(2025, 12, 31)) == "2025-12-31T00:00:00.000Z"


def test_booleans_are_kept_as_0_and_1_and_unknown_ones_as_null(file: sqlite3.Connection) -> None:
    write(file, [entrant(1, is_scratched=True), entrant(2, is_scratched=False), entrant(3)])
    assert file.execute("SELECT isScratched FROM entrants ORDER BY runnerNumber").fetchall() == [(1,), (0,), (None,)]


def test_instants_are_kept_as_text_with_milliseconds_and_z(file: sqlite3.Connection) -> None:
    write(file, [race(imported_at=datetime(2025, 7, 17, 1, 2, 3, 456_789, tzinfo=UTC))])
    assert file.execute("SELECT startTime, importedAt, withdrawnAt FROM races").fetchall() == [
        ("2025-07-17T00:50:00.000Z", "2025-07-17T01:02:03.456Z", None)
    ]


def test_links_repeat_the_id_that_they_lead_to(file: sqlite3.Connection) -> None:
    point = OddsPoint(
        entrant_id="runner-1",
        race_id="race-1",
        type="fixed_win",
        odds=2.5,
        event_timestamp=START,
        time_to_start_seconds=0,
    )
    write(file, [meeting(), race(), entrant(), results(), big_bet(), point, money_point()])
    assert file.execute("SELECT id, raceId, meeting, meetingId FROM races").fetchall() == [
        ("race-1", "race-1", "meeting-1", "meeting-1")
    ]
    assert file.execute("SELECT id, entrantId, race, raceId FROM entrants").fetchall() == [
        ("runner-1", "runner-1", "race-1", "race-1")
    ]
    assert file.execute("SELECT id, race, raceId FROM race_results").fetchall() == [("race-1", "race-1", "race-1")]
    assert file.execute("SELECT entrant, entrantId, raceId FROM odds_history").fetchall() == [
        ("runner-1", "runner-1", "race-1")
    ]
    assert file.execute("SELECT entrant, entrantId, raceId FROM money_flow_history").fetchall() == [
        ("runner-1", "runner-1", "race-1")
    ]
    assert file.execute("SELECT raceType, categoryName FROM meetings").fetchall() == [
        ("Thoroughbred Horse Racing", "Thoroughbred Horse Racing")
    ]
    assert file.execute("SELECT id, raceId FROM big_bets").fetchall() == [("bet-1", "race-1")]


def test_a_required_column_refuses_null_and_a_strict_one_the_wrong_kind(file: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        write(file, [race(status=None)])
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in INTEGER column"):
        write(file, [race(race_number="first")])
