"""A day's import as a process: its time over the pauses between its calls, its memory, and what a refusal costs."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.working_store import open_working_store
from tests.benchmarks.conftest import Tell
from tests.conftest import raceday
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import rows

DELAY_SECONDS = 0.2
REFUSED_WITHIN_MS = {"meetings": 30, "races": 40, "entrants": 50, "refresh": 50, "statuses": 35}

IMPORTED = """
import raceday_daemon.cli, raceday_daemon.daemon, raceday_daemon.jobs.runner, raceday_daemon.jobs.entrants
import raceday_daemon.jobs.meetings, raceday_daemon.jobs.races, raceday_daemon.settings_loading
import raceday_daemon.views.outcomes, raceday_daemon.views.progress
from pathlib import Path
print(next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1])
"""


@needs_recordings
async def test_a_days_import(recorded_source: RecordedSource, tmp_path: Path, tell: Tell) -> None:
    began = perf_counter()
    ended = await raceday(
        "run-once",
        "all",
        "--date",
        DAY,
        "--json",
        NZTAB_API_BASE_URL=recorded_source.url,
        NZTAB_DELAY_SECONDS=str(DELAY_SECONDS),
        RACEDAY_DATA_DIR=str(tmp_path),
    )
    taken = perf_counter() - began
    assert ended.status == 0
    pauses = ended.answer["api_calls"] * DELAY_SECONDS
    [(peak,)] = rows(tmp_path / "ops.db", "SELECT max(memory_peak_mb) FROM job_runs")
    tell(
        f"a day's import of {ended.answer['api_calls']} calls / (calls x {DELAY_SECONDS} s)",
        taken / pauses,
        "times",
        "within 1.05",
    )
    tell("the same without the process's start and end", ended.answer["duration_seconds"] / pauses, "times", "-")
    tell("peak memory of a day's import", peak, "MB", "under 120")


async def test_memory_after_the_imports(tell: Tell) -> None:
    process = await create_subprocess_exec(sys.executable, "-c", IMPORTED, stdout=PIPE)
    out, _ = await process.communicate()
    tell("resident memory after all imports of run-once", int(out) / 1000, "MB", "under 70")


@pytest.mark.parametrize("job", REFUSED_WITHIN_MS)
async def test_a_refusal(job: str, tmp_path: Path, tell: Tell) -> None:
    store = await open_working_store(tmp_path)
    refusals, processes = [], []
    async with LeaseKeeper(store, SystemClock()).held(LEASE_OF_JOB[job], str):
        for _ in range(9):
            began = perf_counter()
            ended = await raceday("run-once", job, "--json", RACEDAY_DATA_DIR=str(tmp_path))
            processes.append((perf_counter() - began) * 1000)
            assert ended.status == 5
            [refused] = [line for line in ended.log if line["action"] == "job_refused"]
            refusals.append(refused["duration_ms"])
    await store.close()
    tell(f"{job}: refused by its lease", median(refusals), "ms", f"under {REFUSED_WITHIN_MS[job]}")
    tell(f"{job}: the whole refused command", median(processes), "ms", "-")
    tell(f"{job}: its peak memory", refused["memory_peak_mb"], "MB", "-")
