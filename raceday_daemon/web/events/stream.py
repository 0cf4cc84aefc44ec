"""The event stream over HTTP: one listener a connection, as long as it reads."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field, StringConstraints

from raceday_daemon import __version__
from raceday_daemon.model.health import Health
from raceday_daemon.model.shown_events import DayChanged, Hello, Reset
from raceday_daemon.model.shown_people import AlertLine
from raceday_daemon.model.shown_race import RaceNow
from raceday_daemon.ops.tasks import cut_off
from raceday_daemon.web.access import Gatekeeper
from raceday_daemon.web.api.endpoint import Endpoint, Query
from raceday_daemon.web.api.kinds import User
from raceday_daemon.web.events.event import HEARTBEAT, HELLO, event_of, news
from raceday_daemon.web.events.hub import Hub
from raceday_daemon.web.events.listener import Listener
from raceday_daemon.web.events.newsroom import Newsroom
from raceday_daemon.web.server import UNREAD_SECONDS
from raceday_daemon.web.shown import Shown, time_told

MOST_STREAMS: Final = 250
HEARTBEAT_SECONDS: Final = 15.0

_REST_SECONDS: Final = 2.0
"""How soon it is seen that a caller has hung up while nothing happens."""
_READY_SECONDS: Final = 10.0
_RECONNECT_MS: Final = 2_000
_SEND_BUFFER_BYTES: Final = 64 * 1024
_CHUNK_BYTES: Final = 32 * 1024
_HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    # Proxies of the nginx kind hold answers back otherwise.
    "X-Accel-Buffering": "no",
}


class EventsQuery(Query):
    """Whose alerts, and since when."""

    user: User | None = None
    last_event_id: (
        Annotated[
            str,
            StringConstraints(max_length=100),
            Field(description="As `Last-Event-ID`, for those that can't send it."),
        ]
        | None
    ) = None


class Stream:
    """Serves the stream."""

    def __init__(
        self,
        site: Shown,
        hub: Hub,
        newsroom: Newsroom,
        gatekeeper: Gatekeeper,
        unread_seconds: float = UNREAD_SECONDS,
    ) -> None:
        """Tell what the newsroom finds, alerts to those alone whom the gatekeeper lets in."""
        self._unread_seconds = unread_seconds
        self._hub = hub
        self._newsroom = newsroom
        self._site = site
        self._gatekeeper = gatekeeper

    def endpoint(self) -> Endpoint:
        """Give the question that it answers."""
        return Endpoint(
            path="/api/events",
            summary="What changes, as it happens: server-sent events, whose data is JSON of the types below",
            handle=self._serve,
            query=EventsQuery,
            answer=str,
            media="text/event-stream",
            parts=(Hello, Health, RaceNow, AlertLine, DayChanged, Reset),
        )

    async def working(self, _: web.Application) -> AsyncIterator[None]:
        """Keep the newsroom at work as long as the site is served; its end ends all streams."""
        task = asyncio.create_task(self._newsroom.run(), name="newsroom")
        yield
        await cut_off(task)

    async def end_all(self, _: web.Application) -> None:
        """End all streams: the site is about to close."""
        self._hub.close()

    async def _serve(self, request: web.Request, query: EventsQuery) -> web.StreamResponse:
        self._site.begun()
        if self._hub.listening >= MOST_STREAMS:
            raise web.HTTPServiceUnavailable(text="too many listen already", headers={"Retry-After": "5"})
        with_alerts = self._gatekeeper.access(request).may_read
        listener = Listener(with_alerts=with_alerts, user_id=query.user)
        last_event_id = query.last_event_id or request.headers.get("Last-Event-ID") or None
        self._hub.join(listener, last_event_id)
        try:
            await self._until_ready()
            response = web.StreamResponse(headers=_HEADERS)
            _bound_unread(request.transport)
            await response.prepare(request)
            hello = Hello(version=__version__, life=self._hub.life, time=time_told(self._site), with_alerts=with_alerts)
            await response.write(b"retry: %d\n\n%s" % (_RECONNECT_MS, event_of(news(HELLO, HELLO, hello)).sent))
            with contextlib.suppress(TimeoutError, ConnectionError):
                await self._send(request, response, listener)
        finally:
            self._hub.leave(listener)
        return response

    async def _send(self, request: web.Request, response: web.StreamResponse, listener: Listener) -> None:
        """Send what waits, as it comes, until it is over or the caller has gone; TimeoutError if it does not read."""
        sent_at = monotonic()
        while not listener.is_closed and request.transport is not None:
            due = HEARTBEAT if monotonic() - sent_at >= HEARTBEAT_SECONDS else b""
            while chunk := listener.take_bytes(_CHUNK_BYTES) or due:
                async with asyncio.timeout(self._unread_seconds):
                    await response.write(chunk)
                sent_at, due = monotonic(), b""
            await listener.rest(_REST_SECONDS)

    async def _until_ready(self) -> None:
        try:
            await asyncio.wait_for(self._newsroom.ready(), _READY_SECONDS)
        except TimeoutError:
            raise web.HTTPServiceUnavailable(text="the files can't be read now", headers={"Retry-After": "5"}) from None


def _bound_unread(transport: asyncio.Transport | None) -> None:
    """Keep what lies unread in the machine small."""
    if connection := transport.get_extra_info("socket") if transport else None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
