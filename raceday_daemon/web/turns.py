"""Turns at the files: one question at a time reads them, and few wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

MOST_WAITING: Final = 64
"""Questions that wait until the files have been read for those before them."""


class Turns:
    """Whose turn it is."""

    def __init__(self) -> None:
        """Have nobody waiting."""
        self._reading = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it as long as the block lasts; HTTPServiceUnavailable where too many wait."""
        if self._waiting >= MOST_WAITING:
            raise web.HTTPServiceUnavailable(text="too many questions at once", headers={"Retry-After": "1"})
        self._waiting += 1
        try:
            async with self._reading:
                yield
        finally:
            self._waiting -= 1
