"""The server's HTTP side: who may call, what is counted, how errors and faults go out."""

import asyncio
import traceback
from typing import Any

import orjson
from aiohttp import web

from tests.fakes.appwrite import column_routes, errors, row_routes, schema_routes, scopes, transaction_routes
from tests.fakes.appwrite.calls import Call, Route
from tests.fakes.appwrite.faults import Fault
from tests.fakes.appwrite.model import State
from tests.fakes.appwrite.traffic import Traffic

PREFIX = "/v1"
MOST_BYTES = 12 * 1024 * 1024
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"
NOT_FOUND_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>404 Not Found</title></head><body><h1>404</h1><p>Page not found</p></body></html>
"""
ROUTES = (*transaction_routes.ROUTES, *schema_routes.ROUTES, *column_routes.ROUTES, *row_routes.ROUTES)


class Application:
    """The server without its port."""

    def __init__(self, state: State, traffic: Traffic) -> None:
        self.state = state
        self.traffic = traffic
        self.app = web.Application(client_max_size=MOST_BYTES)
        self._routes: dict[tuple[str, str], Route] = {}
        for route in ROUTES:
            resource = self.app.router.add_route(route.method, PREFIX + route.path, self._take).resource
            assert resource is not None
            self._routes[route.method, resource.canonical] = route
        self.app.router.add_route("*", "/{elsewhere:.*}", self._take)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        resource = request.match_info.route.resource
        pattern = "" if resource is None else resource.canonical.removeprefix(PREFIX)
        route = self._routes.get((request.method, PREFIX + pattern))
        seen = self.traffic.came(request.method, pattern if route else "elsewhere", request.path)
        switches = self.state.switches
        if switches.latency_ms:
            await asyncio.sleep(switches.latency_ms / 1000)
        fault = switches.fault_for(request.method, request.path)
        response = None if fault and not fault.applied else await self._answer(request, route)
        if fault:
            response = await _misbehave(request, fault)
        assert response is not None
        self.traffic.answered(seen, response.status)
        return response

    async def _answer(self, request: web.Request, route: Route | None) -> web.Response:
        if not request.path.startswith(f"{PREFIX}/"):
            return web.Response(status=404, text=NOT_FOUND_PAGE, headers={"Content-Type": HTML})
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413, headers={"Content-Type": HTML})
        try:
            if route is None:
                raise column_routes.unknown_route()
            self._admit(request, route)
            status, answer = route.answer(self._call(request, body))
        except errors.ApiError as error:
            return sent(error.status, error.body, request)
        except Exception:
            self.traffic.failures.append(traceback.format_exc())
            return sent(500, errors.ApiError(500, "general_unknown", "The stand-in itself failed").body, request)
        return sent(status, answer, request)

    def _admit(self, request: web.Request, route: Route) -> None:
        """Let in who has a key of the project with one of the scopes."""
        if request.headers.get("X-Appwrite-Project") != self.state.project:
            raise scopes.wrong_project()
        key = request.headers.get("X-Appwrite-Key")
        if key is None:
            raise scopes.missing(self.state.project, "", route.scopes, guest=True)
        held = self.state.keys.get(key)
        if held is None:
            raise scopes.unauthorized()
        if held.isdisjoint(route.scopes):
            raise scopes.missing(self.state.project, request.url.host or "", route.scopes)

    def _call(self, request: web.Request, body: bytes) -> Call:
        try:
            read = orjson.loads(body) if body else {}
        except orjson.JSONDecodeError as error:
            raise errors.argument("Invalid JSON in the body") from error
        read = read if isinstance(read, dict) else {}
        return Call(self.state, request.match_info, list(request.query.items()), read)


def sent(status: int, answer: Any, request: web.Request) -> web.Response:
    """Give an answer as it goes out: with a warning for a client that announces a newer format than the server's."""
    body = b"" if answer is None else orjson.dumps(answer)
    headers = {"Content-Type": HTML if answer is None else JSON}
    announced = request.headers.get("X-Appwrite-Response-Format", "")
    if _version(announced) > _version(errors.VERSION):
        headers["x-appwrite-warning"] = (
            f"The current SDK is built for Appwrite {announced}. However, the current Appwrite server version is "
            f"{errors.VERSION}. Please downgrade your SDK to match the Appwrite version: https://appwrite.io/docs/sdks"
        )
    return web.Response(status=status, body=body, headers=headers)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


async def _misbehave(request: web.Request, fault: Fault) -> web.Response:
    """Do what a test wants done instead of answering."""
    if fault.kind == "stall":
        while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)
    if fault.kind in ("stall", "reset"):
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=444)
    if not fault.applied:
        await request.read()
    if fault.kind == "garbage":
        return web.Response(body=b'{"total": 1, "rows": [{"$id": "', headers={"Content-Type": JSON})
    response = sent(fault.status, fault.error.body, request)
    if fault.retry_after is not None:
        response.headers["Retry-After"] = f"{fault.retry_after:g}"
    return response
