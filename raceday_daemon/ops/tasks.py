"""Work under way: every task has a name, somebody who watches it, and an end that is waited for."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from raceday_daemon.model.clock import Clock
from raceday_daemon.ops.groups import refusals_alone


@asynccontextmanager
async def beside(**works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do works by name beside the block, and cut them off at its end; a bug in one of them ends the block."""
    with refusals_alone():
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(work, name=name) for name, work in works.items()]
            try:
                yield
            finally:
                for task in running:
                    task.cancel()


async def done_before(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do some work unless `stop` is set first: then it is cut off. Say whether it was done."""
    working, told = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        return working.done()
    finally:
        await cut_off(working, told)


async def rest(clock: Clock, seconds: float, bell: asyncio.Event) -> None:
    """Wait so long by a clock, or until the bell rings."""
    if not seconds:
        return
    waiting = {asyncio.ensure_future(bell.wait()), asyncio.ensure_future(clock.sleep(seconds))}
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Not awaited: a wish to stop that came meanwhile would be lost.
        for one in waiting:
            one.cancel()


async def cut_off(*tasks: asyncio.Future[Any]) -> None:
    """End tasks, whatever they end with; whoever is cancelled meanwhile is cancelled."""
    for task in tasks:
        task.cancel()
    # Not awaited one by one: that would take a cancelling of the waiter for that of the task.
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()


class Tasks:
    """The work of the daemon, in its task group: an error that a task does not handle itself ends the group."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        """Start tasks in `group`, which stays its owner's to leave."""
        self._group = group
        self._under_way: dict[asyncio.Task[None], bool] = {}
        self._closed = False

    @property
    def under_way(self) -> int:
        """Count the tasks that have not ended."""
        return len(self._under_way)

    def start(self, name: str, work: Coroutine[Any, Any, None], *, resumes: bool = False) -> None:
        """Do some work; `resumes` says that it can be cut off at any moment and goes on another time.

        Once the drain has begun, or an error is ending the group, nothing more is started.
        """
        try:
            task = None if self._closed else self._group.create_task(work, name=name)
        except RuntimeError:
            task = None
        if task is None:
            work.close()
            return
        self._under_way[task] = resumes
        task.add_done_callback(self._ended)

    async def rest(self) -> None:
        """Wait until nothing is under way, what is started meanwhile included."""
        while self._under_way:
            await asyncio.wait(list(self._under_way))

    async def drain(self, seconds: float) -> int:
        """Start nothing more, cut off what resumes, wait for the rest that long, and then cut that off too.

        Gives the number of tasks that did not end by themselves although they should have.
        """
        self._closed = True
        for task, resumes in self._under_way.items():
            if resumes:
                task.cancel()
        if self._under_way:
            await asyncio.wait(list(self._under_way), timeout=seconds)
        late = [task for task in self._under_way if not task.done()]
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        return len(late)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
