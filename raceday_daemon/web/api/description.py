"""The description of the API, served by itself."""

import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from raceday_daemon.web.api.endpoint import Endpoint, Query
from raceday_daemon.web.api.openapi import describe


class Description:
    """Tells what can be asked."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        """Describe these questions; it is made when it is first asked for."""
        self._endpoints = endpoints
        self._body: bytes | None = None

    def endpoint(self) -> Endpoint:
        """Give the question that it answers."""
        return Endpoint(
            path="/api/openapi.json",
            summary="This description",
            handle=self._describe,
            answer=dict[str, Any],
        )

    async def _describe(self, _: web.Request, __: Query) -> web.Response:
        if self._body is None:
            self._body = json.dumps(describe((*self._endpoints, self.endpoint()))).encode()
        return web.Response(body=self._body, content_type="application/json", charset="utf-8")
