"""The round of polls: told when a turn waits past its target, and cut off at the limit, from where the race goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.model.changes import Record
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.race_loop import RaceLoop, Tools
from raceday_daemon.polling.round_watch import RoundWatch
from raceday_daemon.polling.schedule import ApSchedule
from raceday_daemon.polling.supervisor import Supervisor
from raceday_daemon.store.race_queries import write
from tests.builders import RACE_ID, meeting, race
from tests.contract.test_pulse import until
from tests.contract.test_targets import Lines, lines
from tests.contract.test_vigil import hanging
from tests.workbench import House, open_house, rows

__all__ = ["lines"]


@dataclass
class Watched:
    """A race an hour before its start, its loop, and the watch over it, whose time the test tells."""

    house: House
    tasks: Tasks
    loop: RaceLoop
    watch: RoundWatch
    awake_seconds: float = 0.0

    def look_after(self, seconds: float) -> float:
        self.awake_seconds += seconds
        self.watch.look()
        return self.watch.oldest_seconds


@asynccontextmanager
async def watched(folder: Path, *, schedule_runs: bool = True) -> AsyncIterator[Watched]:
    clock = SystemClock()
    async with open_house(folder, "http://127.0.0.1:9") as house, asyncio.TaskGroup() as group:
        tasks = Tasks(group)
        schedule = ApSchedule(clock, tasks)
        if schedule_runs:
            schedule.start()
        tools = Tools(
            profile=STANDARD,
            store=house.store,
            intake=house.intake,
            source=house.source(),
            records=house.records,
            schedule=schedule,
            clock=clock,
            is_lagging=lambda: False,
        )
        now = datetime.now(UTC)
        card: list[Record] = [
            meeting(),
            race(imported_at=now, start_time=now + timedelta(minutes=62)),
        ]
        await house.store.transaction(lambda connection: write(connection, card))
        supervisor = Supervisor(tools, tasks)
        await supervisor.begin()
        one: Watched
        watch = RoundWatch(supervisor, clock, lambda: one.awake_seconds)
        one = Watched(house, tasks, supervisor.loops[RACE_ID], watch)
        yield one
        if schedule_runs:
            schedule.stop()
        await tasks.drain(0)


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Watched]:
    async with watched(tmp_path) as one:
        await until(lambda: one.loop.turns == 1 and not one.loop.is_turning)
        yield one


async def test_a_race_that_is_polled_at_its_times_is_in_no_round(one: Watched, lines: Lines) -> None:
    assert [one.look_after(seconds) for seconds in (0, 100, 1000)] == [0, 0, 0]
    assert not one.watch.is_late
    assert [action for _, action, _ in lines if action.startswith("polls_past")] == []


async def test_a_turn_that_hangs_is_told_and_cut_off_as_a_failure_and_the_race_goes_on(
    one: Watched, lines: Lines, tmp_path: Path
) -> None:
    loop = one.loop
    async with hanging(one.house.store):
        loop.replan()
        await until(lambda: loop.is_turning)
        assert [one.look_after(seconds) for seconds in (0, 119)] == [0, 119]
        assert not one.watch.is_late
        assert [one.look_after(seconds) for seconds in (2, 2)] == [121, 123]
        assert one.watch.is_late
        one.look_after(176)
        assert loop.is_turning
        one.look_after(2)
        await until(lambda: not loop.is_turning)
        assert (loop.turns, loop.standing.failures, loop.broken, loop.stopped) == (2, 1, False, False)
        assert loop.next_at
        assert loop.next_at > datetime.now(UTC)
        assert one.look_after(2) == 0
    told = [(level, action, facts["race"]) for level, action, facts in lines if action.startswith("polls_past")]
    assert told == [
        ("WARNING", "polls_past_target", loop.race.label),
        ("DEBUG", "polls_past_target", loop.race.label),
        ("DEBUG", "polls_past_target", loop.race.label),
        ("DEBUG", "polls_past_target", loop.race.label),
        ("INFO", "polls_past_target_over", None),
    ]
    assert [facts["kind"] for _, action, facts in lines if action == "poll_failed"] == ["turn_timeout"]
    loop.replan()
    await until(lambda: loop.turns == 3)


async def test_a_turn_that_was_lost_is_begun_at_the_limit(tmp_path: Path) -> None:
    async with watched(tmp_path, schedule_runs=False) as one:
        assert [one.look_after(seconds) for seconds in (0, 200)] == [0, 200]
        first = one.loop.next_at
        assert one.look_after(101) == 301
        assert one.loop.next_at != first
        assert one.look_after(1) == 0


async def test_the_stop_cuts_a_hanging_turn_off_for_good(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await until(lambda: one.loop.turns == 1 and not one.loop.is_turning)
        async with hanging(one.house.store):
            one.loop.replan()
            await until(lambda: one.loop.is_turning)
            one.loop.cut_off()
            assert await one.tasks.drain(0.1) == 0
            one.loop.replan()
    assert rows(tmp_path / "ops.db", "SELECT count(*) FROM polls WHERE outcome = 'ok'") == [(0,)]
