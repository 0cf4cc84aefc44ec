"""Signals only set something in motion: the work itself winds down."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from raceday_daemon.ops.endings import STOPPING, end_by

ResultT = TypeVar("ResultT")


class Stopped(Exception):  # noqa: N818  (nothing went wrong)
    """The work was stopped by a signal, whose number is kept."""

    def __init__(self, signal_number: int) -> None:
        """Keep the signal."""
        super().__init__(signal.Signals(signal_number).name)
        self.signal_number = signal_number


def stop_wish() -> asyncio.Event:
    """Give an event that is set by the first SIGINT or SIGTERM; a second one ends the process at once."""
    loop, wish = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        wish.set()
        _hear_no_more(loop)

    for each in STOPPING:
        loop.add_signal_handler(each, stop)
    return wish


async def until_stopped(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Do the work; on SIGINT or SIGTERM cancel it, wait until it has wound down, and raise Stopped.

    A second signal ends the process at once.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    received: list[int] = []

    def stop(signal_number: int) -> None:
        received.append(signal_number)
        task.cancel()
        _hear_no_more(loop)

    for each in STOPPING:
        loop.add_signal_handler(each, stop, each)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise Stopped(received[0]) from None
        raise


def _hear_no_more(loop: asyncio.AbstractEventLoop) -> None:
    for each in STOPPING:
        loop.remove_signal_handler(each)
        end_by(each)
