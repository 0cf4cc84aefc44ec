"""The control's side in the server: a small application of its own."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from tests.fakes.appwrite import scopes
from tests.fakes.appwrite.faults import Fault, Refusal
from tests.fakes.appwrite.model import State
from tests.fakes.appwrite.traffic import Traffic

Switch = Callable[[], Awaitable[None]]


class ControlRoutes:
    """What `Control` calls; `down` and `up` close and open the server's port."""

    def __init__(self, state: State, traffic: Traffic, down: Switch, up: Switch) -> None:
        self._state = state
        self._traffic = traffic
        self._down = down
        self._up = up
        self.app = web.Application()
        self.app.add_routes(
            [
                web.post("/faults", self._add_fault),
                web.delete("/faults", self._clear),
                web.post("/refusals", self._add_refusal),
                web.post("/latency", self._set_latency),
                web.post("/settle", self._set_settle),
                web.post("/broken", self._set_broken),
                web.post("/down", self._go_down),
                web.post("/up", self._go_up),
                web.post("/keys", self._set_key),
                web.delete("/keys/{key}", self._revoke),
                web.get("/traffic", self._tell_traffic),
                web.delete("/traffic", self._forget_traffic),
                web.get("/rows", self._tell_rows),
                web.get("/rows/{database}/{table}", self._tell_table),
            ]
        )

    async def _add_fault(self, request: web.Request) -> web.Response:
        self._state.switches.faults.append(Fault(**await request.json()))
        return _done()

    async def _add_refusal(self, request: web.Request) -> web.Response:
        self._state.switches.refusals.append(Refusal(**await request.json()))
        return _done()

    async def _clear(self, _: web.Request) -> web.Response:
        self._state.switches.clear()
        return _done()

    async def _set_latency(self, request: web.Request) -> web.Response:
        self._state.switches.latency_ms = (await request.json())["ms"]
        return _done()

    async def _set_settle(self, request: web.Request) -> web.Response:
        self._state.settle_seconds = (await request.json())["seconds"]
        return _done()

    async def _set_broken(self, request: web.Request) -> web.Response:
        self._state.switches.broken = await request.json()
        return _done()

    async def _go_down(self, _: web.Request) -> web.Response:
        await self._down()
        return _done()

    async def _go_up(self, _: web.Request) -> web.Response:
        await self._up()
        return _done()

    async def _set_key(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        held = scopes.ALL if wanted["scopes"] is None else frozenset(wanted["scopes"])
        self._state.keys[wanted["key"]] = held
        return _done()

    async def _revoke(self, request: web.Request) -> web.Response:
        self._state.keys.pop(request.match_info["key"], None)
        return _done()

    async def _tell_traffic(self, _: web.Request) -> web.Response:
        return _done({**self._traffic.told(), "written": dict(self._state.written), "read": dict(self._state.read)})

    async def _forget_traffic(self, _: web.Request) -> web.Response:
        self._traffic.clear()
        self._state.written.clear()
        self._state.read.clear()
        return _done()

    async def _tell_rows(self, _: web.Request) -> web.Response:
        return _done(self._state.dump())

    async def _tell_table(self, request: web.Request) -> web.Response:
        table = self._state.database(request.match_info["database"]).table(request.match_info["table"])
        return _done(table.dump())


def _done(answer: Any = None) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json")
