"""Time that runs fast: what is due begins at exactly its instant, and time waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from raceday_daemon.ops.scaled_time import ScaledTime
from raceday_daemon.ops.tasks import Tasks

BEGIN = datetime(2026, 2, 7, 1, tzinfo=UTC)
FAST = 3600.0


@asynccontextmanager
async def running(speed: float = FAST) -> AsyncIterator[ScaledTime]:
    async with asyncio.TaskGroup() as group:
        time = ScaledTime(BEGIN, speed, Tasks(group))
        running = group.create_task(time.run())
        yield time
        running.cancel()


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


async def test_work_begins_at_exactly_its_instant_in_order_and_time_waits_for_it() -> None:
    begun: list[tuple[str, datetime, datetime]] = []
    done = asyncio.Event()
    async with running() as time:

        async def slow() -> None:
            began = time.now()
            await asyncio.sleep(0.05)  # three minutes of that time, if it went on
            begun.append(("slow", began, time.now()))

        async def quick() -> None:
            begun.append(("quick", time.now(), time.now()))
            done.set()

        time.at("quick", after(120), quick)
        time.at("slow", after(60), slow)
        await asyncio.wait_for(done.wait(), 10)
    assert begun == [("slow", after(60), after(60)), ("quick", after(120), after(120))]


async def test_work_that_is_set_again_and_work_of_the_past_begin_once() -> None:
    begun: list[datetime] = []
    done = asyncio.Event()
    async with running() as time:

        async def again() -> None:
            begun.append(time.now())
            if len(begun) < 3:
                time.at("again", time.now() - timedelta(hours=1) if len(begun) == 1 else after(90), again)
            else:
                done.set()

        time.at("again", after(1000), again)
        time.at("again", after(30), again)
        await asyncio.wait_for(done.wait(), 10)
    assert begun == [after(30), after(30), after(90)]


async def test_what_is_cancelled_does_not_begin() -> None:
    begun, done = list[str](), asyncio.Event()
    async with running() as time:

        async def note(name: str) -> None:
            begun.append(name)
            done.set()

        time.at("one", after(10), lambda: note("one"))
        time.at("other", after(20), lambda: note("other"))
        time.cancel("one")
        time.cancel("nobody")
        await asyncio.wait_for(done.wait(), 10)
    assert begun == ["other"]


async def test_a_sleeper_sleeps_in_that_time_and_nothing_goes_backwards() -> None:
    async with running() as time:
        seen = [time.monotonic()]
        await time.sleep(600)
        seen.append(time.monotonic())
        await time.sleep(0)
        seen.append(time.monotonic())
    assert seen == sorted(seen)
    assert seen[1] - seen[0] >= 600


async def test_a_busy_machine_makes_it_slower_never_different() -> None:
    async def day(pause: float) -> list[datetime]:
        begun: list[datetime] = []
        done = asyncio.Event()
        async with running() as time:

            async def look() -> None:
                begun.append(time.now())
                await asyncio.sleep(pause)
                if len(begun) == 20:
                    done.set()
                else:
                    time.at("look", time.now() + timedelta(seconds=15), look)

            time.at("look", after(15), look)
            await asyncio.wait_for(done.wait(), 10)
        return begun

    assert await day(0) == await day(0.01) == [after(15 * place) for place in range(1, 21)]
