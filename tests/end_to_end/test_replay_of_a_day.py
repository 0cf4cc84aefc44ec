"""A simulated day recorded as it is polled, and played again on an empty folder: the same rows and histories."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from raceday_daemon.recordings.writer import RecordingFiles
from raceday_daemon.simulator.faults import NO_FAULTS, Faults
from raceday_daemon.simulator.planning import plan_day
from tests.conftest import raceday
from tests.exchanges import MOST_SECONDS
from tests.fakes.clock import FakeClock
from tests.simulated import FIRST
from tests.virtual_daemon import simulated_source, virtual_daemon
from tests.workbench import dump, named_rows, rows

pytestmark = pytest.mark.timeout(280)

DAYS = {"calm": NO_FAULTS, "full of faults": Faults(errors=0.03, garbage=0.02, wrong_day=0.01)}
JOBS_OWN = {"checkpoints", "leases"}
"""What the daily jobs keep for themselves: nobody polls or imports in a replay."""


@dataclass(frozen=True)
class Day:
    """The data folder of the daemon that recorded, that of the replay, and what the replay said."""

    live: Path
    again: Path
    answer: dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DAYS)
async def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Day]:
    folder, clock, plan = (
        tmp_path_factory.mktemp("day"),
        FakeClock(FIRST - timedelta(hours=2)),
        plan_day(5, FIRST, races=8),
    )
    recordings, again = folder / "live" / "recordings", folder / "again"
    recorder = RecordingFiles(recordings, queue_answers=10_000, queue_bytes=1 << 30)
    async with (
        simulated_source(plan, clock, DAYS[request.param]) as (_, url),
        virtual_daemon(folder / "live", url, clock, recorder=recorder) as daemon,
    ):
        await daemon.run_until(max(race.over_at for race in plan.races) + timedelta(hours=1))
    recorder.close(MOST_SECONDS)
    ended = await raceday("replay", str(recordings), "--json", RACEDAY_DATA_DIR=str(again))
    assert ended.status == (1 if DAYS[request.param].garbage else 0), ended.err
    yield Day(folder / "live", again, ended.answer)


def test_all_rows_and_histories_are_those_of_the_store_that_recorded(day: Day) -> None:
    live, again = dump(day.live / "raceday.db"), dump(day.again / "raceday.db")
    assert len(live["odds_history"]) > 5_000
    assert len(live["money_flow_history"]) > 5_000
    assert len(live["race_results"]) == 7, "one was abandoned"
    assert live.keys() == again.keys()
    for table in live.keys() - JOBS_OWN:
        assert again[table] == live[table], table


def test_each_slot_that_had_a_whole_answer_has_its_record_again(day: Day) -> None:
    query = "SELECT race_id, due_at, outcome, rows_written FROM polls WHERE bytes IS NOT NULL ORDER BY 1, 2, began_at"
    live, again = rows(day.live / "ops.db", query), rows(day.again / "ops.db", query)
    assert len(live) > 450
    assert again == live


def test_what_is_told_agrees_with_what_the_daemon_recorded(day: Day) -> None:
    told = day.answer
    failed = named_rows(
        day.live / "ops.db", "SELECT error FROM polls WHERE outcome = 'failed' AND error LIKE 'misfit%'"
    )
    assert told["answers"] == len(list((day.live / "recordings").glob("*/*.json.gz")))
    assert told["kinds"].get("misfit", 0) >= len(failed)
    assert told["failed"] == sum(told["kinds"].values()) == len(told["errors"])
    assert told["changed"] + told["unchanged"] > 450
    assert told["rows_written"] > 10_000
