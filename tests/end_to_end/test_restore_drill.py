"""The drill: a backup in the middle of a burst, put back elsewhere, and the auditor finds nothing up to that moment."""

import asyncio
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.auditor.__main__ import main as audit
from tests.conftest import Ended, raceday
from tests.end_to_end.beside import MOST_SECONDS
from tests.workbench import rows

DEMO = ("demo", "--speed", "480", "--races", "6", "--until-done", "--data-dir")
LOOKS_BEFORE_THE_BACKUP = 120


@dataclass(frozen=True)
class Drill:
    """A demo that went on after its backup, the folder that this was put back into, and what the commands told."""

    demo: Path
    file: Path
    restored: Path
    backup: dict[str, Any]
    restore: dict[str, Any]

    def copy(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.restored, folder))


async def burst(folder: Path) -> asyncio.subprocess.Process:
    """Start a demo that keeps its answers, and wait until it is in the middle of its day."""
    environment = {"LOG_LEVEL": "WARNING", "RACEDAY_RECORD": "true"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "raceday_daemon", *DEMO, str(folder)),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(MOST_SECONDS):
        while looks(folder) < LOOKS_BEFORE_THE_BACKUP:
            assert process.returncode is None
            await asyncio.sleep(0.05)
    return process


def looks(folder: Path) -> int:
    try:
        return int(rows(folder / "ops.db", "SELECT count(*) FROM polls")[0][0])
    except sqlite3.OperationalError:
        return 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drill(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Drill]:
    place = tmp_path_factory.mktemp("drill")
    demo, file, restored = place / "demo", place / "demo.tar.gz", place / "restored"
    process = await burst(demo)
    backed_up = await raceday("backup", str(file), "--json", RACEDAY_DATA_DIR=str(demo))
    assert process.returncode is None, "it was taken while the demo ran"
    assert await process.wait() == 0
    put_back = await raceday("restore", str(file), "--json", RACEDAY_DATA_DIR=str(restored))
    shutil.copytree(demo / "recordings", restored / "recordings")
    assert (backed_up.status, put_back.status) == (0, 0), backed_up.err + put_back.err
    yield Drill(demo, file, restored, backed_up.answer, put_back.answer)


def found_by_the_auditor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    return audit(list(arguments)), capsys.readouterr().out


def test_the_auditor_is_clean_up_to_the_moment_of_the_backup(drill: Drill, capsys: pytest.CaptureFixture[str]) -> None:
    until = drill.backup["until"]
    assert looks(drill.demo) > looks(drill.restored) >= LOOKS_BEFORE_THE_BACKUP
    status, told = found_by_the_auditor(capsys, str(drill.restored), "--until", until)
    assert (status, told.endswith("; clean\n")) == (0, True), told
    assert found_by_the_auditor(capsys, str(drill.demo))[0] == 0, "the backup was in nobody's way"


def test_without_that_moment_the_auditor_misses_what_came_after(
    drill: Drill, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told = found_by_the_auditor(capsys, str(drill.restored))
    assert (status, "a slot passed without a record" in told) == (1, True)


def test_a_copy_that_lacks_a_row_or_holds_another_value_is_found(
    drill: Drill, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = drill.copy(tmp_path / "spoiled")
    with closing(sqlite3.connect(folder / "raceday.db")) as store, store:
        store.execute("UPDATE odds_history SET odds = odds + 1 WHERE rowid = 100")
        store.execute("DELETE FROM money_flow_history WHERE rowid = 100")
    with closing(sqlite3.connect(folder / "ops.db")) as ops, ops:
        ops.execute("DELETE FROM polls WHERE rowid = 20")
    status, told = found_by_the_auditor(capsys, str(folder), "--until", drill.backup["until"])
    assert status == 1
    for what in ("another value than was served", "a row is missing", "a slot passed without a record"):
        assert what in told


async def test_it_says_what_it_holds_and_stays_a_demos(drill: Drill) -> None:
    for told in (drill.backup, drill.restore):
        assert (told["is_demo"], told["first_day"], told["days"]) == (True, "2026-02-07", 1)
        assert told["files"]["ops.db"]["rows"]["polls"] == looks(drill.restored)
    assert drill.restore["restored"] == str(drill.restored)
    assert (drill.restored / "simulated").exists()
    ended = await raceday("run", RACEDAY_DATA_DIR=str(drill.restored))
    assert (ended.status, "is a demo's" in ended.err) == (2, True)


async def test_those_who_look_find_the_day_as_it_stood(drill: Drill) -> None:
    status = await raceday("status", "--json", RACEDAY_DATA_DIR=str(drill.restored))
    assert (status.status, status.answer["running"]) == (0, False)
    assert status.answer["last_looks"]
    listed = await raceday("export", "--table", "races", "--format", "jsonl", RACEDAY_DATA_DIR=str(drill.restored))
    assert len(listed.out.splitlines()) == 6


async def test_the_second_restore_and_a_spoiled_file_are_each_a_sentence(drill: Drill, tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled.tar.gz"
    whole = drill.file.read_bytes()
    spoiled.write_bytes(whole[:-5_000] + b"?" + whole[-4_999:])
    again = await raceday("restore", str(drill.file), RACEDAY_DATA_DIR=str(drill.restored))
    broken = await raceday("restore", str(spoiled), RACEDAY_DATA_DIR=str(tmp_path / "new"))
    assert one_sentence(again).startswith(f"{drill.restored}/ops.db is there, and a restore takes no file's place")
    assert one_sentence(broken).startswith(f"{spoiled}: ")


def one_sentence(ended: Ended) -> str:
    assert (ended.status, ended.out) == (2, "")
    (sentence,) = ended.err.splitlines()
    return sentence
