"""A stand-in that is being served: on loopback, in a thread of its own, so that blocking callers can use it too."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.fakes.appwrite import scopes
from tests.fakes.appwrite.application import PREFIX, Application
from tests.fakes.appwrite.control import Control
from tests.fakes.appwrite.control_routes import ControlRoutes
from tests.fakes.appwrite.model import State
from tests.fakes.appwrite.traffic import Traffic

HOST = "127.0.0.1"
PROJECT = "raceday"
KEY = "standard_a-key-that-only-the-tests-know"
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Settings:
    """How a stand-in starts: its project, a key with the scopes (all of databases), how long columns take."""

    project: str = PROJECT
    key: str = KEY
    scopes: frozenset[str] = scopes.NEEDED
    settle_seconds: float = 0.1
    port: int = 0


@dataclass(frozen=True)
class StandIn:
    """A stand-in as tests use it; `inside` is None for one in a process of its own."""

    endpoint: str
    project: str
    key: str
    control: Control
    inside: State | None = None

    @property
    def state(self) -> State:
        """Give what the server holds, for what does not go over the control; only of one in this process."""
        assert self.inside is not None
        return self.inside


class Server:
    """A server with its ports."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.state = State(settings.project, settings.settle_seconds)
        self.state.keys[settings.key] = settings.scopes
        traffic = Traffic()
        self._runner = web.AppRunner(Application(self.state, traffic).app, **QUIET)
        routes = ControlRoutes(self.state, traffic, self.down, self.up)
        self._control = web.AppRunner(routes.app, **QUIET)
        self._site: web.TCPSite | None = None
        self._port = settings.port

    @property
    def endpoint(self) -> str:
        """Give the address that clients are told."""
        return f"http://{HOST}:{self._port}{PREFIX}"

    @property
    def control(self) -> str:
        """Give the address of the control."""
        host, port = self._control.addresses[0][:2]
        return f"http://{host}:{port}"

    async def up(self) -> None:
        """Take connections, always on the same port."""
        if self._site is None:
            self._site = web.TCPSite(self._runner, HOST, self._port, reuse_address=True)
            await self._site.start()
            self._port = self._runner.addresses[0][1]

    async def down(self) -> None:
        """Take no more connections, and cut those there are."""
        site, self._site = self._site, None
        if site is not None:
            await site.stop()
            self._cut()

    async def start(self) -> None:
        """Open both ports."""
        await self._runner.setup()
        await self.up()
        await self._control.setup()
        await web.TCPSite(self._control, HOST, 0).start()

    async def stop(self) -> None:
        """Close both ports."""
        self._cut()
        await self._runner.cleanup()
        await self._control.cleanup()

    def _cut(self) -> None:
        for connection in self._runner.server.connections if self._runner.server else ():
            if connection.transport is not None:
                connection.transport.abort()


# A request whose client has gone is carried out all the same, as the real server does.
QUIET: dict[str, Any] = {
    "access_log": None,
    "shutdown_timeout": 0.1,
    "max_line_size": 65_536,
}


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Server]:
    """Serve on the running loop."""
    server = Server(settings)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@contextmanager
def standing_in(settings: Settings | None = None) -> Iterator[StandIn]:
    """Serve in a thread until the block ends."""
    settings = settings or Settings()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="appwrite stand-in", daemon=True)
    thread.start()
    try:
        server = Server(settings)
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(PATIENCE_SECONDS)
        try:
            yield StandIn(server.endpoint, settings.project, settings.key, Control(server.control), server.state)
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result(PATIENCE_SECONDS)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()
