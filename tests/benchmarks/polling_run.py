"""A real daemon and a simulated source, each a process of its own; what its records say of its punctuality."""

import asyncio
import json
import os
import resource
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.ops.folder_lock import holder_of
from tests.workbench import rows

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Punctuality:
    """What a run left: polls taken, slots missed, lateness in ms, and the daemon's part of one core."""

    polls: int
    missed: int
    lateness_ms: Sequence[float]
    cpu_percent: float
    memory_mb: float
    heard: Mapping[str, int] = field(default_factory=dict)
    """What its listeners heard, where there were any."""

    def __str__(self) -> str:
        late = quantiles(self.lateness_ms, n=100)
        return (
            f"{self.polls} polls, {self.missed} missed, late ms: median {late[49]:.1f}, p99 {late[98]:.1f},"
            f" worst {max(self.lateness_ms):.1f}; {self.cpu_percent:.0f} % of a core, {self.memory_mb:.0f} MB"
        )


async def run_daemon(
    folder: Path, starts: Sequence[float], until: float, warm_up_until: float, listeners: int = 0
) -> Punctuality:
    """Poll races of these starts (seconds since 1970) until an instant; what is due in the warm-up is left out.

    `folder` is empty. The races are imported beforehand, so that only the polling is measured. So many `listeners` hear
    the daemon's events meanwhile, in a process of their own.
    """
    source = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.simulator_process", str(folder), "1", *map(str, starts)), cwd=ROOT
    )
    try:
        while not (folder / "url").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        environment = os.environ | {
            "NZTAB_API_BASE_URL": (folder / "url").read_text(),
            "NZTAB_DELAY_SECONDS": "0",
            "NZTAB_FROM": "bench@example.org",
            "NZTAB_POLLS_PER_SECOND": "0",
            "RACEDAY_DATA_DIR": str(folder / "data"),
            "RACEDAY_HTTP_PORT": "0",
            "LOG_LEVEL": "WARNING",
        }
        await _import(environment, folder / "data")
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        daemon = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "raceday_daemon", "run"), cwd=ROOT, env=environment
        )
        hearing = await _listen(folder / "data", listeners) if listeners else None
        await asyncio.sleep(until - time.time())
        memory_mb = _memory_mb(daemon.pid)
        heard = await _heard(hearing) if hearing else {}
        daemon.send_signal(signal.SIGTERM)
        assert await daemon.wait() == 0
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        source.kill()
        await source.wait()
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ran = _read(folder / "data" / "ops.db", warm_up_until, 100 * cpu_seconds / seconds, memory_mb)
    return replace(ran, heard=heard)


async def _listen(data: Path, listeners: int) -> asyncio.subprocess.Process:
    while (holder := holder_of(data)) is None or holder.url is None:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    command = (sys.executable, "-m", "tests.fakes.listening_process", holder.url, str(listeners))
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)


async def _heard(hearing: asyncio.subprocess.Process) -> dict[str, int]:
    hearing.send_signal(signal.SIGTERM)
    output, _ = await hearing.communicate()
    heard: dict[str, int] = json.loads(output)
    return heard


async def _import(environment: dict[str, str], data: Path) -> None:
    """Import the cards, and leave nothing for the daemon to catch up."""
    command = (sys.executable, "-m", "raceday_daemon", "run-once", "meetings")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
    with closing(sqlite3.connect(data / "raceday.db")) as connection, connection:
        day = racing_day(datetime.now(UTC)).isoformat()
        connection.executemany(
            "INSERT INTO checkpoints VALUES (?, ?, 'ok', '[]', '[]')", [("races", day), ("entrants", day)]
        )


def _memory_mb(process_id: int) -> float:
    status = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmRSS:"))


def _read(ops: Path, warm_up_until: float, cpu_percent: float, memory_mb: float) -> Punctuality:
    since = datetime.fromtimestamp(warm_up_until, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
    slots = rows(ops, "SELECT outcome, due_at, began_at FROM polls WHERE due_at >= ?", since)
    polled = [(due_at, began_at) for outcome, due_at, began_at in slots if outcome != "missed"]
    lateness = [
        (datetime.fromisoformat(began) - datetime.fromisoformat(due)).total_seconds() * 1000 for due, began in polled
    ]
    return Punctuality(len(polled), len(slots) - len(polled), lateness, cpu_percent, memory_mb)
