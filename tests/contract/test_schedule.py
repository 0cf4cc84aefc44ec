"""The schedule of a real process: APScheduler begins work at its instant, once, and loses none."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from loguru import logger

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.schedule import Schedule, Work
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.schedule import ApSchedule
from tests.fakes.clock import FakeClock

LONG = 60.0
"""Seconds that no test waits for."""
SOON = 0.05
CLOCK = SystemClock()


class Journal:
    """Notes what has begun, and when."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.times: list[datetime] = []
        self._more = asyncio.Event()

    def work(self, name: str) -> Work:
        async def begin() -> None:
            self.note(name)

        return begin

    def note(self, name: str) -> None:
        """Note that something has begun."""
        self.begun.append(name)
        self.times.append(CLOCK.now())
        self._more.set()

    async def until(self, count: int) -> None:
        """Wait until so many have begun."""
        async with asyncio.timeout(LONG / 2):
            while len(self.begun) < count:
                self._more.clear()
                await self._more.wait()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@asynccontextmanager
async def stage(clock: Clock = CLOCK) -> AsyncIterator[tuple[ApSchedule, Tasks]]:
    """Start a schedule; who opened it stops it."""
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group)
        schedule = ApSchedule(clock, tasks)
        schedule.start()
        yield schedule, tasks
        await tasks.drain(0)


@pytest.fixture
async def schedule() -> AsyncIterator[ApSchedule]:
    async with stage() as (schedule, _tasks):
        yield schedule
        schedule.stop()


@pytest.fixture(autouse=True)
def _nothing_is_told_as_lost() -> Iterator[None]:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), level="WARNING")
    yield
    logger.remove(sink)
    assert not lines


def soon(seconds: float = SOON) -> datetime:
    return CLOCK.now() + timedelta(seconds=seconds)


async def settle(schedule: Schedule) -> None:
    """Let everything begin that is due within the next moments."""
    ended = Journal()
    schedule.at("the end", soon(2 * SOON), ended.work("the end"))
    await ended.until(1)


async def test_work_begins_at_its_instant_and_not_before_and_once(schedule: ApSchedule, journal: Journal) -> None:
    due = soon()
    schedule.at("one", due, journal.work("one"))
    await settle(schedule)
    assert journal.begun == ["one"]
    assert journal.times[0] >= due


@pytest.mark.parametrize("ago", [0, 0.001, 1.5, 3600, 7 * 86_400])
async def test_an_instant_that_has_passed_begins_at_once(schedule: ApSchedule, journal: Journal, ago: float) -> None:
    schedule.at("one", soon(-ago), journal.work("one"))
    await journal.until(1)
    await settle(schedule)
    assert journal.begun == ["one"]


async def test_instants_are_those_of_the_clock_that_was_handed_in(journal: Journal) -> None:
    clock = FakeClock()
    async with stage(clock) as (schedule, _tasks):
        schedule.at("late", clock.now() + timedelta(seconds=LONG), journal.work("late"))
        schedule.at("soon", clock.now() + timedelta(seconds=SOON), journal.work("soon"))
        await journal.until(1)
        schedule.stop()
    assert journal.begun == ["soon"]


class TestAName:
    async def test_used_again_takes_the_place_of_what_waits_by_it(self, schedule: ApSchedule, journal: Journal) -> None:
        schedule.at("race", soon(LONG), journal.work("far"))
        schedule.at("race", soon(), journal.work("near"))
        schedule.at("another", soon(), journal.work("another"))
        schedule.at("another", soon(LONG), journal.work("another, far"))
        await settle(schedule)
        assert journal.begun == ["near"]

    async def test_that_was_cancelled_begins_nothing(self, schedule: ApSchedule, journal: Journal) -> None:
        schedule.at("race", soon(), journal.work("race"))
        schedule.cancel("race")
        await settle(schedule)
        assert journal.begun == []

    async def test_that_nothing_waits_by_can_be_cancelled_too(self, schedule: ApSchedule, journal: Journal) -> None:
        schedule.cancel("nobody")
        schedule.at("race", soon(0), journal.work("race"))
        await journal.until(1)
        schedule.cancel("race")
        schedule.at("race", soon(0), journal.work("again"))
        await journal.until(2)
        assert journal.begun == ["race", "again"]

    async def test_set_again_while_its_work_goes_on_begins_a_second_time_beside_it(
        self, schedule: ApSchedule, journal: Journal
    ) -> None:
        may_end = asyncio.Event()

        async def goes_on() -> None:
            journal.note("first")
            await may_end.wait()

        schedule.at("race", soon(0), goes_on)
        await journal.until(1)
        schedule.at("race", soon(0), journal.work("second"))
        await journal.until(2)
        may_end.set()


@pytest.mark.parametrize("pauses", range(5))
async def test_a_name_set_again_at_any_moment_of_its_beginning_is_not_lost(
    schedule: ApSchedule, journal: Journal, pauses: int
) -> None:
    schedule.at("race", soon(-1), journal.work("first"))
    for _ in range(pauses):
        await asyncio.sleep(0)
    schedule.at("race", soon(-1), journal.work("second"))
    await settle(schedule)
    assert journal.begun in (["second"], ["first", "second"])


async def test_two_thousand_due_at_the_same_instant_all_begin(schedule: ApSchedule, journal: Journal) -> None:
    due = soon(0.5)
    for number in range(2_000):
        schedule.at(f"race-{number}", due, journal.work(f"{number}"))
    await journal.until(2_000)
    assert sorted(journal.begun) == sorted(str(number) for number in range(2_000))


async def test_work_that_sets_itself_anew_for_the_past_is_never_lost(schedule: ApSchedule, journal: Journal) -> None:
    left = {f"race-{number}": 20 for number in range(20)}

    def again(name: str) -> Work:
        async def work() -> None:
            journal.note(name)
            left[name] -= 1
            if left[name]:
                await asyncio.sleep(0)
                schedule.at(name, soon(-left[name]), again(name))

        return work

    for name in left:
        schedule.at(name, soon(-1), again(name))
    await journal.until(400)
    assert set(left.values()) == {0}


async def test_a_look_at_the_clock_begins_nothing_early_and_nothing_twice(
    schedule: ApSchedule, journal: Journal
) -> None:
    due = soon()
    schedule.at("race", due, journal.work("race"))
    for _ in range(20):
        schedule.clock_was_set(0.0)
        await asyncio.sleep(0)
    await settle(schedule)
    assert journal.begun == ["race"]
    assert journal.times[0] >= due


class TestStopping:
    async def test_nothing_begins_any_more(self, journal: Journal) -> None:
        async with stage() as (schedule, tasks):
            schedule.at("soon", soon(), journal.work("soon"))
            await asyncio.sleep(0)
            schedule.stop()
            schedule.at("after", soon(-1), journal.work("after"))
            schedule.cancel("soon")
            await asyncio.sleep(3 * SOON)
            schedule.at("long after", soon(-1), journal.work("long after"))
            schedule.cancel("after")
            await asyncio.sleep(SOON)
            assert (journal.begun, tasks.under_way) == ([], 0)

    async def test_what_has_begun_goes_on(self, journal: Journal) -> None:
        may_end = asyncio.Event()

        async def goes_on() -> None:
            journal.note("begun")
            await may_end.wait()
            journal.note("ended")

        async with stage() as (schedule, tasks):
            schedule.at("race", soon(0), goes_on)
            await journal.until(1)
            schedule.stop()
            await asyncio.sleep(SOON)
            may_end.set()
            assert await tasks.drain(LONG) == 0
        assert journal.begun == ["begun", "ended"]

    async def test_a_clock_that_is_put_right_afterwards_is_no_error(self) -> None:
        async with stage() as (schedule, _tasks):
            schedule.stop()
            await asyncio.sleep(0)
            schedule.clock_was_set(0.0)
