"""Whole answers: which question a path asks, and what the source says to it at an instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from raceday_daemon.simulator.asked import (
    BadQuestionError,
    EventQuestion,
    ListQuestion,
    MeetingsQuestion,
    Query,
    check_encoding,
)
from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.event_answer import event_data
from raceday_daemon.simulator.grid import spelled
from raceday_daemon.simulator.meeting_answer import listed_race, meeting_card
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.race_now import race_at

PREFIX: Final = "/affiliates/v1/racing"

Document = dict[str, Any]
Said = tuple[str, Document, Document]
"""The title, the echo of the question, and the data."""


class _UnknownError(Exception):
    """There is no such thing (HTTP 404)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question: an HTTP status and a document."""

    status: int
    document: Document


class Answers:
    """The answers of a day. Each follows from the plan, the question and the instant alone."""

    def __init__(self, plan: DayPlan) -> None:
        """Answer by the plan."""
        self.plan = plan
        self._meetings = {meeting.meeting_id: meeting for meeting in plan.meetings}
        self._races = {race.race_id: (meeting, race) for meeting in plan.meetings for race in meeting.races}
        self._in_order = sorted(self._races.values(), key=lambda pair: (pair[1].start, pair[1].race_id))
        self._chance = Chance.from_seed(plan.seed)

    def answer(self, path: str, query_string: str, at: datetime) -> Answer:
        """Say what stands at `at`; errors have the source's shape too."""
        status, title, rest = 200, "", dict[str, Any]()
        try:
            title, params, data = self._question(path)(dict(parse_qsl(query_string)), at)
            rest = {"params": params, "data": data}
            error = {}
        except BadQuestionError as bad:
            status, title, error = 400, "Bad Request", {"error": str(bad), "error_code": "400"}
        except _UnknownError as unknown:
            status, title, error = 404, "Not Found", {"error": str(unknown), "error_code": "404"}
        url = f"{path}?{query_string}" if query_string else path
        # Below what a datetime holds, so that nothing but the spelling tells it from the instant of the refresh.
        stamp = spelled(at, self._chance.whole(1, 999, "stamp", at.timestamp()))
        return Answer(status, {"header": {"title": title, "generated_time": stamp, "url": url, **error}, **rest})

    def _question(self, path: str) -> Callable[[Query, datetime], Said]:
        kind, _, item = path.removeprefix(PREFIX).strip("/").partition("/")
        if not path.startswith(PREFIX) or (kind, bool(item)) not in _KINDS:
            raise _UnknownError(f"no such path {path!r:.100}")
        if kind == "events":
            return lambda query, at: self._event(item, query, at)
        if kind == "list":
            return self._list
        return (lambda query, at: self._meeting(item, query, at)) if item else self._day

    def _day(self, query: Query, at: datetime) -> Said:
        asked = MeetingsQuestion.of(query, at)
        found = [one for one in self.plan.meetings if asked.wants(one.day, one.venue.country, one.venue.category)]
        page = found[asked.offset : asked.offset + asked.limit]
        return "Race Meetings", asked.echo(), {"meetings": [meeting_card(meeting, at) for meeting in page]}

    def _meeting(self, meeting_id: str, query: Query, at: datetime) -> Said:
        check_encoding(query)
        meeting = self._meetings.get(meeting_id)
        if meeting is None:
            raise _UnknownError("meeting not found")
        return "Get meeting by id", {"enc": "json", "id": meeting_id}, {"meetings": [meeting_card(meeting, at)]}

    def _event(self, race_id: str, query: Query, at: datetime) -> Said:
        asked = EventQuestion.of(query)
        found = self._races.get(race_id)
        if found is None:
            raise _UnknownError("event not found")
        meeting, race = found
        return f"Event Details: {race_id}", asked.echo(race_id, query), event_data(meeting, race_at(race, at), asked)

    def _list(self, query: Query, at: datetime) -> Said:
        asked = ListQuestion.of(query, at)
        start = asked.limit * (asked.page - 1)
        races = [(meeting, race_at(race, at)) for meeting, race in self._in_order]
        found = [pair for pair in races if asked.first_day <= pair[1].start.astimezone(UTC).date() <= asked.last_day]
        more = len(found) > start + asked.limit
        data = {
            "races": [listed_race(*pair) for pair in found[start : start + asked.limit]],
            "next_page_token": asked.token_of_page(asked.page + 1) if more else "",
        }
        return "List Races", asked.echo(), data


_KINDS: Final = {("meetings", False), ("meetings", True), ("list", False), ("events", True)}
