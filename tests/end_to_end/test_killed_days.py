"""Whole days lived at high speed and killed with SIGKILL at random moments: only gaps that the records explain.

RACEDAY_KILLED_DAYS sets how many days, from seed 1 on (`make soak`).
"""

import asyncio
import json
import os
import random
import signal
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.auditor.audit import audit
from tests.auditor.written import WrittenAnswers
from tests.end_to_end.beside import MOST_SECONDS, Process, assert_files_are_sound, until
from tests.fakes.scaled_process import day_of
from tests.simulated import FIRST
from tests.workbench import rows

# Read here: the fixture of conftest.py takes our names out of the environment of each test.
DAYS = int(os.environ.get("RACEDAY_KILLED_DAYS", "1"))
KILLS = 12
SPEED, LAST_SPEED = 1200, 3600
BEGIN = FIRST - timedelta(minutes=40)
LONGEST_GAP = timedelta(minutes=12)

ROOT = Path(__file__).resolve().parents[2]
LAST_SIGNS = (
    "SELECT max(ended_at) FROM polls UNION SELECT max(finished_at) FROM job_runs UNION SELECT max(began_at) FROM lives"
)


@pytest.mark.parametrize("seed", range(1, DAYS + 1))
async def test_a_day_killed_again_and_again_has_only_gaps_that_the_records_explain(tmp_path: Path, seed: int) -> None:
    plan, chance, now, kills = day_of(seed), random.Random(seed), BEGIN, 0
    over_at = plan.over_at + timedelta(minutes=45)
    while kills < KILLS and now < over_at:
        kills += await is_killed(tmp_path, seed, now, over_at, chance)
        now = last_sign(tmp_path, now)
        print(f"seed {seed}: down from {now}")  # noqa: T201  (pytest shows it on failure)
        now += chance.random() ** 3 * LONGEST_GAP + timedelta(seconds=1)
    end = max(now, over_at) + timedelta(minutes=1)
    last = await started(tmp_path, seed, now, end, LAST_SPEED)
    assert await asyncio.wait_for(last.wait(), MOST_SECONDS) == 0
    assert_files_are_sound(tmp_path / "data")
    ops = tmp_path / "data" / "ops.db"
    assert kills > 5
    assert rows(ops, "SELECT 1 FROM polls WHERE outcome = 'missed' AND reason = 'down'")
    assert audit(tmp_path / "data", WrittenAnswers(tmp_path / "served.jsonl", plan), until=end) == []


async def is_killed(folder: Path, seed: int, now: datetime, end: datetime, chance: random.Random) -> bool:
    """Live from `now` on, and be killed at a random moment; False where the end of the day came first."""
    served = folder / "served.jsonl"
    size_before = size_of(served)
    process = await started(folder, seed, now, end, SPEED)
    if chance.random() < 0.25:
        seconds = chance.uniform(0.2, 1)
    else:
        await until(lambda: size_of(served) > size_before or process.returncode is not None)
        seconds = chance.uniform(0, 1.5)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    return await process.wait() == -signal.SIGKILL


async def started(folder: Path, seed: int, now: datetime, end: datetime, speed: float) -> Process:
    """Go on with the day at `now`."""
    arguments = (folder, seed, now.isoformat(), end.isoformat(), speed)
    command = (sys.executable, "-m", "tests.fakes.scaled_process", *map(str, arguments))
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT)


def last_sign(folder: Path, now: datetime) -> datetime:
    """Give the last instant that a life is known to have reached: time goes on from there, never over it again."""
    served, records = folder / "served.jsonl", folder / "data" / "ops.db"
    signs = [json.loads(line)["at"] for line in served.read_text().splitlines()] if served.exists() else []
    if records.exists() and rows(records, "SELECT 1 FROM sqlite_master WHERE name = 'lives'"):
        signs += [sign for (sign,) in rows(records, LAST_SIGNS) if sign]
    return max([now, *map(datetime.fromisoformat, signs)])


def size_of(file: Path) -> int:
    """Give a file's size; 0 before there is one."""
    return file.stat().st_size if file.exists() else 0
