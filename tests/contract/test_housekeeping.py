"""What is kept for a time only goes once a day, also while the daemon runs on and on."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from raceday_daemon.jobs.housekeeping import Housekeeping
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.poll import CHANGED, Poll
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.store.records import RecordEdges
from tests.fakes.clock import FakeClock
from tests.fakes.virtual_schedule import VirtualSchedule
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


async def test_one_day_that_fails_does_not_end_it(tmp_path: Path) -> None:
    clock, times = FakeClock(EVENING), list[datetime]()

    async def fail() -> None:
        times.append(clock.now())
        raise StoreError("database is locked")

    async with asyncio.TaskGroup() as group:
        schedule = VirtualSchedule(clock, Tasks(group))
        Housekeeping(fail, schedule, clock).begin()
        await schedule.run_until(EVENING + timedelta(days=2))
    assert [f"{at:%H:%M}" for at in times] == ["15:00", "15:00"]
