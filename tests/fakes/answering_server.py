"""A loopback server that answers as a test says, well or badly, and a way to it through the daemon's own client."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from raceday_daemon.model.exchange import NOT_RECORDED, Recorder
from raceday_daemon.nztab.breaker import Breaker
from raceday_daemon.nztab.client import Client
from raceday_daemon.nztab.lanes import Lane, Unlimited
from raceday_daemon.nztab.source import Source
from raceday_daemon.nztab.transport import Identification, Transport, open_session
from tests.fakes.clock import FakeClock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

JSON = "application/json"
ONE_TRY = Lane("one try", Unlimited(), attempts=1, longest_wait_seconds=2.0)
"""A lane for what is not about second tries."""


class AnsweringServer:
    """The server: its first answers one by one, then the last again and again; `requests` are those it got."""

    def __init__(self, *answers: Handler) -> None:
        self.url = ""
        self.requests: list[web.Request] = []
        self.arrivals: list[float] = []
        self.answers = list(answers)
        self.app = web.Application()
        self.app.router.add_route("*", "/{path:.*}", self._answer)

    @property
    def queries(self) -> list[dict[str, str]]:
        """Give what was asked, request by request."""
        return [dict(request.query) for request in self.requests]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.arrivals.append(asyncio.get_running_loop().time())
        # Kept with the request, for those who look at it later.
        await request.read()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)


@asynccontextmanager
async def answering(*answers: Handler) -> AsyncIterator[AnsweringServer]:
    """Run a server on a loopback port."""
    answering_server = AnsweringServer(*answers)
    async with TestServer(answering_server.app) as server:
        answering_server.url = str(server.make_url("")).rstrip("/")
        yield answering_server


@dataclass(frozen=True)
class Way:
    """A way to a server: one session, one breaker, a clock that stands still."""

    transport: Transport
    breaker: Breaker
    clock: FakeClock

    def client(self, lane: Lane = ONE_TRY) -> Client:
        """Give a new caller."""
        return Client(self.transport, self.breaker, lane)

    def source(self, lane: Lane = ONE_TRY) -> Source:
        """Give a new caller that asks the daemon's questions."""
        return Source(self.client(lane))


@asynccontextmanager
async def way_to(
    url: str,
    *,
    timeout_seconds: float = 10.0,
    identification: Identification | None = None,
    recorder: Recorder = NOT_RECORDED,
) -> AsyncIterator[Way]:
    """Open a way to a server."""
    clock = FakeClock()
    async with open_session(timeout_seconds) as session:
        transport = Transport(session, url, clock, identification or Identification(user_agent="tests"), recorder)
        yield Way(transport, Breaker(clock), clock)


@asynccontextmanager
async def way_to_a_server(
    *answers: Handler, timeout_seconds: float = 10.0
) -> AsyncIterator[tuple[Way, AnsweringServer]]:
    """Run a server and open a way to it."""
    async with answering(*answers) as server, way_to(server.url, timeout_seconds=timeout_seconds) as way:
        yield way, server


def sends(
    body: bytes | str | Mapping[str, Any] = b"{}",
    *,
    status: int = 200,
    content_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Handler:
    """Answer with a whole body; a mapping is sent as JSON."""
    sent = json.dumps(body) if isinstance(body, Mapping) else body
    as_bytes = sent.encode() if isinstance(sent, str) else sent

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=as_bytes, headers={"Content-Type": content_type, **(headers or {})})

    return answer


def fails(status: int, **headers: str) -> Handler:
    """Answer with a status, and an error body of the source's shape."""
    header = {"title": "Failure", "generated_time": "2025-07-17T00:00:00Z", "url": "/"}
    return sends({"header": header}, status=status, headers={name.replace("_", "-"): v for name, v in headers.items()})


async def never(_: web.Request) -> web.StreamResponse:
    """Take the request, and say nothing until the caller has gone."""
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


async def drips(request: web.Request) -> web.StreamResponse:
    """Send a body without an end, a blank at a time, each well within any timeout."""
    response = await _begin(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.02)


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """Close the connection instead of answering."""
    _cut(request)
    return web.Response()


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """Close the connection in the middle of a body of a stated length."""
    response = await _begin(request, content_length=1000)
    await response.write(b'{"half":')
    _cut(request)
    return response


async def breaks_off_between_chunks(request: web.Request) -> web.StreamResponse:
    """Close the connection before the last chunk of a body."""
    response = await _begin(request)
    await response.write(b'{"half":')
    _cut(request)
    return response


class Gate:
    """An answer that waits until the test lets it go: `reached` once a request has come."""

    def __init__(self, then: Handler) -> None:
        self.reached = asyncio.Event()
        self._open = asyncio.Event()
        self._then = then

    def open(self) -> None:
        """Let the answers go."""
        self._open.set()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Wait, then answer."""
        self.reached.set()
        await self._open.wait()
        return await self._then(request)


async def _begin(request: web.Request, content_length: int | None = None) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": JSON})
    response.content_length = content_length
    await response.prepare(request)
    return response


def _cut(request: web.Request) -> None:
    assert request.transport is not None
    request.transport.abort()
