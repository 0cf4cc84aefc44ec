"""What goes to Appwrite in one go, and in how many requests."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.appwrite.operations import ROWS_AN_OPERATION, operations_of
from raceday_daemon.appwrite.parcel import MOST_CHARACTERS, MOST_RACES, MOST_ROWS, parcel
from raceday_daemon.store import schema
from raceday_daemon.store.outbox import Entry
from raceday_daemon.store.schema import Table

NOW = datetime(2025, 7, 17, tzinfo=UTC)
MARKET = [
    schema.RACES,
    schema.ENTRANTS,
    schema.RACE_POOLS,
    schema.RACE_RESULTS,
    schema.ODDS_HISTORY,
    schema.MONEY_FLOW_HISTORY,
    schema.BIG_BETS,
]


def entry(table: Table, position: int, row_id: str) -> Entry:
    return Entry(table, row_id, position, is_patient=False, queued_at=NOW)


def change_set(position: int, *tables: Table) -> list[Entry]:
    return [entry(table, position, f"{position}-{number}") for number, table in enumerate(tables)]


def rows_of(entries: list[Entry], text: str = "") -> dict[tuple[str, str], dict[str, str | int | float | None]]:
    return {one.key: {"name": text} for one in entries}


def chosen(entries: list[Entry], text: str = "") -> list[Entry]:
    return [one.entry for one in parcel(entries, rows_of(entries, text))]


def test_the_tables_of_a_change_set_go_in_the_order_in_which_they_lean_on_each_other() -> None:
    entries = change_set(1, *MARKET)
    assert [one.table.name for one in chosen(entries)] == [
        "race-results",
        "entrants",
        "race-pools",
        "odds-history",
        "money-flow-history",
        "big-bets",
        "races",
    ]


def test_a_row_that_is_gone_is_left_out() -> None:
    entries = change_set(1, schema.ENTRANTS, schema.ENTRANTS)
    assert [one.entry for one in parcel(entries, rows_of(entries[:1]))] == entries[:1]


def test_change_sets_are_taken_whole_up_to_the_most_rows() -> None:
    entries = [one for position in range(1, 12) for one in change_set(position, *[schema.ENTRANTS] * 99)]
    assert len(chosen(entries)) == MOST_ROWS // 99 * 99


def test_fewer_rows_at_once_keep_change_sets_whole_too() -> None:
    entries = [one for position in range(1, 12) for one in change_set(position, *[schema.ENTRANTS] * 99)]
    assert len(parcel(entries, rows_of(entries), 250)) == 2 * 99


def test_one_change_set_that_is_too_much_alone_is_cut() -> None:
    entries = change_set(1, *[schema.ENTRANTS] * (MOST_ROWS + 5))
    assert len(chosen(entries)) == MOST_ROWS


def test_races_are_bounded_since_each_is_an_operation() -> None:
    entries = [one for position in range(1, 200) for one in change_set(position, schema.RACES)]
    assert len(chosen(entries)) == MOST_RACES


def test_long_texts_are_bounded_and_a_single_row_always_goes() -> None:
    entries = [one for position in range(1, 9) for one in change_set(position, schema.RACE_RESULTS)]
    assert len(chosen(entries, "x" * (MOST_CHARACTERS // 2))) == 2
    assert len(chosen(entries, "x" * (MOST_CHARACTERS * 2))) == 1


@given(
    st.lists(st.tuples(st.integers(0, 3), st.lists(st.sampled_from(MARKET), max_size=150)), max_size=12),
    st.integers(0, 3),
)
def test_whatever_waits_all_of_it_goes_in_order_and_never_too_much_at_once(
    sets: list[tuple[int, list[Table]]], meetings: int
) -> None:
    """Parcel after parcel is taken until nothing is left."""
    waiting = [entry(schema.MEETINGS, 999, f"m{number}") for number in range(meetings)]
    waiting += [one for position, (_, tables) in enumerate(sets, 1) for one in change_set(position, *tables)]
    sent: list[Entry] = []
    while waiting:
        now = chosen(waiting)
        assert 0 < len(now) <= MOST_ROWS
        operations = operations_of(parcel(waiting, rows_of(waiting)))
        assert len(operations) <= 100
        assert all(len(operation.rows) <= (1 if operation.is_single else ROWS_AN_OPERATION) for operation in operations)
        assert sorted(one.entry.key for operation in operations for one in operation.rows) == sorted(
            one.key for one in now
        )
        sent += now
        waiting = [one for one in waiting if one not in now]
    assert [one.table for one in sent[:meetings]] == [schema.MEETINGS] * meetings
    positions = [one.position for one in sent[meetings:]]
    assert positions == sorted(positions)


@pytest.mark.parametrize("runners", [5, 8, 14, 24, 40])
def test_one_poll_of_any_field_is_ten_operations_at_most_so_one_transaction(runners: int) -> None:
    tables = [schema.RACES, schema.RACE_POOLS, schema.RACE_RESULTS, schema.BIG_BETS]
    tables += [schema.ENTRANTS, schema.MONEY_FLOW_HISTORY, *[schema.ODDS_HISTORY] * 4] * runners
    one = change_set(1, *tables)
    assert len(operations_of(parcel(one, rows_of(one)))) <= 10
