"""The site: what it answers, to whom, and in which form."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, Final

from aiohttp import web
from loguru import logger

from raceday_daemon.metrics.metrics import Metrics
from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.folder_lock import FolderLock, Holder
from raceday_daemon.web.as_json import as_json
from raceday_daemon.web.health import Health
from raceday_daemon.web.hosts import is_here, is_own
from raceday_daemon.web.inside import Inside
from raceday_daemon.web.metrics_text import MetricsText
from raceday_daemon.web.status_page import StatusPage

_MOST_WAITING: Final = 16
"""Questions that wait until the files have been read for those before them."""

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """What the daemon shows of itself: that it lives from the first moment, the rest once `inside` is there.

    `why_not_yet` says why it is not, as long as it is not.
    """

    def __init__(
        self,
        lock: FolderLock,
        names: Sequence[str],
        metrics: Metrics,
        is_ending: Callable[[], bool] = lambda: False,
        zone_name: str = "UTC",
    ) -> None:
        """Answer for the daemon that holds a data folder, when asked by an address, localhost or one of `names`.

        People read times in the zone; `is_ending` says that the daemon was told to stop.
        """
        self._lock = lock
        self._names = frozenset(name.lower() for name in names)
        self._reading = asyncio.Lock()
        self._waiting = 0
        self.metrics = metrics
        self.is_ending = is_ending
        self.zone_name = zone_name
        self.inside: Inside | None = None
        self.why_not_yet = "the daemon is starting"

    @property
    def holder(self) -> Holder:
        """Give who answers, since when, and where, as the lock's note has it."""
        return self._lock.holder

    @property
    def url(self) -> str | None:
        """Give where the site is served."""
        return self.holder.url

    def app(self) -> web.Application:
        """Build the application: GET alone."""
        app = web.Application(middlewares=[self._guard])
        routes = {
            "/api/status": self._status,
            "/api/coverage": self._coverage,
            **Health(self).routes(),
            **MetricsText(self).routes(),
            **StatusPage(self).routes(),
        }
        app.add_routes([web.get(path, handler, allow_head=False) for path, handler in routes.items()])
        return app

    def begun(self) -> Inside:
        """Give what there is to show; 503 before there is anything."""
        if self.inside is None:
            raise web.HTTPServiceUnavailable(text=self.why_not_yet)
        return self.inside

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Let one question at a time read the files, and few wait."""
        if self._waiting >= _MOST_WAITING:
            raise web.HTTPServiceUnavailable(text="too many questions at once")
        self._waiting += 1
        try:
            async with self._reading:
                yield
        finally:
            self._waiting -= 1

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let nobody in who came by a stranger's name, and give every answer the same form."""
        try:
            if not is_own(request.headers.getall("Host", []), self._names):
                raise web.HTTPMisdirectedRequest(
                    text="ask by this machine's address, by localhost, or by a name that RACEDAY_HTTP_HOST or"
                    " RACEDAY_HTTP_NAMES has"
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

    async def _status(self, request: web.Request) -> web.Response:
        inside = self.begun()
        async with self.turn():
            status = await inside.status(self.holder)
        return web.json_response(as_json(status if is_here(request.remote) else status.for_strangers()))

    async def _coverage(self, request: web.Request) -> web.Response:
        inside, day = self.begun(), _day(request.query.get("date"))
        async with self.turn():
            return web.json_response(as_json(await inside.coverage(day)))


def _day(spelled: str | None) -> date | None:
    if spelled is None:
        return None
    try:
        return datetime.strptime(spelled, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise web.HTTPBadRequest(text="date: a day is written as 2025-07-17") from None


def _error(status: int, sentence: Any) -> web.Response:
    return web.json_response({"error": str(sentence)}, status=status)
