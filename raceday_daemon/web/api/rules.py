"""Rules written through the API: added, switched on and off, removed."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, StringConstraints, model_validator

from raceday_daemon.alerting.new_rule import new_rule
from raceday_daemon.alerting.rule_types import LONGEST_SECONDS
from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.model.errors import RuleRefusedError
from raceday_daemon.model.shown_people import RuleLine
from raceday_daemon.store.rule_writing import Outcome
from raceday_daemon.store.shown_people import read_rule
from raceday_daemon.web.api.asked import body_of
from raceday_daemon.web.api.endpoint import Body, Endpoint, Query
from raceday_daemon.web.api.kinds import Id
from raceday_daemon.web.api.people import UNKNOWN_RULE
from raceday_daemon.web.reader import Reader

_REFUSED = (422, "such a rule would never be told of anything; the sentence says why")
_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"

Seconds = Annotated[int, Field(ge=0, le=LONGEST_SECONDS)]
Channel = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_PRINTABLE)]


class NewRule(Body):
    """A rule to be added: who is told, of what (`/api/rule-types`), and where (neither entrant nor race: everywhere).

    The same rule twice is one, with the last cooldown and channel.
    """

    user_id: Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_PRINTABLE)]
    alert_type: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    threshold: float | None = None
    entrant: Id | None = None
    race: Id | None = None
    window_seconds: Seconds | None = None
    cooldown_seconds: Seconds | None = None
    channel: Channel | None = None
    enabled: bool = True


class RuleChange(Body):
    """What of a rule is to be another: another threshold is another rule."""

    enabled: bool | None = None
    cooldown_seconds: Seconds | None = None
    channel: Channel | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "RuleChange":
        if not self.model_fields_set or (self.enabled is None and "enabled" in self.model_fields_set):
            raise ValueError("name at least one of enabled (true or false), cooldown_seconds, channel")
        return self


class RuleWriting:
    """Writes in the book of rules."""

    def __init__(self, reader: Reader) -> None:
        """Tell by `reader` what is written."""
        self._reader = reader

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Give the wishes that it carries out."""
        return (
            Endpoint(
                method="POST",
                path="/api/rules",
                summary="A rule more",
                handle=self._add,
                body=NewRule,
                answer=RuleLine,
                status=201,
                others=((200, "there was this rule already; it is now as it was sent"), _REFUSED),
                is_of_people=True,
            ),
            Endpoint(
                method="PATCH",
                path="/api/rules/{rule_id}",
                summary="A rule switched on or off, or with another cooldown or channel",
                handle=self._change,
                body=RuleChange,
                answer=RuleLine,
                others=(UNKNOWN_RULE, _REFUSED),
                is_of_people=True,
            ),
            Endpoint(
                method="DELETE",
                path="/api/rules/{rule_id}",
                summary="A rule removed, in Appwrite too where rows go there",
                handle=self._remove,
                status=204,
                others=(UNKNOWN_RULE, (502, "Appwrite can't be asked to remove it: it stays")),
                is_of_people=True,
            ),
        )

    async def _add(self, request: web.Request, _: Query) -> web.Response:
        wished = await body_of(request, NewRule)
        try:
            addition = await self._reader.site.begun().rules.add(new_rule(**wished.model_dump()))
        except RuleRefusedError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from None
        answer = await self._told(addition.rule.rule_id)
        if addition.outcome is Outcome.ADDED:
            answer.set_status(201)
            answer.headers["Location"] = f"/api/rules/{addition.rule.rule_id}"
        return answer

    async def _change(self, request: web.Request, _: Query) -> web.Response:
        wished: dict[str, Any] = (await body_of(request, RuleChange)).model_dump(exclude_unset=True)
        rule_id = request.match_info["rule_id"]
        try:
            changed = await self._reader.site.begun().rules.change(rule_id, wished)
        except RuleRefusedError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from None
        if changed is None:
            raise web.HTTPNotFound(text=UNKNOWN_RULE[1])
        return await self._told(rule_id)

    async def _remove(self, request: web.Request, _: Query) -> web.Response:
        try:
            was_there = await self._reader.site.begun().rules.remove(request.match_info["rule_id"])
        except AppwriteError as error:
            raise web.HTTPBadGateway(text=f"it stays: Appwrite can't be asked to remove it ({error})") from None
        if not was_there:
            raise web.HTTPNotFound(text=UNKNOWN_RULE[1])
        return web.Response(status=204)

    async def _told(self, rule_id: str) -> web.Response:
        return await self._reader.answer(lambda store: read_rule(store, rule_id), missing=UNKNOWN_RULE[1])
