"""The event stream as a client hears it: read off the wire, event by event."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

MOST_SECONDS = 30.0


@dataclass(frozen=True)
class Heard:
    """One event."""

    kind: str
    data: Any
    event_id: str | None


class Ear:
    """Reads one stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self, *kinds: str, seconds: float = MOST_SECONDS) -> Heard:
        """Give the next event of these kinds (none named: the next one), within so long."""
        async with asyncio.timeout(seconds):
            while True:
                heard = await self._one()
                if not kinds or heard.kind in kinds:
                    return heard

    async def silence(self, *kinds: str, seconds: float) -> bool:
        """Say whether nothing of these kinds comes for so long."""
        try:
            await self.next(*kinds, seconds=seconds)
        except TimeoutError:
            return True
        return False

    async def _one(self) -> Heard:
        fields: dict[str, str] = {}
        while True:
            line = (await self.response.content.readline()).decode()
            if not line:
                raise ConnectionError("the stream has ended")
            if line == "\n":
                if "event" in fields:
                    return Heard(fields["event"], json.loads(fields["data"]), fields.get("id"))
                fields = {}
                continue
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value


@asynccontextmanager
async def listening(url: str, query: str = "", **headers: str) -> AsyncIterator[Ear]:
    """Listen to a site's stream; the names of headers have _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    timeout = aiohttp.ClientTimeout(total=None)
    async with (
        aiohttp.ClientSession(timeout=timeout, read_bufsize=2**20) as session,
        session.get(f"{url}/api/events{query}", headers=named) as response,
    ):
        assert response.status == 200, await response.text()
        yield Ear(response)
