"""What is kept for a time only goes once a day, also while the daemon runs on and on."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.jobs.housekeeping import Housekeeping
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.poll import CHANGED, Poll
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.store.records import RecordEdges
from tests.fakes.clock import FakeClock
from tests.fakes.virtual_schedule import VirtualSchedule
from tests.pruned_store import open_store
from tests.workbench import open_house, rows

EVENING = datetime(2025, 7, 17, 10, tzinfo=UTC)
POLL = Poll(race_id="race-1", due_at=None, began_at=EVENING, ended_at=EVENING, reason="by hand", outcome=CHANGED)


async def test_old_records_go_every_day_in_the_quiet_hours(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with open_house(tmp_path, "http://127.0.0.1:9", clock) as house, asyncio.TaskGroup() as group:
        schedule = VirtualSchedule(clock, Tasks(group))

        async def forget() -> None:
            await house.records.forget(RecordEdges(polls=clock.now() - timedelta(days=1)))

        Housekeeping(forget, schedule, clock).begin()
        left = []
        for day in range(4):
            await house.records.add_poll(replace(POLL, race_id=f"race-{day}", began_at=clock.now()))
            await schedule.run_until(EVENING + timedelta(days=day + 1))
            left.append([race_id for (race_id,) in rows(tmp_path / "ops.db", "SELECT race_id FROM polls ORDER BY 1")])
        assert left == [["race-0"], ["race-1"], ["race-2"], ["race-3"]]


async def test_every_night_the_day_that_is_too_old_goes_and_leaves_a_record(tmp_path: Path) -> None:
    async with open_store(tmp_path, EVENING) as here, asyncio.TaskGroup() as group:
        await here.put_races([0, 1, 2, 3])
        schedule = VirtualSchedule(here.clock, Tasks(group))

        async def keep() -> None:
            await here.keep_house(races=2)

        Housekeeping(keep, schedule, here.clock).begin()
        left = []
        for night in range(1, 4):
            await schedule.run_until(EVENING + timedelta(days=night))
            left.append(sorted(here.races_in("races")))
        assert left == [["race-0", "race-1"], ["race-0"], []]
        runs = rows(tmp_path / "ops.db", "SELECT job, racing_day, started_at, status FROM job_runs")
        assert [(job, day, status) for job, day, _, status in runs] == [
            ("housekeeping", f"2025-07-{day}", "ok") for day in (18, 19, 20)
        ]
        assert {started[10:16] for _, _, started, _ in runs} == {"T15:00"}


@pytest.mark.parametrize("error", [StoreError("database is locked"), KeyError("a bug")], ids=["failure", "bug"])
async def test_one_day_that_fails_does_not_end_it(error: Exception) -> None:
    clock, times = FakeClock(EVENING), list[datetime]()

    async def fail() -> None:
        times.append(clock.now())
        raise error

    async with asyncio.TaskGroup() as group:
        schedule = VirtualSchedule(clock, Tasks(group))
        Housekeeping(fail, schedule, clock).begin()
        await schedule.run_until(EVENING + timedelta(days=2))
    assert [f"{at:%H:%M}" for at in times] == ["15:00", "15:00"]
