"""A stand-in in a process of its own: `python -m tests.fakes.appwrite --port 0`, until it is ended.

It writes one line of JSON once it can be called: `endpoint`, `control`, `project` and `key`.
"""

import argparse
import asyncio
import json
import signal
import sys

from tests.fakes.appwrite.serving import KEY, PROJECT, Settings, serving


async def main(settings: Settings) -> None:
    """Serve until told to end."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with serving(settings) as server:
        told = {
            "endpoint": server.endpoint,
            "control": server.control,
            "project": settings.project,
            "key": settings.key,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        await ended.wait()


def arguments() -> Settings:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.appwrite", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on loopback; 0 is any")
    parser.add_argument("--project", default=PROJECT)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--settle-seconds", type=float, default=0.1, help="how long columns and indexes take")
    given = parser.parse_args()
    return Settings(given.project, given.key, settle_seconds=given.settle_seconds, port=given.port)


if __name__ == "__main__":
    asyncio.run(main(arguments()))
