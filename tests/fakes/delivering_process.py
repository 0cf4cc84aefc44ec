"""A process that sends what waits to a webhook until it is killed.

`python -m tests.fakes.delivering_process FOLDER URL`
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from raceday_daemon.delivery.dispatch import Dispatch
from raceday_daemon.delivery.webhook import open_webhook
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.delivery_queue import DeliveryQueue
from raceday_daemon.store.working_store import open_working_store
from tests.delivery_bench import KEY


async def main(folder: Path, url: str) -> None:
    """Send for ever."""
    clock = SystemClock()
    async with AsyncExitStack() as parts:
        store = await open_working_store(folder)
        parts.push_async_callback(store.close)
        webhook = await parts.enter_async_context(open_webhook(url, KEY, clock, "tests"))
        await Dispatch(folder, store, [webhook], clock, DeliveryQueue(["webhook"])).run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
