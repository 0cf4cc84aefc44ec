"""The door to the API: each request is let through to what it asks for, or refused with a sentence."""

from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web

from raceday_daemon.web.access import Gatekeeper, refuse_cross_site
from raceday_daemon.web.api.asked import query_of
from raceday_daemon.web.api.endpoint import Endpoint
from raceday_daemon.web.rates import Rates

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """Lets a request through to what it asks for: who it is, how much it writes, what it asks, in this order."""

    def __init__(self, gatekeeper: Gatekeeper, rates: Rates) -> None:
        """Let in whom the gatekeeper knows."""
        self._gatekeeper = gatekeeper
        self._rates = rates

    def routes(self, endpoints: Iterable[Endpoint]) -> list[web.RouteDef]:
        """Give the routes of questions."""
        return [_route(endpoint, self._behind(endpoint)) for endpoint in endpoints]

    def _behind(self, endpoint: Endpoint) -> Serve:
        async def serve(request: web.Request) -> web.StreamResponse:
            if endpoint.writes:
                refuse_cross_site(request)
            self._check_token(request)
            if endpoint.is_of_people:
                self._check_access(request, endpoint)
            if endpoint.writes:
                self._rates.take(request.remote or "")
            return await endpoint.handle(request, query_of(request, endpoint.query))

        return serve

    def _check_token(self, request: web.Request) -> None:
        if self._gatekeeper.has_wrong_token(request):
            self._rates.take(request.remote or "")
            raise _unauthorized("this is not the token")

    def _check_access(self, request: web.Request, endpoint: Endpoint) -> None:
        access = self._gatekeeper.access(request)
        if access.may_write if endpoint.writes else access.may_read:
            return
        if access.needs_token:
            raise _unauthorized(access.why_not or "")
        raise web.HTTPForbidden(text=access.why_not)


def _route(endpoint: Endpoint, serve: Serve) -> web.RouteDef:
    if endpoint.method == "GET":
        return web.get(endpoint.path, serve, allow_head=False)
    return web.route(endpoint.method, endpoint.path, serve)


def _unauthorized(text: str) -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(text=text, headers={"WWW-Authenticate": 'Bearer realm="raceday-daemon"'})
