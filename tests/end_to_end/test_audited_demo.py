"""A demo's day, recorded and audited: in time, every fact as it was served, and the auditor's command tells so."""

import asyncio
import re
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from raceday_daemon.demo import BEGIN
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.simulator.server import Simulator
from tests.auditor.recorded import RecordedAnswers
from tests.conftest import Ended, raceday
from tests.fakes.clock import FakeClock

ROOT = Path(__file__).resolve().parents[2]
DEMO = ("demo", "--speed", "240", "--races", "6", "--until-done", "--data-dir")


@dataclass(frozen=True)
class Demo:
    """A demo that has ended, and its folder."""

    folder: Path
    ended: Ended

    def copy(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.folder, folder))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    yield Demo(folder, await raceday(*DEMO, str(folder), LOG_LEVEL="WARNING", RACEDAY_RECORD="true"))


async def audited(*arguments: str) -> Ended:
    """Run the auditor's command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.auditor", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def test_it_ends_in_under_45_seconds_with_nothing_for_the_auditor_to_find(demo: Demo) -> None:
    assert demo.ended.status == 0, demo.ended.err
    told = re.search(r"6 races \(1 Abandoned, 5 Final\) in ([0-9.]+) s", demo.ended.out)
    assert told, demo.ended.out
    assert float(told[1]) < 45
    found = await audited(str(demo.folder))
    assert (found.status, found.err) == (0, ""), found.out
    assert re.fullmatch(r"[0-9]{3} answers; clean\n", found.out)


def test_what_was_recorded_is_what_the_simulator_says_of_those_instants(demo: Demo) -> None:
    simulator = Simulator(plan_day(1, BEGIN + timedelta(minutes=6), races=6), FakeClock(BEGIN))
    recorded = RecordedAnswers(demo.folder / "recordings")
    assert len(recorded.served) > 300
    for served in recorded.served:
        assert served.generated_time.replace(microsecond=0) == simulator.refreshed_at(served.at)
        said = simulator.document(served)
        assert said is not None
        assert recorded.document(served)["data"] == said["data"]


async def test_what_is_wrong_is_told_a_line_each_with_exit_status_1(demo: Demo, tmp_path: Path) -> None:
    folder = demo.copy(tmp_path / "spoiled")
    with closing(sqlite3.connect(folder / "raceday.db")) as connection, connection:
        connection.execute("UPDATE race_pools SET winPoolTotal = 1 WHERE rowid = 1")
        connection.execute("DELETE FROM big_bets WHERE rowid = 1")
    found = await audited(str(folder))
    assert found.status == 1
    assert [line.partition(":")[0] for line in sorted(found.out.splitlines()[:-1])] == [
        "a row is missing",
        "another value than was served",
    ]


async def test_a_folder_without_recordings_or_without_a_store_is_refused(demo: Demo, tmp_path: Path) -> None:
    folder = demo.copy(tmp_path / "cut")
    shutil.rmtree(folder / "recordings")
    without_recordings = await audited(str(folder))
    without_store = await audited(str(tmp_path), "--recordings", str(demo.folder / "recordings"))
    assert (without_recordings.status, without_store.status) == (2, 2)
    assert "recordings" in without_recordings.err
    assert "raceday.db" in without_store.err
