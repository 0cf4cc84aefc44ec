"""A few threads that ask one thing after the other, so that calls that wait for a server stop nothing else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, TypeVar

ResultT = TypeVar("ResultT")

HUSHED: Final = "hushed"
"""What the name of a thread begins with whose libraries are not to be heard: they log addresses that are secrets."""


class Threads:
    """A bounded pool. Its threads die with the process: a ThreadPoolExecutor's would keep it until a server answers.

    All of them start here, at once: a thread that is started for want of one in the middle of the work may find no
    memory, and Python then waits for it for ever.
    """

    def __init__(self, count: int, name: str) -> None:
        """Start `count` threads."""
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._closed = False
        self._threads = [Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(count)]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Give what `work` gives, once a thread is free. A caller that is cancelled meanwhile does not stop it."""
        if self._closed:
            raise RuntimeError("these threads take no more work")
        future: Future[ResultT] = Future()
        self._tasks.put(partial(_carry_out, future, work))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take no more work, drop what no thread has begun, and wait for nothing."""
        self._closed = True
        while True:
            try:
                self._tasks.get_nowait()
            except Empty:
                break
        for _ in self._threads:
            self._tasks.put(None)

    def _work(self) -> None:
        while task := self._tasks.get():
            task()
            # What was asked must not live on until the next question.
            del task


def _carry_out(future: Future[ResultT], work: Callable[[], ResultT]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)
