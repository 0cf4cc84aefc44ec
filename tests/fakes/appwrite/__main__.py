"""A stand-in in a process of its own: `python -m tests.fakes.appwrite --port 0`, until it is ended.

It writes one line of JSON once it can be called: `endpoint`, `control`, `project` and `key`.
"""

import argparse
import asyncio
import json
import signal
import sys

from tests.fakes.appwrite.serving import KEY, PROJECT, Settings, serving


async def main(settings: Settings, *, with_parent: bool) -> None:
    """Serve until told to end."""
    ended = asyncio.Event()
    if with_parent:
        asyncio.get_running_loop().add_reader(sys.stdin, ended.set)  # it says nothing but that it is closed
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


def arguments() -> tuple[Settings, bool]:
    """Read the command line: the settings, and whether to end with the parent."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.appwrite", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="on loopback; 0 is any")
    parser.add_argument("--project", default=PROJECT)
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--settle-seconds", type=float, default=0.1, help="how long columns and indexes take")
    parser.add_argument("--with-parent", action="store_true", help="end when stdin is closed")
    given = parser.parse_args()
    settings = Settings(given.project, given.key, settle_seconds=given.settle_seconds, port=given.port)
    return settings, given.with_parent


if __name__ == "__main__":
    wanted, ends_with_parent = arguments()
    asyncio.run(main(wanted, with_parent=ends_with_parent))
