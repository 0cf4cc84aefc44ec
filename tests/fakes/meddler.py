"""A hand in a simulated day's server: it holds answers back, or gives others, where a test says so."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Held:
    """Answers that are held back: `reached` once a question has come, answered once they are let go."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._free = asyncio.Event()

    def let_go(self) -> None:
        """Answer those that wait, and all others at once."""
        self._free.set()

    async def wait(self) -> None:
        """Wait in the place of an answer."""
        self.reached.set()
        await self._free.wait()


class Meddler:
    """Comes between the questions and a simulator; those whose path holds nothing that was named go through.

    `asked` are the paths of all questions, `instead` gives other answers by a part of the path (None: the usual one).
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.instead: dict[str, Callable[[web.Request], web.StreamResponse | None]] = {}
        self._held: dict[str, Held] = {}

    def hold(self, path_part: str) -> Held:
        """Hold the answers to such questions back from now on."""
        held = self._held[path_part] = Held()
        return held

    def let_go(self) -> None:
        """Hold nothing back any more."""
        for held in self._held.values():
            held.let_go()
        self._held.clear()

    def come_between(self, app: web.Application) -> None:
        """Stand in front of an application that is not served yet."""
        app.middlewares.append(self._meddle)

    @web.middleware
    async def _meddle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(request.path)
        for held in [held for part, held in self._held.items() if part in request.path]:
            await held.wait()
        for answer in [answer for part, answer in self.instead.items() if part in request.path]:
            if (given := answer(request)) is not None:
                return given
        return await handler(request)
