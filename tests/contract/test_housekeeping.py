"""What is kept for a time only goes once a day, also while the daemon runs on and on."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from raceday_daemon.jobs.housekeeping import Housekeeping
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.job import FAILED, OK, PARTIAL, JobRun
from raceday_daemon.model.poll import CHANGED, Poll
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.store.old_records import RecordEdges
from tests.fakes.clock import FakeClock
from tests.fakes.virtual_schedule import VirtualSchedule
from tests.pruned_store import open_store
from tests.workbench import open_house, rows

EVENING = datetime(2025, 7, 17, 10, tzinfo=UTC)
POLL = Poll(race_id="race-1", due_at=None, began_at=EVENING, ended_at=EVENING, reason="by hand", outcome=CHANGED)


async def never() -> None:
    """Tell that nothing was ever done."""


async def test_old_records_go_every_day_in_the_quiet_hours(tmp_path: Path) -> None:
    clock = FakeClock(EVENING)
    async with open_house(tmp_path, "http://127.0.0.1:9", clock) as house, asyncio.TaskGroup() as group:
        schedule = VirtualSchedule(clock, Tasks(group))

        async def forget() -> None:
            await house.records.forget(RecordEdges(polls=clock.now() - timedelta(days=1)))

        Housekeeping(forget, never, schedule, clock).begin()
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

        Housekeeping(keep, never, schedule, here.clock).begin()
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


@pytest.mark.parametrize(
    ("runs", "times"),
    [
        ([], []),
        ([("meetings", OK, 20)], []),
        ([("meetings", OK, 30)], ["10:30"]),
        ([("meetings", OK, 200), ("housekeeping", OK, 19)], []),
        ([("meetings", OK, 200), ("housekeeping", PARTIAL, 30)], ["10:30"]),
        ([("meetings", OK, 200), ("housekeeping", OK, 30), ("housekeeping", FAILED, 3)], ["10:30"]),
    ],
    ids=["nothing yet", "new", "never", "last night", "the night before last", "failed"],
)
async def test_a_night_in_which_the_machine_was_off_is_made_up_for_half_an_hour_after_the_start(
    tmp_path: Path, runs: list[tuple[str, str, int]], times: list[str]
) -> None:
    clock, kept = FakeClock(EVENING), list[datetime]()

    async def keep() -> None:
        kept.append(clock.now())

    async with open_house(tmp_path, "http://127.0.0.1:9", clock) as house, asyncio.TaskGroup() as group:
        for job, status, hours_ago in runs:
            at = EVENING - timedelta(hours=hours_ago)
            run = JobRun(job=job, racing_day=at.date(), started_at=at, finished_at=at, status=status)
            await house.records.add_job_run(run)
        schedule = VirtualSchedule(clock, Tasks(group))
        Housekeeping(keep, partial(house.records.last_done, "housekeeping"), schedule, clock).begin()
        await schedule.run_until(EVENING + timedelta(hours=2))
    assert [f"{at:%H:%M}" for at in kept] == times


@pytest.mark.parametrize("error", [StoreError("database is locked"), KeyError("a bug")], ids=["failure", "bug"])
async def test_one_day_that_fails_does_not_end_it(error: Exception) -> None:
    clock, times = FakeClock(EVENING), list[datetime]()

    async def fail() -> None:
        times.append(clock.now())
        raise error

    async with asyncio.TaskGroup() as group:
        schedule = VirtualSchedule(clock, Tasks(group))
        Housekeeping(fail, never, schedule, clock).begin()
        await schedule.run_until(EVENING + timedelta(days=2))
    assert [f"{at:%H:%M}" for at in times] == ["15:00", "15:00"]
