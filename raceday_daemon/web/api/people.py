"""What the API tells people of their own: what they were told, and their rules."""

from sqlite3 import Connection

from aiohttp import web

from raceday_daemon.alerting.bands import SIX_BANDS, SIX_COLOURS
from raceday_daemon.alerting.rule_types import LONGEST_SECONDS, RULE_TYPES, RuleType
from raceday_daemon.model.shown_people import (
    AlertList,
    BandLine,
    RuleLine,
    RuleList,
    RuleTypeLine,
    RuleTypes,
    ThresholdRange,
)
from raceday_daemon.store.shown_people import read_alerts_page, read_rule, read_rules_page, read_users
from raceday_daemon.web.api.cursor import cursor_of, place_of
from raceday_daemon.web.api.endpoint import Endpoint, Query
from raceday_daemon.web.api.kinds import USUAL, After, Limit, User
from raceday_daemon.web.reader import Reader, as_response

UNKNOWN_RULE = (404, "there is no such rule")


class PeopleQuery(Query):
    """Whose, and which page."""

    user: User | None = None
    after: After | None = None
    limit: Limit = USUAL


class People:
    """Answers by what is stored."""

    def __init__(self, reader: Reader) -> None:
        """Read by `reader`."""
        self._reader = reader

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Give the questions that it answers."""
        return (
            Endpoint(
                path="/api/alerts",
                summary="What people were told, the newest first",
                handle=self._alerts,
                query=PeopleQuery,
                answer=AlertList,
                is_of_people=True,
            ),
            Endpoint(
                path="/api/rules",
                summary="The rules, and the bands of the front end",
                handle=self._rules,
                query=PeopleQuery,
                answer=RuleList,
                is_of_people=True,
            ),
            Endpoint(
                path="/api/rules/{rule_id}",
                summary="One rule",
                handle=self._rule,
                answer=RuleLine,
                others=(UNKNOWN_RULE,),
                is_of_people=True,
            ),
            Endpoint(
                path="/api/rule-types",
                summary="The types of rules, with their units, ranges and defaults",
                handle=self._types,
                answer=RuleTypes,
            ),
        )

    async def _alerts(self, _: web.Request, query: PeopleQuery) -> web.Response:
        place = place_of(query.after, int)

        def read(store: Connection) -> AlertList:
            alerts, older = read_alerts_page(store, query.user, place[0] if place else None, query.limit)
            return AlertList(
                alerts=alerts, users=read_users(store), next=cursor_of(None if older is None else (older,))
            )

        return await self._reader.answer(read)

    async def _rules(self, _: web.Request, query: PeopleQuery) -> web.Response:
        place = place_of(query.after, str, str)

        def read(store: Connection) -> RuleList:
            rules, following = read_rules_page(store, query.user, (place[0], place[1]) if place else None, query.limit)
            return RuleList(rules=rules, next=cursor_of(following))

        return await self._reader.answer(read)

    async def _rule(self, request: web.Request, _: Query) -> web.Response:
        rule_id = request.match_info["rule_id"]
        return await self._reader.answer(lambda store: read_rule(store, rule_id), missing=UNKNOWN_RULE[1])

    async def _types(self, _: web.Request, __: Query) -> web.Response:
        return as_response(rule_types())


def rule_types() -> RuleTypes:
    """Give the types of rules as people are told of them."""
    return RuleTypes(
        types=tuple(_line(one) for one in RULE_TYPES.values()),
        longest_seconds=LONGEST_SECONDS,
        bands=tuple(
            BandLine(minimum=band.minimum, maximum=band.maximum, color=color)
            for band, color in zip(SIX_BANDS, SIX_COLOURS, strict=True)
        ),
    )


def _line(one: RuleType) -> RuleTypeLine:
    limits = one.thresholds
    return RuleTypeLine(
        name=one.name,
        measure=one.measure,
        unit=one.unit,
        thresholds=ThresholdRange(
            least=limits.least, most=limits.most, ends_count=limits.ends_count, optional=limits.optional
        )
        if limits
        else None,
        has_window=one.has_window,
        while_open=one.while_open,
        of_runners=one.of_runners,
        cooldown_seconds=one.cooldown_seconds,
    )
