"""The site: what it answers, to whom, and in which form."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any, Final

from aiohttp import web
from loguru import logger

from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.folder_lock import FolderLock
from raceday_daemon.web.as_json import as_json
from raceday_daemon.web.hosts import is_own
from raceday_daemon.web.inside import Inside

ALIVE_SECONDS: Final = 5.0
"""The loop must have turned within so many seconds."""

_MOST_WAITING: Final = 16
"""Questions that wait until the files have been read for those before them."""

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """What the daemon shows of itself: that it lives from the first moment, the rest once `inside` is there."""

    def __init__(self, lock: FolderLock, host: str) -> None:
        """Answer for the daemon that holds a data folder, when asked by an address, localhost or `host`."""
        self._lock = lock
        self._host = host
        self._reading = asyncio.Lock()
        self._waiting = 0
        self.inside: Inside | None = None

    @property
    def url(self) -> str | None:
        """Give where the site is served, as the lock's note has it."""
        return self._lock.holder.url

    def app(self) -> web.Application:
        """Build the application: GET alone."""
        app = web.Application(middlewares=[self._guard])
        routes = {"/livez": self._livez, "/api/status": self._status, "/api/coverage": self._coverage}
        app.add_routes([web.get(path, handler, allow_head=False) for path, handler in routes.items()])
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let nobody in who came by a stranger's name, and give every answer the same form."""
        try:
            if not is_own(request.headers.getall("Host", []), self._host):
                raise web.HTTPMisdirectedRequest(
                    text="ask by this machine's address, by localhost, or by the name that RACEDAY_HTTP_HOST has"
                )
            answer = await handler(request)
        except web.HTTPException as error:
            answer = _error(error.status, error.text or error.reason)
            answer.headers.extend({name: error.headers[name] for name in ("Allow",) if name in error.headers})
        except StoreError as error:
            answer = _error(503, str(error))
        except Exception as error:
            logger.opt(exception=error).error("{path}: a bug", action="web_broken", path=request.path)
            answer = _error(500, "a bug has stopped this answer; the daemon's log has it")
        answer.headers.update(_HEADERS)
        return answer

    async def _livez(self, _: web.Request) -> web.Response:
        # Before there is a pulse, that somebody answers at all is the sign.
        silent_seconds = monotonic() - self.inside.pulse.last_beat if self.inside else 0.0
        alive = silent_seconds < ALIVE_SECONDS
        facts = {"alive": alive, "pid": self._lock.holder.pid, "silent_seconds": round(silent_seconds, 3)}
        return web.json_response(facts, status=200 if alive else 503)

    async def _status(self, _: web.Request) -> web.Response:
        inside = self._inside()
        async with self._turn():
            return web.json_response(as_json(await inside.status(self._lock.holder)))

    async def _coverage(self, request: web.Request) -> web.Response:
        inside, day = self._inside(), _day(request.query.get("date"))
        async with self._turn():
            return web.json_response(as_json(await inside.coverage(day)))

    def _inside(self) -> Inside:
        if self.inside is None:
            raise web.HTTPServiceUnavailable(text="the daemon is starting")
        return self.inside

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Let one question at a time read the files, and few wait."""
        if self._waiting >= _MOST_WAITING:
            raise web.HTTPServiceUnavailable(text="too many questions at once")
        self._waiting += 1
        try:
            async with self._reading:
                yield
        finally:
            self._waiting -= 1


def _day(spelled: str | None) -> date | None:
    if spelled is None:
        return None
    try:
        return datetime.strptime(spelled, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise web.HTTPBadRequest(text="date: a day is written as 2025-07-17") from None


def _error(status: int, sentence: Any) -> web.Response:
    return web.json_response({"error": str(sentence)}, status=status)
