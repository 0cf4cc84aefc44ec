"""A process in which something hangs, with the daemon's own watch over it: what hangs is its first argument."""

import asyncio
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from raceday_daemon import daemon, vigil
from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.last_resort import end_within
from raceday_daemon.ops.logs import start_logging
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.sentinel import Sentinel
from raceday_daemon.ops.systemd import ServiceManager
from raceday_daemon.settings import Settings
from raceday_daemon.store.working_store import open_working_store

LONG = 30.0
NAME = "a-name-that-is-told"
SECRET = "a-value-that-is-not"


def block_the_loop(seconds: float) -> None:
    a_secret = SECRET
    time.sleep(seconds)
    assert a_secret


def stop_hangs(sentinel: Sentinel) -> None:
    sentinel.must_end_within(1)
    block_the_loop(1.5)


async def watched(hang: Callable[[Sentinel], None]) -> None:
    """Let the loop turn, and then hang in it."""
    pulse = Pulse()
    beating = asyncio.create_task(pulse.beat())
    with Sentinel(lambda: pulse.last_beat, tell_seconds=0.6, end_seconds=2, tick_seconds=0.3) as sentinel:
        await asyncio.sleep(0.5)
        hang(sentinel)
        await asyncio.sleep(1)
    beating.cancel()


def hang_for_ever(_: sqlite3.Connection) -> None:
    threading.Event().wait()


async def store_hangs(folder: Path) -> None:
    """Hang in the thread of the store for ever, while the loop turns."""
    store = await open_working_store(folder)
    watch = vigil.Vigil(
        {"the store": store.answers}, ServiceManager(watchdog_seconds=0.4), SystemClock(), end_seconds=2
    )
    hung = asyncio.ensure_future(store.transaction(hang_for_ever))
    await asyncio.wait({hung, asyncio.ensure_future(watch.keep())})


async def lookup_hangs() -> None:
    """Have a thread of the loop's own hang at the end, as one that looks a name up may."""
    asyncio.get_running_loop().run_in_executor(None, time.sleep, LONG)
    await asyncio.sleep(0.1)
    end_within(0.5, 0)


async def bug_while_the_store_hangs(folder: Path) -> None:
    """End the daemon's work by a bug while the thread of its store hangs."""

    async def work(house: Any) -> None:
        await asyncio.wait({asyncio.ensure_future(house.files.store.transaction(hang_for_ever))}, timeout=0.1)
        raise ZeroDivisionError

    daemon._work, vigil.CLOSING_SECONDS = work, 1.0  # type: ignore[misc]
    settings = Settings(raceday_data_dir=folder, raceday_http_port=0, raceday_grace_seconds=0)
    await daemon.run(settings, STANDARD)


def main(what: str, folder: Path) -> None:
    sink = start_logging("DEBUG", "json", [])
    works: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
        "loop": lambda: watched(lambda _: block_the_loop(LONG)),
        "loop for a while": lambda: watched(lambda _: block_the_loop(1.2)),
        "stop": lambda: watched(stop_hangs),
        "store": lambda: store_hangs(folder),
        "exit": lookup_hangs,
        "bug": lambda: bug_while_the_store_hangs(folder),
    }
    asyncio.run(works[what]())
    sink.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
