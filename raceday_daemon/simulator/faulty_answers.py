"""Faults played over HTTP, as a client meets them: refusals, silence, garbage, cut connections."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Final

from aiohttp import web

from raceday_daemon.simulator.faults import Fault, Faults
from raceday_daemon.simulator.grid import spelled

_TITLES: Final = {
    Fault.INTERNAL_ERROR: (500, "Internal Server Error"),
    Fault.UNAVAILABLE: (503, "Service Unavailable"),
    Fault.TOO_MANY: (429, "Too Many Requests"),
}
_LOOKS_EVERY_SECONDS: Final = 0.05
_JSON: Final = "application/json"

NO_STATUS: Final = 0
"""What is noted where no status was sent."""

STATUSES: Final[Mapping[Fault, int]] = {
    **{fault: status for fault, (status, _) in _TITLES.items()},
    **dict.fromkeys((Fault.HANG_UP, Fault.TIMEOUT), NO_STATUS),
    **dict.fromkeys((Fault.STALL, Fault.HALF_BODY, Fault.BROKEN_JSON, Fault.PAGE), 200),
}


async def play(
    fault: Fault, faults: Faults, request: web.Request, body: bytes, made_at: datetime
) -> web.StreamResponse:
    """Answer with a fault (any but WRONG_DAY, which is a whole answer); `body` is the answer that it spoils."""
    if fault in _TITLES:
        return _refusal(fault, faults, request, made_at)
    if fault is Fault.BROKEN_JSON:
        return web.Response(body=body.replace(b'":', b'"', 3), content_type=_JSON)
    if fault is Fault.PAGE:
        return web.Response(text="<html><body>Please come back later.</body></html>", content_type="text/html")
    if fault is Fault.TIMEOUT:
        await _wait_for_the_client(request, faults.silence_seconds)
    if fault in (Fault.STALL, Fault.HALF_BODY):
        return await _half(request, body, faults.silence_seconds if fault is Fault.STALL else 0.0)
    return _cut(request, web.Response())


def _refusal(fault: Fault, faults: Faults, request: web.Request, made_at: datetime) -> web.Response:
    status, title = _TITLES[fault]
    header = {
        "title": title,
        "generated_time": spelled(made_at),
        "url": request.path_qs,
        "error": title.lower(),
        "error_code": fault,
    }
    response = web.Response(status=status, text=json.dumps({"header": header}), content_type=_JSON)
    if fault is Fault.TOO_MANY:
        response.headers["Retry-After"] = str(faults.retry_after_seconds)
    return response


async def _half(request: web.Request, body: bytes, silence_seconds: float) -> web.StreamResponse:
    """Send the first half of a body of a stated length, be silent, and close the connection."""
    response = web.StreamResponse(headers={"Content-Type": _JSON})
    response.content_length = len(body)
    # The client may go at any point; that is its right here.
    with suppress(ConnectionError):
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        await _wait_for_the_client(request, silence_seconds)
    return _cut(request, response)


async def _wait_for_the_client(request: web.Request, seconds: float) -> None:
    """Return once the client has gone, or after so many seconds of the real clock, by which clients give up."""
    for _ in range(round(seconds / _LOOKS_EVERY_SECONDS)):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(_LOOKS_EVERY_SECONDS)


def _cut(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response
