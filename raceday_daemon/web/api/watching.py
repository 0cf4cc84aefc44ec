"""What the API tells of the daemon itself: its status, the day's coverage, how things stand in short."""

from aiohttp import web

from raceday_daemon import __version__
from raceday_daemon.model.coverage import Coverage
from raceday_daemon.model.health import HealthAnswer
from raceday_daemon.model.status import Status
from raceday_daemon.web.access import Gatekeeper
from raceday_daemon.web.api.endpoint import Endpoint, Query
from raceday_daemon.web.api.markets import DayQuery
from raceday_daemon.web.events.hub import life_of
from raceday_daemon.web.inside import Inside
from raceday_daemon.web.reader import Reader, as_response
from raceday_daemon.web.shown import time_told


class Watching:
    """Answers by what the daemon's parts and records say."""

    def __init__(self, reader: Reader, gatekeeper: Gatekeeper) -> None:
        """Tell of the daemon whose files are read."""
        self._reader = reader
        self._gatekeeper = gatekeeper

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Give the questions that it answers."""
        return (
            Endpoint(
                path="/api/status",
                summary="What the daemon is doing",
                handle=self._status,
                answer=Status,
            ),
            Endpoint(
                path="/api/coverage",
                summary="A racing day's slots, a race a line: due, polled, failed, missed and why",
                handle=self._coverage,
                query=DayQuery,
                answer=Coverage,
            ),
            Endpoint(
                path="/api/health",
                summary="How things stand, the daemon's time, and what this caller may do",
                handle=self._health,
                answer=HealthAnswer,
            ),
        )

    async def _status(self, request: web.Request, _: Query) -> web.Response:
        site = self._reader.site
        status = await self._reader.in_turn(lambda inside: inside.status(site.holder))
        return as_response(status if site.may_be_told(request) else status.for_strangers())

    async def _coverage(self, _: web.Request, query: DayQuery) -> web.Response:
        return as_response(await self._reader.in_turn(lambda inside: inside.coverage(query.date)))

    async def _health(self, request: web.Request, _: Query) -> web.Response:
        site = self._reader.site

        async def read(inside: Inside) -> HealthAnswer:
            access, health = self._gatekeeper.access(request), await inside.health()
            return HealthAnswer(
                version=__version__,
                life=life_of(site.holder.since),
                time=time_told(site),
                health=health if access.may_read else health.for_strangers(),
                access=access,
            )

        return as_response(await self._reader.in_turn(read))
