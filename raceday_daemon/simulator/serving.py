"""A simulator on a port of this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from raceday_daemon.simulator.server import Simulator

_HOST: Final = "127.0.0.1"
_STOPS_WITHIN_SECONDS: Final = 1.0


@asynccontextmanager
async def serving(simulator: Simulator, port: int = 0) -> AsyncIterator[str]:
    """Serve it on loopback, and give its address; port 0 is any free one. Raises OSError for a port that is taken."""
    runner = web.AppRunner(simulator.app, access_log=None, shutdown_timeout=_STOPS_WITHIN_SECONDS)
    await runner.setup()
    try:
        site = web.TCPSite(runner, _HOST, port)
        await site.start()
        taken = runner.addresses[0][1]
        yield f"http://{_HOST}:{taken}"
    finally:
        await runner.cleanup()
