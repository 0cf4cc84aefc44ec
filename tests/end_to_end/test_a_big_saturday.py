"""A Saturday of 380 races runs to its end although the daemon's process may have no more than 150 MB of memory.

RACEDAY_SATURDAY=1 lives it (`make soak`): it takes some minutes.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from raceday_daemon.simulator.plan import DayPlan
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import differences, make_tables
from tests.end_to_end.beside import until
from tests.fakes.saturday_process import RACES, saturday
from tests.memory_limit import limited_to
from tests.workbench import rows

ROOT = Path(__file__).resolve().parents[2]
MOST_MEGABYTES = 150
PART = (sys.executable, "-m", "tests.fakes.saturday_process")

pytestmark = [
    # Read here: the fixture of conftest.py takes our names out of the environment of each test.
    pytest.mark.skipif(not os.environ.get("RACEDAY_SATURDAY"), reason="it takes minutes: make soak"),
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the memory this way"),
]


async def live(folder: Path, **environment: str) -> float:
    """Live the day in two processes; give the peak of the daemon's memory in megabytes."""
    source = await asyncio.create_subprocess_exec(*PART, "source", str(folder), str(RACES), cwd=ROOT)
    try:
        await until((folder / "url").exists)
        with limited_to(MOST_MEGABYTES * 1_000_000) as limited, (folder / "log").open("wb") as log:
            daemon = await asyncio.create_subprocess_exec(
                *limited.command(*PART, "daemon", str(folder), str(RACES)),
                cwd=ROOT,
                env=os.environ | environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
            out, _ = await daemon.communicate()
        assert daemon.returncode == 0, (folder / "log").read_text()[-2000:]
    finally:
        source.kill()
        await source.wait()
    return float(out)


def assert_day_is_whole(folder: Path, plan: DayPlan) -> None:
    store, records = folder / "data" / "raceday.db", folder / "data" / "ops.db"
    over = rows(store, "SELECT count(*) FROM races WHERE status IN ('Final', 'Abandoned')")
    assert over == [(RACES,)]
    assert rows(store, "SELECT count(DISTINCT raceId) FROM entrants") == [(RACES,)]
    assert {race.race_id for race in plan.races} == {race for (race,) in rows(store, "SELECT id FROM races")}
    assert rows(records, "SELECT count(*) FROM polls WHERE outcome IN ('failed', 'missed')") == [(0,)]


@pytest.mark.timeout(3600)
async def test_with_its_rows_kept_here(tmp_path: Path) -> None:
    peak = await live(tmp_path)
    print(f"peak of memory: {peak:.0f} MB")  # noqa: T201  (a figure)
    assert peak < MOST_MEGABYTES
    assert_day_is_whole(tmp_path, saturday(RACES))


@pytest.mark.timeout(3600)
async def test_with_its_rows_sent_to_appwrite(tmp_path: Path, appwrite_server: AppwriteServer) -> None:
    make_tables(appwrite_server)
    way = {**appwrite_server.environment, "APPWRITE_DATABASE_ID": appwrite_server.database}
    peak = await live(tmp_path, **way)
    print(f"peak of memory: {peak:.0f} MB")  # noqa: T201  (a figure)
    assert peak < MOST_MEGABYTES
    assert_day_is_whole(tmp_path, saturday(RACES))
    assert differences(tmp_path / "data", appwrite_server) == {}
