"""What a request asks for, read by its declaration; what does not fit is refused with a sentence that names it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from raceday_daemon.web.api.endpoint import JSON, Body, Query

MOST_BYTES: Final = 16 * 1024
"""What may be sent at once."""
BODY_SECONDS: Final = 10.0
"""What is sent has to be there within so many seconds: it holds a connection as long."""

_MOST_FAULTS: Final = 10

QueryT = TypeVar("QueryT", bound=Query)
BodyT = TypeVar("BodyT", bound=Body)


def query_of(request: web.Request, query: type[QueryT]) -> QueryT:
    """Read the parameters of a question; HTTPBadRequest names what is wrong with them."""
    times = Counter(name for name, _ in request.query.items())
    if twice := [name for name, count in times.items() if count > 1]:
        raise web.HTTPBadRequest(text=f"{_shown(twice[0])}: it is given more than once")
    try:
        return query.model_validate(dict(request.query))
    except ValidationError as error:
        raise web.HTTPBadRequest(text=_sentence(error, query)) from None


async def body_of(request: web.Request, body: type[BodyT]) -> BodyT:
    """Read what was sent: 415 where it is not said to be JSON, 413 too long, 408 too slow, 400 does not fit."""
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(text=f"Content-Type: {JSON} is needed")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            sent = await _bounded(request)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"what is sent has to be there within {BODY_SECONDS:g} s") from None
    try:
        return body.model_validate_json(sent)
    except ValidationError as error:
        raise web.HTTPBadRequest(text=_sentence(error, body)) from None


async def _bounded(request: web.Request) -> bytes:
    sent = b""
    async for chunk in request.content.iter_any():
        sent += chunk
        if len(sent) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(
                max_size=MOST_BYTES, actual_size=len(sent), text=f"at most {MOST_BYTES:,} bytes can be sent at once"
            )
    return sent


def _sentence(error: ValidationError, model: type[BaseModel]) -> str:
    """Say what is wrong, a part each; nothing that was sent is repeated but names."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(_words(fault["type"], fault["loc"], fault["msg"], model) for fault in faults[:_MOST_FAULTS])


def _words(kind: str, where: Sequence[Any], message: str, model: type[BaseModel]) -> str:
    name = _shown(".".join(str(part) for part in where))
    if kind == "extra_forbidden":
        known = ", ".join(model.model_fields) or "none"
        return f"{name}: there is no such name here; there are: {known}"
    if kind == "json_invalid":
        return f"this is no JSON ({message.removeprefix('Invalid JSON: ')})"
    return f"{name}: {message}" if name else message


def _shown(name: str) -> str:
    """Shorten what a stranger named, and spell out what can't be printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:60])
