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
from dataclasses import dataclass, replace
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

    late: Sequence[tuple[float, float]]
    """Of each poll when it was due, in seconds since 1970, and its lateness in ms."""
    missed: int
    cpu_percent: float
    memory_mb: float
    heard: Sequence[Mapping[str, int]] = ()
    """What its listeners heard, each time that they listened."""

    @property
    def polls(self) -> int:
        """Count the polls taken."""
        return len(self.late)

    @property
    def lateness_ms(self) -> Sequence[float]:
        """Give the lateness of each."""
        return [lateness for _, lateness in self.late]

    def __str__(self) -> str:
        late = quantiles(self.lateness_ms, n=100)
        return (
            f"{self.polls} polls, {self.missed} missed, late ms: median {late[49]:.1f}, p99 {late[98]:.1f},"
            f" worst {max(self.lateness_ms):.1f}; {self.cpu_percent:.0f} % of a core, {self.memory_mb:.0f} MB"
        )


@dataclass(frozen=True)
class Audience:
    """So many listeners to the daemon's events, in a process of their own, from when and until when."""

    listeners: int
    times: Sequence[tuple[float, float]]


async def run_daemon(
    folder: Path,
    starts: Sequence[float],
    until: float,
    warm_up_until: float,
    audience: Audience = Audience(0, ()),
) -> Punctuality:
    """Poll races of these starts (seconds since 1970) until an instant; what is due in the warm-up is left out.

    `folder` is empty. The races are imported beforehand, so that only the polling is measured.
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
        heard = [await _hear(folder / "data", audience.listeners, *times) for times in audience.times]
        await asyncio.sleep(until - time.time())
        memory_mb = _memory_mb(daemon.pid)
        daemon.send_signal(signal.SIGTERM)
        assert await daemon.wait() == 0
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        source.kill()
        await source.wait()
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    ran = _read(folder / "data" / "ops.db", warm_up_until, 100 * cpu_seconds / seconds, memory_mb)
    return replace(ran, heard=heard)


async def _hear(data: Path, listeners: int, since: float, until: float) -> Mapping[str, int]:
    await asyncio.sleep(since - time.time())
    holder = holder_of(data)
    assert holder
    assert holder.url
    command = (sys.executable, "-m", "tests.fakes.listening_process", holder.url, str(listeners))
    hearing = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    await asyncio.sleep(until - time.time())
    hearing.send_signal(signal.SIGTERM)
    output, _ = await hearing.communicate()
    heard: Mapping[str, int] = json.loads(output)
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
    instants = [(_seconds(due_at), _seconds(began_at)) for due_at, began_at in polled]
    late = [(due, 1000 * (began - due)) for due, began in instants]
    return Punctuality(late, len(slots) - len(polled), cpu_percent, memory_mb)


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
