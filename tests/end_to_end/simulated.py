"""A simulated day in a process of its own, beside the daemon's process: a real day's races, near their starts."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.cadence.slots import RaceTimes, slots_between
from tests.auditor.written import WrittenAnswers
from tests.end_to_end.beside import until
from tests.fakes.simulator_process import plain_day
from tests.workbench import Row, rows

ROOT = Path(__file__).resolve().parents[2]


_SEED = 1


@dataclass(frozen=True)
class SimulatedSource:
    """Where the day is served, and what has been."""

    url: str
    folder: Path
    starts: Sequence[float]

    @property
    def answers(self) -> WrittenAnswers:
        """Give what was served so far."""
        return WrittenAnswers(self.folder / "served.jsonl", plain_day(_SEED, self.starts))


def starts_from_now(races: int, first_seconds: float, every_seconds: float) -> list[float]:
    """Give starts in seconds since 1970, on whole seconds."""
    return [int(time.time()) + first_seconds + every_seconds * place for place in range(races)]


@asynccontextmanager
async def simulated_day(folder: Path, starts: Sequence[float]) -> AsyncIterator[SimulatedSource]:
    """Serve a day of plain races until the end of the test; its address is noted in `folder`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.simulator_process", str(folder), str(_SEED), *map(str, starts)), cwd=ROOT
    )
    try:
        await until((folder / "url").exists)
        yield SimulatedSource((folder / "url").read_text(), folder, starts)
    finally:
        process.kill()
        await process.wait()


def slots(folder: Path) -> dict[str, list[Row]]:
    """Give the records of each race's slots: when due, when begun, outcome and reason."""
    found: dict[str, list[Row]] = {}
    query = "SELECT race_id, due_at, began_at, outcome, reason FROM polls WHERE due_at IS NOT NULL ORDER BY 1, 2"
    for race_id, *slot in rows(folder / "ops.db", query):
        found.setdefault(race_id, []).append(tuple(slot))
    return found


def assert_each_slot_is_accounted_for_once(folder: Path) -> None:
    """See that no slot is there twice, and that up to the start none of the table is lacking in between."""
    starts: dict[str, str] = dict(rows(folder / "raceday.db", "SELECT id, startTime FROM races"))
    for race_id, of_race in slots(folder).items():
        due = [datetime.fromisoformat(slot[0]) for slot in of_race]
        assert len(set(due)) == len(due), f"{race_id}: a slot is there twice"
        start = datetime.fromisoformat(starts[race_id])
        before_start = [instant for instant in due if instant <= start]
        if before_start:
            table = RaceTimes(start_time=start, status="Open")
            since = before_start[0] - timedelta(milliseconds=1)
            assert before_start == [slot.due_at for slot in slots_between(STANDARD, table, since, before_start[-1])]
