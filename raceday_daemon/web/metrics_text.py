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
        async with self._site.turn():
            told = await self._site.metrics.exposition(request.headers.get("Accept", ""))
        return web.Response(body=told.body, headers={"Content-Type": told.content_type})
