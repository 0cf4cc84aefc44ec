"""The daemon killed, stopped and woken, put right in time, and with others beside it: no slot is lost or doubled.

RACEDAY_STOPPED_SECONDS, RACEDAY_CLOCK_STEP_SECONDS and RACEDAY_DAEMON_KILLS make it longer (`make soak`).
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.auditor.audit import audit
from tests.conftest import raceday
from tests.end_to_end.beside import assert_files_are_sound
from tests.end_to_end.daemon import running_daemon
from tests.end_to_end.simulated import (
    SimulatedSource,
    assert_each_slot_is_accounted_for_once,
    simulated_day,
    slots,
    starts_from_now,
)
from tests.workbench import rows

STOPPED_SECONDS = float(os.environ.get("RACEDAY_STOPPED_SECONDS", "8"))
STEP_SECONDS = float(os.environ.get("RACEDAY_CLOCK_STEP_SECONDS", "8"))
KILLS = int(os.environ.get("RACEDAY_DAEMON_KILLS", "4"))
RACES = 12
FAKETIME = next((str(path) for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)

pytestmark = pytest.mark.timeout(200 + 2 * STOPPED_SECONDS + 4 * STEP_SECONDS + 20 * KILLS)


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[SimulatedSource]:
    """Twelve races in their last five minutes: all are looked at every 15 seconds as long as a test takes."""
    async with simulated_day(tmp_path, starts_from_now(RACES, 235, 5)) as served:
        yield served


async def test_killed_at_random_moments_it_goes_on_where_it_was(source: SimulatedSource, tmp_path: Path) -> None:
    folder, chance = tmp_path / "data", random.Random(7)
    for number in range(1, KILLS + 1):
        async with running_daemon(source, folder, tmp_path / "log") as daemon:
            await daemon.answers()
            await asyncio.sleep(chance.uniform(0, 12))
            assert await daemon.stop(signal.SIGKILL) == -signal.SIGKILL
        # Down for long enough that slots pass.
        await asyncio.sleep(3)
        # A life that ends well now and then: else the next one waits longer each time.
        if number % 3 == 0 or number == KILLS:
            async with running_daemon(source, folder, tmp_path / "log") as daemon:
                await daemon.watches(RACES)
                assert await daemon.stop() == 0
    assert_each_slot_is_accounted_for_once(folder)
    assert_files_are_sound(folder)
    assert audit(folder, source.answers, slack_seconds=5) == []
    reasons = {slot[3] for of_race in slots(folder).values() for slot in of_race if slot[2] == "missed"}
    assert "down" in reasons, reasons
    assert reasons <= {"down", "unwatched", "busy", "stalled"}
    crash_loops = [line for line in daemon.log if line["action"] == "crash_loop"]
    assert bool(crash_loops) == (KILLS >= 3)


async def test_stopped_and_woken_it_replays_nothing(source: SimulatedSource, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with running_daemon(source, folder, tmp_path / "log") as daemon:
        await daemon.watches(RACES)
        daemon.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(STOPPED_SECONDS)
        woken_at = time.time()
        daemon.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(10)
        assert await daemon.stop() == 0
    assert_each_slot_is_accounted_for_once(folder)
    looks = "SELECT race_id, outcome, reason FROM polls WHERE unixepoch(began_at) BETWEEN ? AND ?"
    at_once = [look for look in rows(folder / "ops.db", looks, int(woken_at), int(woken_at) + 3) if look[1] != "missed"]
    assert len(at_once) <= 2 * RACES, "one look a race to catch up, and maybe a slot that comes then"
    assert rows(folder / "ops.db", "SELECT 1 FROM polls WHERE outcome = 'missed' AND reason = 'stalled'")
    assert rows(folder / "ops.db", f"{looks} AND due_at IS NOT NULL", int(woken_at) + 3, int(woken_at) + 30)
    assert "loop_late" in {line["action"] for line in daemon.log}


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime, which puts a process's clock right, is not installed")
async def test_a_clock_put_right_both_ways_leads_to_no_burst_and_no_stuck_race(
    source: SimulatedSource, tmp_path: Path
) -> None:
    folder, offset = tmp_path / "data", tmp_path / "offset"
    offset.write_text("+0\n")
    environment = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    async with running_daemon(source, folder, tmp_path / "log", **environment) as daemon:
        await daemon.watches(RACES)
        for step in (f"+{STEP_SECONDS:g}\n", "+0\n"):
            before = looks_by_race(folder)
            offset.write_text(step)
            await asyncio.sleep(STEP_SECONDS + 18)
            for race_id, looks in looks_by_race(folder).items():
                # No race is stuck; and none has more than its slots, a look to catch up, and a daily job's own.
                assert 0 < looks - before[race_id] <= STEP_SECONDS / 15 + 5
        assert await daemon.stop() == 0
    assert_each_slot_is_accounted_for_once(folder)
    felt = [round(line["step"]) for line in daemon.log if line["action"] == "clock_step"]
    # While one thread reads the file, the library shows others the true time for a moment: that is felt too.
    assert (felt[0], felt[-1]) == (STEP_SECONDS, -STEP_SECONDS)
    assert not [line for line in daemon.log if line["level"] in ("ERROR", "CRITICAL")]


def looks_by_race(folder: Path) -> dict[str, int]:
    return dict(rows(folder / "ops.db", "SELECT race_id, count(*) FROM polls WHERE outcome <> 'missed' GROUP BY 1"))


async def test_other_commands_beside_it_lose_and_double_nothing(source: SimulatedSource, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    ours = {"NZTAB_API_BASE_URL": source.url, "RACEDAY_DATA_DIR": str(folder)}
    async with running_daemon(source, folder, tmp_path / "log") as daemon:
        await daemon.watches(RACES)
        race_ids = [race_id for (race_id,) in rows(folder / "raceday.db", "SELECT id FROM races ORDER BY startTime")]
        commands = [("run-once", "all", "--json"), *(("poll", race_id, "--json") for race_id in race_ids[:6])]
        ended = await asyncio.gather(*(raceday(*command, **ours) for command in commands))
        assert {one.status for one in ended} <= {0, 5}, [one.err for one in ended]
        refused = await raceday("run", **ours)
        assert (refused.status, "held by process" in refused.err) == (5, True)
        await asyncio.sleep(16)
        assert await daemon.stop() == 0
    assert_each_slot_is_accounted_for_once(folder)
    assert len(rows(folder / "ops.db", "SELECT 1 FROM polls WHERE reason = 'by hand' AND outcome <> 'failed'")) == 6
    repeats = """SELECT * FROM (
        SELECT odds, lag(odds) OVER (PARTITION BY entrantId, type ORDER BY eventTimestamp) AS sooner FROM odds_history
    ) WHERE odds = sooner"""
    assert rows(folder / "raceday.db", "SELECT count(*) > 100 FROM odds_history") == [(1,)]
    assert rows(folder / "raceday.db", repeats) == []
