"""The figures for Prometheus."""

from aiohttp import web

from raceday_daemon.web.shown import Routes, Shown


class MetricsText:
    """/metrics, as text or OpenMetrics by the Accept header; there from the first moment on."""

    def __init__(self, site: Shown) -> None:
        """Answer for a site."""
        self._site = site

    def routes(self) -> Routes:
        """Give what is answered."""
        return {"/metrics": self._metrics}

    async def _metrics(self, request: web.Request) -> web.Response:
        # Out of turn: a status that waits for its files must not take the figures that tell of it away. Whatever they
        # read is read once at a time, and left out in time.
        told = await self._site.metrics.exposition(request.headers.get("Accept", ""))
        return web.Response(body=told.body, headers={"Content-Type": told.content_type})
