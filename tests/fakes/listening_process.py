"""Many listeners of one event stream, in a process of their own: `python -m tests.fakes.listening_process URL NUMBER`.

At SIGTERM it prints one JSON object: the streams still open, and the events and bytes that came in all.
"""

import asyncio
import json
import signal
import sys
from collections import Counter
from contextlib import suppress

import aiohttp


async def main(url: str, number: int) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    heard: Counter[str] = Counter()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as session:
        tasks = [asyncio.create_task(listen(session, url, heard)) for _ in range(number)]
        await stop.wait()
        heard["open"] = sum(not task.done() for task in tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(heard))  # noqa: T201


async def listen(session: aiohttp.ClientSession, url: str, heard: Counter[str]) -> None:
    with suppress(aiohttp.ClientConnectionError):
        async with session.get(f"{url}/api/events") as response:
            assert response.status == 200
            async for chunk in response.content.iter_any():
                heard["bytes"] += len(chunk)
                heard["races"] += chunk.count(b"event: race\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
