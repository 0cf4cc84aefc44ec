"""Answers read from the files: in a thread, one at a time, and built there whole, so that the loop is never held up."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Final, TypeVar

from aiohttp import web

from raceday_daemon.store.reading import reading
from raceday_daemon.store.working_store import FILE_NAME as STORE
from raceday_daemon.web.as_json import as_json
from raceday_daemon.web.inside import Inside
from raceday_daemon.web.shown import Shown

_JSON: Final = "application/json"
ResultT = TypeVar("ResultT")

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Read = Callable[[Connection], "DataclassInstance | None"]
"""Reads an answer from the working store; None where there is nothing to be told."""


class Reader:
    """Reads the working store for whoever asks."""

    def __init__(self, site: Shown) -> None:
        """Read the files of a site."""
        self.site = site

    def now(self) -> datetime:
        """Give the daemon's time."""
        return self.site.begun().clock.now()

    async def answer(self, read: Read, *, missing: str = "") -> web.Response:
        """Read an answer; HTTPNotFound with the sentence `missing` where there is none."""
        answer = await self._in_turn(lambda store: _body(read(store)))
        if answer is None:
            raise web.HTTPNotFound(text=missing)
        return web.Response(body=answer, content_type=_JSON, charset="utf-8")

    async def answer_unless_known(
        self, request: web.Request, version: Callable[[Connection], str | None], read: Read, *, missing: str
    ) -> web.Response:
        """Read an answer, unless the caller has it in this version: then only that is read, and nothing is sent."""
        known = {tag.value for tag in request.if_none_match or ()}

        def work(store: Connection) -> tuple[str | None, bytes | None]:
            there = version(store)
            return there, None if there is None or there in known else _body(read(store))

        there, body = await self._in_turn(work)
        if there is None:
            raise web.HTTPNotFound(text=missing)
        answer = web.Response(body=body, content_type=_JSON, charset="utf-8") if body else web.Response(status=304)
        # It may be kept, and asked for again by its version; weak: that it was looked at again is not another version.
        answer.headers["ETag"] = f'W/"{there}"'
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    async def in_turn(self, work: Callable[[Inside], Awaitable[ResultT]]) -> ResultT:
        """Do something that reads the files in its own way, when it is its turn."""
        inside = self.site.begun()
        async with self.site.turn():
            return await work(inside)

    async def _in_turn(self, work: Callable[[Connection], ResultT]) -> ResultT:
        return await self.in_turn(lambda inside: asyncio.to_thread(_read, inside.data_dir / STORE, work))


def as_response(answer: "DataclassInstance", status: int = 200) -> web.Response:
    """Give an answer that is there already."""
    return web.Response(body=_body(answer), status=status, content_type=_JSON, charset="utf-8")


def _read(path: Path, work: Callable[[Connection], ResultT]) -> ResultT:
    with reading(path) as store:
        return work(store)


def _body(answer: "DataclassInstance | None") -> bytes | None:
    if answer is None:
        return None
    return json.dumps(as_json(answer), separators=(",", ":"), allow_nan=False).encode()
