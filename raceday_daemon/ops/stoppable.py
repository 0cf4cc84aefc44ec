"""Long work in a thread that is told when it is to stop, puts away what it began, and is waited for."""

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar

ResultT = TypeVar("ResultT")


class CutOffError(Exception):
    """The work was told to stop before it was done."""


class Stopping:
    """Whether the work is to stop, as the work sees it."""

    def __init__(self) -> None:
        """Let it go on."""
        self._wish = Event()

    def wish(self) -> None:
        """Tell the work to stop."""
        self._wish.set()

    def is_wished(self) -> bool:
        """Say whether it is to stop."""
        return self._wish.is_set()

    def check(self) -> None:
        """Raise CutOffError where the work is to stop."""
        if self._wish.is_set():
            raise CutOffError

    def before(self, step: Callable[[int], None]) -> Callable[[int], None]:
        """Give a step that first raises CutOffError where the work is to stop."""

        def stop_or_go_on(done: int) -> None:
            self.check()
            step(done)

        return stop_or_go_on


async def in_thread(work: Callable[[Stopping], ResultT]) -> ResultT:
    """Give what `work` gives; where the caller is cancelled, tell it to stop and wait until it has ended."""
    stopping = Stopping()
    task = asyncio.create_task(asyncio.to_thread(work, stopping), name="long work")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stopping.wish()
        await asyncio.wait({task})
        # What became of it is of no interest any more, but must be looked at.
        task.cancelled() or task.exception()
        raise
