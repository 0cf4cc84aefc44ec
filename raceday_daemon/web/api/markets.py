"""What the API tells of the racing: meetings, races, one race, its history."""

from sqlite3 import Connection
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field, StringConstraints

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.model.market import BUCKETED_AGGREGATION
from raceday_daemon.model.shown_day import Day as DayShown
from raceday_daemon.model.shown_day import RaceList
from raceday_daemon.model.shown_race import History, RaceView
from raceday_daemon.store.shown_day import read_line, read_meetings, read_races, read_upcoming
from raceday_daemon.store.shown_history import read_money_page, read_prices_page
from raceday_daemon.store.shown_race import read_version, read_view
from raceday_daemon.web.api.cursor import cursor_of, place_of
from raceday_daemon.web.api.endpoint import Endpoint, Query
from raceday_daemon.web.api.kinds import USUAL, After, Day, Id, Limit
from raceday_daemon.web.reader import Reader

_UNKNOWN = (404, "no such race is stored")


class DayQuery(Query):
    """Of which day."""

    date: Day | None = None


class RacesQuery(Query):
    """Which races."""

    date: Day | None = None
    status: (
        Annotated[str, StringConstraints(min_length=1, max_length=20), Field(description="Of this status.")] | None
    ) = None
    after: After | None = None
    limit: Limit = USUAL


class UpcomingQuery(Query):
    """How many races."""

    limit: Limit = 20


class HistoryQuery(Query):
    """Which part of a race's history."""

    type: Annotated[
        Literal["fixed_win", "fixed_place", "pool_win", "pool_place", "money"],
        Field(description="Prices of this type, or `money`."),
    ] = "fixed_win"
    entrant: Annotated[Id, Field(description="Of this entrant alone.")] | None = None
    after: After | None = None
    limit: Limit = USUAL


class Markets:
    """Answers by what is stored."""

    def __init__(self, reader: Reader) -> None:
        """Read by `reader`."""
        self._reader = reader

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Give the questions that it answers."""
        return (
            Endpoint(
                path="/api/meetings",
                summary="A racing day's meetings in order of their first race, with their races",
                handle=self._meetings,
                query=DayQuery,
                answer=DayShown,
            ),
            Endpoint(
                path="/api/races",
                summary="A racing day's races by their start",
                handle=self._races,
                query=RacesQuery,
                answer=RaceList,
            ),
            Endpoint(
                path="/api/upcoming",
                summary="The next races to start, those too that are late",
                handle=self._upcoming,
                query=UpcomingQuery,
                answer=RaceList,
            ),
            Endpoint(
                path="/api/races/{race_id}",
                summary="A race with its runners, prices and money in time, pools, results",
                handle=self._race,
                answer=RaceView,
                others=(_UNKNOWN, (304, "it is as it was: `If-None-Match` names its version")),
            ),
            Endpoint(
                path="/api/races/{race_id}/history",
                summary="A race's history, oldest first: its prices or its money",
                handle=self._history,
                query=HistoryQuery,
                answer=History,
                others=(_UNKNOWN,),
            ),
        )

    async def _meetings(self, _: web.Request, query: DayQuery) -> web.Response:
        now = self._reader.now()
        day = query.date or racing_day(now)
        return await self._reader.answer(
            lambda store: DayShown(racing_day=day, now=now, meetings=read_meetings(store, day))
        )

    async def _races(self, _: web.Request, query: RacesQuery) -> web.Response:
        now, after = self._reader.now(), place_of(query.after, str, str)
        day = query.date or racing_day(now)

        def read(store: Connection) -> RaceList:
            races, following = read_races(store, day, query.status, after and (after[0], after[1]), query.limit)
            return RaceList(now=now, races=races, next=cursor_of(following))

        return await self._reader.answer(read)

    async def _upcoming(self, _: web.Request, query: UpcomingQuery) -> web.Response:
        now = self._reader.now()
        return await self._reader.answer(
            lambda store: RaceList(now=now, races=read_upcoming(store, now, query.limit), next=None)
        )

    async def _race(self, request: web.Request, _: Query) -> web.Response:
        race_id = request.match_info["race_id"]

        return await self._reader.answer_unless_known(
            request,
            lambda store: read_version(store, race_id),
            lambda store: read_view(store, race_id),
            missing=_UNKNOWN[1],
        )

    async def _history(self, request: web.Request, query: HistoryQuery) -> web.Response:
        race_id, after = request.match_info["race_id"], place_of(query.after, str, str)
        place = (after[0], after[1]) if after else None

        def read(store: Connection) -> History | None:
            if read_line(store, race_id) is None:
                return None
            if query.type == "money":
                money, following = read_money_page(
                    store, race_id, query.entrant, BUCKETED_AGGREGATION, place, query.limit
                )
                return History(race_id=race_id, prices=(), money=money, next=cursor_of(following))
            prices, following = read_prices_page(store, race_id, query.entrant, query.type, place, query.limit)
            return History(race_id=race_id, prices=prices, money=(), next=cursor_of(following))

        return await self._reader.answer(read, missing=_UNKNOWN[1])
