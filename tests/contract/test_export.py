"""A table as text: all of it or a racing day of it, in order, page by page, beside a writer or alone."""

import asyncio
import io
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.copies import export_to_stdout
from raceday_daemon.exports.forms import Form
from raceday_daemon.exports.pages import PAGE_ROWS
from raceday_daemon.exports.tables import EXPORTED
from raceday_daemon.exports.writing import ExportWish, write_export
from raceday_daemon.model.errors import FileRefusedError, StoreError
from raceday_daemon.ops.stoppable import CutOffError, Stopping
from raceday_daemon.store.ddl import LOCAL_TABLES
from raceday_daemon.store.records import open_records
from tests.alerting import rule
from tests.builders import START, big_bet, later, money_point, race
from tests.copied_folders import filled, look_record
from tests.delivery_bench import notification

DAY, NEXT = date(2025, 7, 17), date(2025, 7, 18)
EVENING = datetime(2025, 7, 17, 12, 30, tzinfo=UTC)
"""Half an hour past midnight in Auckland."""


def exported(folder: Path, table: str, *days: date) -> list[dict[str, Any]]:
    out = io.BytesIO()
    rows = write_export(folder, ExportWish(EXPORTED[table], days, Form.JSONL), out, Stopping())
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(found) == rows
    return found


def ids(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Races of two days, one of them without its day, and what belongs to each, or to none."""
    folder = filled(
        tmp_path_factory.mktemp("two") / "data",
        race(),
        race(race_id="race-2", start_time=later(600, START), race_date_nz="2025-07-17"),
        race(race_id="next", start_time=later(86_400, START), race_date_nz="2025-07-18"),
        race(race_id="undated", start_time=EVENING, race_date_nz=None),
        big_bet("bet-late", placed_at=later(60)),
        big_bet("bet-early", placed_at=later(-60)),
        big_bet("bet-next", race_id="next"),
        money_point(race_id="race-2", time_interval=5, event_timestamp=later(30)),
        money_point(race_id="race-2", time_interval=5, event_timestamp=later(10)),
        money_point(race_id="race-2", time_interval=20, event_timestamp=later(5)),
        notification(1, race_id="race-1", created_at=EVENING),
        notification(2, race_id=None, created_at=EVENING),
        notification(3, race_id="forgotten", created_at=START),
        rule(rule_id="of-race", race="race-2", created_at=EVENING),
        rule(rule_id="of-all", created_at=START),
        rule(rule_id="of-no-time"),
    )

    async def more_records() -> None:
        ops = await open_records(folder)
        await ops.add_polls(
            [
                look_record("next", EVENING),
                look_record("race-2", later(30)),
                look_record("race-2", later(15)),
                look_record("forgotten", later(20)),
                look_record("forgotten", EVENING),
            ]
        )
        await ops.close()

    asyncio.run(more_records())
    return folder


def test_every_table_of_the_store_and_the_records_can_be_exported(folder: Path) -> None:
    assert list(EXPORTED) == [
        *("meetings", "races", "entrants", "odds-history", "money-flow-history", "race-pools", "race-results"),
        *("big-bets", "user-alert-configs", "notifications", "polls", "job-runs"),
    ]
    assert {table.name for table in LOCAL_TABLES} == EXPORTED.keys() - {"polls", "job-runs"}
    for name, table in EXPORTED.items():
        with closing(sqlite3.connect(folder / table.file)) as connection:
            (count,) = connection.execute(f'SELECT count(*) FROM "{table.sqlite_name}"').fetchone()
        assert len(exported(folder, name)) == count, name


def test_columns_are_those_of_the_table_and_booleans_are_such(folder: Path) -> None:
    (first, *_) = exported(folder, "user-alert-configs")
    assert list(first)[:3] == ["id", "userId", "enabled"]
    assert first["enabled"] is True


def test_a_race_is_of_its_own_day_or_of_that_of_its_start(folder: Path) -> None:
    assert ids(exported(folder, "races", DAY)) == ["race-1", "race-2"]
    assert ids(exported(folder, "races", NEXT)) == ["undated", "next"], "the soonest first"
    assert ids(exported(folder, "meetings", DAY)) == ["meeting-1"]
    assert exported(folder, "meetings", NEXT) == []


def test_what_a_race_has_is_of_its_day_race_by_race_in_the_order_of_time(folder: Path) -> None:
    assert {row["raceId"] for row in exported(folder, "odds-history", DAY)} == {"race-1"}
    assert ids(exported(folder, "big-bets", DAY)) == ["bet-early", "bet-late"]
    assert ids(exported(folder, "big-bets", NEXT)) == ["bet-next"]
    money = [row for row in exported(folder, "money-flow-history", DAY) if row["raceId"] == "race-2"]
    assert [row["timeInterval"] for row in money] == [20, 5, 5]
    assert {row["raceId"] for row in exported(folder, "race-pools", DAY)} == {"race-1"}
    assert [row["runnerNumber"] for row in exported(folder, "entrants", DAY)] == [1, 2]


def test_what_people_have_is_of_its_races_day_or_of_its_own_instants(folder: Path) -> None:
    assert sorted(ids(exported(folder, "notifications", DAY))) == ["told-1", "told-3"]
    assert ids(exported(folder, "notifications", NEXT)) == ["told-2"]
    assert sorted(ids(exported(folder, "user-alert-configs", DAY))) == ["of-all", "of-race"]
    assert exported(folder, "user-alert-configs", NEXT) == []


def test_looks_are_of_their_races_day_and_those_of_races_that_are_gone_of_their_own(folder: Path) -> None:
    def of(day: date) -> list[tuple[str, str]]:
        return [(row["race_id"], row["began_at"][11:19]) for row in exported(folder, "polls", day)]

    assert of(DAY) == [
        ("race-1", "00:40:01"),
        ("race-2", "00:40:15"),
        ("race-2", "00:40:30"),
        ("forgotten", "00:40:20"),
    ]
    assert of(NEXT) == [("next", "12:30:00"), ("forgotten", "12:30:00")]


def test_a_range_is_its_days_one_after_the_other(folder: Path) -> None:
    both = [*exported(folder, "races", DAY), *exported(folder, "races", NEXT)]
    assert exported(folder, "races", DAY, NEXT) == both


def bulk(folder: Path, count: int) -> None:
    """Add prices of one race, many of one instant."""
    row = "INSERT INTO odds_history VALUES (?, 'e', 'e', 'race-1', 'fixed_win', ?, ?, NULL)"
    with closing(sqlite3.connect(folder / "raceday.db")) as connection, connection:
        instants = [
            f"2025-07-17T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000Z" for number in range(50)
        ]
        values = ((f"bulk-{number}", number / 4, instants[number * 7 % 50]) for number in range(count))
        connection.executemany(row, values)


@pytest.mark.parametrize("days", [(), (DAY,)])
def test_many_pages_give_each_row_once_in_order(tmp_path: Path, days: tuple[date, ...]) -> None:
    folder = filled(tmp_path / "data", race(race_date_nz="2025-07-17"))
    bulk(folder, 2 * PAGE_ROWS + 17)
    rows = exported(folder, "odds-history", *days)
    assert len(set(ids(rows))) == len(rows) == 2 * PAGE_ROWS + 17 + 2
    if days:
        assert [row["eventTimestamp"] for row in rows] == sorted(row["eventTimestamp"] for row in rows)


def test_nothing_is_held_between_pages_and_what_comes_meanwhile_does_no_harm(tmp_path: Path) -> None:
    folder = filled(tmp_path / "data", race(race_date_nz="2025-07-17"))
    bulk(folder, 3 * PAGE_ROWS)

    class Out(io.BytesIO):
        def write(self, text: Any) -> int:
            with closing(sqlite3.connect(folder / "raceday.db", isolation_level=None)) as writer:
                writer.execute("UPDATE odds_history SET odds = odds + 1 WHERE id = 'bulk-1'")
                # A reader that is still at it would be in the way of this.
                assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
            return super().write(text)

    out = Out()
    wish = ExportWish(EXPORTED["odds-history"], (DAY,), Form.CSV)
    assert write_export(folder, wish, out, Stopping()) == 3 * PAGE_ROWS + 2


def test_it_stops_between_pages_when_told_to(folder: Path) -> None:
    stopping = Stopping()
    stopping.wish()
    with pytest.raises(CutOffError):
        write_export(folder, ExportWish(EXPORTED["races"], (), Form.CSV), io.BytesIO(), stopping)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no raceday\.db"):
        exported(tmp_path, "races")


def test_three_hundred_thousand_rows_take_no_more_memory_than_three(tmp_path: Path) -> None:
    folder = filled(tmp_path / "data", race(race_date_nz="2025-07-17"))
    few = peak_mb(folder, tmp_path / "few.csv")
    bulk(folder, 300_000)
    many = peak_mb(folder, tmp_path / "many.csv")
    with (tmp_path / "many.csv").open("rb") as file:
        assert sum(1 for _ in file) == 300_000 + 2 + 1
    assert many < few + 15


def peak_mb(folder: Path, out: Path) -> float:
    """Export by the real command; give the most memory that its process had."""
    command = (sys.executable, "-m", "raceday_daemon", "export", "--table", "odds-history", "--format", "csv")
    with out.open("wb") as file:
        environment = {**os.environ, "RACEDAY_DATA_DIR": str(folder)}
        pid = os.posix_spawn(
            sys.executable,
            [*command, "--date", "2025-07-17"],
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, file.fileno(), 1)],
        )
        _, status, usage = os.wait4(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return usage.ru_maxrss / 1024


def test_without_a_stdout_it_is_said_that_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(FileRefusedError, match="--output"):
        export_to_stdout(folder, ExportWish(EXPORTED["races"], (), Form.CSV))
