"""docs/data.md is what the files are: every table, column, type and index, and examples whose figures come true."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from raceday_daemon.cadence.racing_day import AUCKLAND, racing_day
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.market.shares import hold_shares, odds_shares, pool_amount, trend_shares
from raceday_daemon.store.ddl import LOCAL_TABLES, create_statements
from raceday_daemon.store.records import open_records
from raceday_daemon.store.schema import TABLES, Kind, Table
from tests.builders import entrant, later, minutes_before
from tests.papers import ROOT

PAGE = (ROOT / "docs" / "data.md").read_text()
SQLITE_TYPES = {"s": "TEXT", "t": "TEXT", "i": "INTEGER", "f": "REAL"}


def section(heading: str) -> str:
    """Give what stands below a heading, up to the next one."""
    found: list[str] = re.findall(rf"^##+ {heading}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{heading} is described {len(found)} times"
    return found[0]


def columns(heading: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| (\w+) \| ([a-zA-Z]\d*\*?) \|", section(heading), re.MULTILINE)


def indexes(heading: str) -> list[tuple[str, ...]]:
    (line,) = re.findall(r"^Indexes: (.*)\.$", section(heading), re.MULTILINE) or [""]
    return [tuple(index.split(", ")) for index in re.findall(r"\(([^)]*)\)", line)]


def table_with(head: str) -> list[list[str]]:
    """Give the rows of the table that has this head, without the marks of bold and code."""
    (rows,) = re.findall(rf"^\| {re.escape(head)} \|[^\n]*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip(" *`") for cell in row.strip("|").split("|")] for row in rows.splitlines()]


@pytest.fixture
def store() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in create_statements():
            connection.execute(statement)
        yield connection


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_public_table_is_listed_with_each_column_its_type_and_its_indexes(table: Table) -> None:
    assert columns(table.name) == [
        (column.name, f"{column.kind}{column.size if column.kind is Kind.TEXT else ''}{'*' if column.required else ''}")
        for column in table.columns
    ]
    assert indexes(table.name) == list(table.indexes)


def assert_listed(file: sqlite3.Connection, below: str, known: set[str]) -> None:
    """Hold the tables of a file that are not known otherwise to those listed below a heading."""
    part = PAGE.split(f"\n## {below}\n")[1].split("\n## ")[0]
    tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")} - known
    assert set(re.findall(r"^### (\w+)$", part, re.MULTILINE)) == tables
    for table in tables:
        found = file.execute(f"PRAGMA table_info({table})").fetchall()
        assert [name for name, _ in columns(table)] == [name for _, name, _, _, _, _ in found], table
        for (name, kind), (_, _, sqlite_type, not_null, _, _) in zip(columns(table), found, strict=True):
            assert (SQLITE_TYPES[kind[0]], kind.endswith("*")) == (sqlite_type, bool(not_null)), f"{table}.{name}"
        made = [name for _, name, _, origin, _ in file.execute(f"PRAGMA index_list({table})") if origin == "c"]
        listed = {tuple(name for _, _, name in file.execute(f"PRAGMA index_info({index})")) for index in made}
        assert set(indexes(table)) == listed, table


def test_the_tables_that_only_this_machine_has_are_listed(store: sqlite3.Connection) -> None:
    assert_listed(store, "On this machine alone", {table.sqlite_name for table in LOCAL_TABLES})


async def test_the_tables_of_ops_db_are_listed(tmp_path: Path) -> None:
    await (await open_records(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "ops.db")) as file:
        assert_listed(file, "ops.db", set())


def seconds(clock: str) -> float:
    minutes, rest = clock.split()[0].split(":")
    return int(minutes) * 60 + int(rest)


def cents(cell: str) -> int | None:
    return None if cell == "null" else int(cell)


def test_the_increments_of_the_example_are_those_that_are_stored(store: sqlite3.Connection) -> None:
    rows = table_with("time")
    assert len(rows) == 7
    for at, interval, amount, increment, _ in rows:
        look = minutes_before(seconds(at) / 60, win=cents(amount))
        commit_race(store, look, later(1, look.generated_time))
        (found,) = store.execute(
            "SELECT timeInterval, winPoolAmount, incrementalWinAmount FROM money_flow_history"
            " ORDER BY eventTimestamp DESC LIMIT 1"
        )
        assert found == (int(interval), cents(amount), cents(increment)), at
    total = re.search(r"^([\d +-]+) = (\d+)\.$", PAGE, re.MULTILINE)
    assert total
    assert sum(int(part) for part in re.findall(r"[+-]?\d+", total[1].replace(" ", ""))) == int(total[2])
    assert int(total[2]) == cents(rows[-1][2])


def test_the_prices_of_the_example_leave_the_rows_that_it_says(store: sqlite3.Connection) -> None:
    rows = table_with("before the start")
    assert len(rows) == 6
    for at, sent, stored in rows:
        runner = entrant(fixed_win_odds=None if sent == "null" else float(sent))
        look = minutes_before(seconds(at) / 60, entrants=(runner,))
        commit_race(store, look, later(1, look.generated_time))
        found = store.execute(
            "SELECT odds, timeToStartSeconds FROM odds_history WHERE eventTimestamp ="
            " (SELECT eventTime FROM looks WHERE id = 'race-1')"
        ).fetchall()
        assert found == ([] if stored == "none" else [(float(stored), int(seconds(at)))]), at


def test_the_racing_days_of_the_example_are_those_of_the_code() -> None:
    rows = table_with("instant (UTC)")
    assert len(rows) == 5
    for instant, in_auckland, day in rows:
        at = datetime.fromisoformat(instant)
        local = at.astimezone(AUCKLAND)
        assert racing_day(at).isoformat() == day
        assert f"{local.day} {local:%B, %H:%M} {local:%Z}" == in_auckland


def test_the_shares_of_the_example_are_those_of_the_code() -> None:
    derived = {}
    for method, sent, shares in table_with("method"):
        numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", sent)]
        named = {str(at): number for at, number in enumerate(numbers)}
        match method:
            case "tote_trends":
                total = numbers.pop()
                found = trend_shares({name: named[name] for name in list(named)[:-1]}, total)
            case "tote_odds":
                found = odds_shares(named)
            case _:
                found = hold_shares(named)
        told = [float(share) for share in shares.split(", ")]
        assert [round(share.percentage, 1) for share in found.values()][: len(told)] == told, method
        assert {share.method for share in found.values()} == {method}
        derived[method] = found
    said = re.search(r"the runner at 4\.40 has (\d+)\s+of a Win pool of (\d+) cents", PAGE)
    assert said
    assert pool_amount(derived["tote_odds"]["0"], int(said[2])) == int(said[1])
