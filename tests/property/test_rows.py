"""What is written comes back as it was, for any record that the model can hold."""

import sqlite3
from contextlib import closing
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, get_type_hints
from uuid import uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.model.alerts import AlertRule, Notification
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.ids import NAMESPACE, row_id
from raceday_daemon.model.market import BigBet, MoneyFlowPoint, OddsPoint, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.race_queries import read_one, write
from raceday_daemon.store.rows import instant_text, read_instant, record_of, row_of

RECORDS = [Meeting, Race, Entrant, RacePools, RaceResults, BigBet, OddsPoint, MoneyFlowPoint, AlertRule, Notification]

INSTANTS = st.datetimes(timezones=st.timezones() | st.just(UTC), allow_imaginary=False).filter(
    lambda instant: 2 < instant.year < 9998
)
UTC_MILLISECONDS = st.datetimes(timezones=st.just(UTC)).map(
    lambda instant: instant.replace(microsecond=instant.microsecond // 1000 * 1000)
)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    datetime: UTC_MILLISECONDS,
    date: st.dates(),
    type(None): st.none(),
}


def records(record: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(record)
    return st.builds(
        record,
        **{
            field.name: st.one_of(
                [VALUES[kind] for kind in getattr(hints[field.name], "__args__", (hints[field.name],))]
            )
            for field in fields(record)
        },
    )


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_record_made_a_row_and_read_back_is_the_same(record: type[Any], data: st.DataObject) -> None:
    written = data.draw(records(record))
    assert record_of(record, row_of(written)) == written


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_record_survives_the_file(record: type[Any], data: st.DataObject) -> None:
    written = data.draw(records(record))
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in create_statements():
            connection.execute(statement)
        write(connection, [written, written])
        assert read_one(connection, record, str(row_of(written)[0])) == written


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_rows_id_is_the_uuid5_of_what_it_describes(described: list[str]) -> None:
    assert row_id(*described) == str(uuid5(NAMESPACE, "\x1f".join(described)))


@given(INSTANTS)
def test_an_instant_keeps_its_milliseconds_wherever_its_clock_stands(instant: datetime) -> None:
    read = read_instant(instant_text(instant))
    assert 0 <= (instant - read).total_seconds() < 0.001
    assert instant_text(read) == instant_text(instant)


@given(INSTANTS, INSTANTS)
def test_texts_of_instants_sort_as_the_instants_do(one: datetime, other: datetime) -> None:
    earlier, later = sorted((one.astimezone(UTC), other.astimezone(UTC)))
    assert instant_text(earlier) <= instant_text(later)
