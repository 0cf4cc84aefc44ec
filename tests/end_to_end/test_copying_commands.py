"""backup, restore and export as processes: stopped, without room, in a pipe, and a daemon on what was restored."""

import asyncio
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Ended, raceday
from tests.copied_folders import filled, left_in
from tests.end_to_end.beside import MOST_SECONDS, end_of, limited, run_once, until
from tests.end_to_end.daemon import running_daemon
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY
from tests.workbench import dump, keep_meetings, rows

WORKSHOP = ".raceday-backup.partial"


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """A data folder with a race."""
    return filled(tmp_path / "data")


def make_large(folder: Path) -> None:
    """Add rows that take a while to be copied."""
    with closing(sqlite3.connect(folder / "raceday.db")) as store, store:
        values = ((f"bulk-{number}", os.urandom(100).hex()) for number in range(200_000))
        store.executemany("INSERT INTO looks VALUES (?, ?, NULL)", values)


async def started(
    *arguments: str, python: tuple[str, ...] = (sys.executable,), **environment: str
) -> asyncio.subprocess.Process:
    command = (*python, "-m", "raceday_daemon", *arguments)
    ours = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=ours)


async def test_from_backup_to_a_daemon_on_what_was_restored(tmp_path: Path, recorded_source: RecordedSource) -> None:
    keep_meetings(recorded_source, "Awapuni Synthetic")
    day, target, again = tmp_path / "data", tmp_path / "raceday.tar.gz", tmp_path / "again"
    assert (await run_once("all", recorded_source, day)).status == 0
    backed_up = await raceday("backup", str(target), RACEDAY_DATA_DIR=str(day))
    assert (backed_up.status, backed_up.err) == (0, "")
    assert DAY in backed_up.out
    assert backed_up.out.startswith("backup ")
    twice = await raceday("backup", str(target), RACEDAY_DATA_DIR=str(day))
    assert (twice.status, "--force" in twice.err) == (2, True)
    put_back = await raceday("restore", str(target), RACEDAY_DATA_DIR=str(again))
    assert (put_back.status, put_back.err) == (0, "")
    assert dump(again / "raceday.db")["entrants"] == dump(day / "raceday.db")["entrants"]
    async with running_daemon(recorded_source, again, tmp_path / "log") as daemon:
        await daemon.answers()
        beside = await raceday("backup", str(target), "--force", "--json", RACEDAY_DATA_DIR=str(again))
        held = await raceday("restore", str(target), RACEDAY_DATA_DIR=str(again))
        assert await daemon.stop() == 0
    assert (beside.status, beside.answer["files"]["raceday.db"]["rows"]["races"]) == (0, count(day, "races"))
    assert (held.status, "is held by process" in held.err) == (5, True)


def count(folder: Path, table: str) -> int:
    return int(rows(folder / "raceday.db", f"SELECT count(*) FROM {table}")[0][0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_backup_that_is_stopped_leaves_nothing(day: Path, tmp_path: Path, number: signal.Signals) -> None:
    make_large(day)
    (tmp_path / "backups").mkdir()
    process = await started("backup", str(tmp_path / "backups" / "b.tar.gz"), RACEDAY_DATA_DIR=str(day))
    await until(lambda: (tmp_path / "backups" / WORKSHOP / "b.tar.gz.of" / "raceday.db").exists())
    process.send_signal(number)
    ended = await end_of(process)
    assert (ended.status, ended.out) == (128 + number, "")
    assert left_in(tmp_path / "backups") == set()


async def test_a_disk_that_takes_no_more_leaves_nothing_and_is_said_in_a_sentence(day: Path, tmp_path: Path) -> None:
    make_large(day)
    (tmp_path / "backups").mkdir()
    place = ("backup", str(tmp_path / "backups" / "b.tar.gz"))
    ended = await end_of(await started(*place, python=limited("RLIMIT_FSIZE", 8_000_000), RACEDAY_DATA_DIR=str(day)))
    assert (ended.status, ended.out) == (2, "")
    assert str(tmp_path / "backups") in ended.err
    assert one_line(ended).endswith(("(database or disk is full)", "(disk I/O error)", "(File too large)"))
    assert left_in(tmp_path / "backups") == set()


def one_line(ended: Ended) -> str:
    (line,) = ended.err.splitlines()
    return line.replace("'", "")


async def test_whoever_may_only_read_the_folder_can_back_it_up_and_leaves_nothing_in_it(
    day: Path, tmp_path: Path, no_root: tuple[str, ...]
) -> None:
    files = left_in(day)
    os.chmod(day, 0o555)
    ended = await end_of(await started("backup", str(tmp_path / "b.tar.gz"), python=no_root, RACEDAY_DATA_DIR=str(day)))
    os.chmod(day, 0o755)
    assert ended.status == 0, ended.err
    assert left_in(day) == files


async def test_a_reader_that_has_seen_enough_ends_an_export_without_a_word(day: Path) -> None:
    make_large(day)
    with closing(sqlite3.connect(day / "raceday.db")) as store, store:
        values = ((f"bulk-{number}",) for number in range(50_000))
        row = "INSERT INTO odds_history VALUES (?, 'e', 'e', 'r', 'fixed_win', 2.5, '2025-07-17T00:00:00.000Z', NULL)"
        store.executemany(row, values)
    process = await started("export", "--table", "odds-history", "--format", "csv", RACEDAY_DATA_DIR=str(day))
    assert process.stdout is not None
    assert process.stderr is not None
    assert (await process.stdout.readline()).startswith(b"id,entrant,")
    process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
    async with asyncio.timeout(MOST_SECONDS):
        assert (await process.stderr.read(), await process.wait()) == (b"", -signal.SIGPIPE)


async def test_an_export_goes_to_a_file_that_is_there_once_it_is_whole(day: Path, tmp_path: Path) -> None:
    target = tmp_path / "races.csv"
    wish = ("export", "--table", "races", "--date", DAY, "--output", str(target))
    ended, again = await raceday(*wish, RACEDAY_DATA_DIR=str(day)), await raceday(*wish, RACEDAY_DATA_DIR=str(day))
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{count(day, 'races')} rows of races are in {target}\n"
    assert len(target.read_text().splitlines()) == count(day, "races") + 1
    assert (again.status, "--force" in again.err) == (2, True)
    assert left_in(tmp_path) == {"data", "races.csv"}


async def test_wrong_words_and_a_day_without_rows_are_told(day: Path) -> None:
    there = {"RACEDAY_DATA_DIR": str(day)}
    unknown = await raceday("export", "--table", "horses", "--format", "csv", **there)
    assert (unknown.status, unknown.out) == (2, "")
    assert unknown.err.endswith(
        "there are meetings, races, entrants, odds-history, money-flow-history, race-pools,"
        " race-results, big-bets, user-alert-configs, notifications, polls, job-runs\n"
    )
    empty = await raceday("export", "--table", "big-bets", "--format", "csv", "--date", "2001-01-01", **there)
    assert (empty.status, empty.out.count("\n")) == (0, 1)
    assert empty.err == "big-bets has no rows of 2001-01-01\n"
    log = await raceday(
        "export", "--table", "races", "--format", "csv", "--output", str(day / "raceday.db-wal"), "--force", **there
    )
    assert (log.status, "among the files" in log.err) == (2, True)
    wrong = await raceday("export", "--table", "races", "--format", "csv", "--date", "yesterday", **there)
    assert (wrong.status, "2025-07-17..2025-07-19" in wrong.err) == (2, True)
