"""The questions that the daemon asks the NZ TAB, and their answers as values of the model."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from time import perf_counter
from typing import Protocol, TypeVar

from pydantic import ValidationError

from raceday_daemon.model.errors import MisfitError, WrongAnswerError
from raceday_daemon.model.race import ABANDONED, FINAL, INTERIM
from raceday_daemon.model.snapshot import DayCard, MeetingCard, RaceAnswer, RaceListing, SetAside
from raceday_daemon.nztab.card_mapping import Page, day_card, race_listings, single_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.echo import check_echo, page_size
from raceday_daemon.nztab.event_mapping import race_snapshot
from raceday_daemon.nztab.payloads import Answer, ErrorAnswer, EventAnswer, MeetingsAnswer, RaceListAnswer
from raceday_daemon.nztab.questions import EVENTS, MEETINGS, RACES
from raceday_daemon.nztab.wanted import Wanted

_LONGEST_PAGE = 200
MOST_PAGES = 50

AnswerT = TypeVar("AnswerT", bound=Answer)


class Asker(Protocol):
    """Gets answers: a Client, which asks the source, or what plays recorded ones."""

    @property
    def calls(self) -> int:
        """Count the requests made so far."""

    async def get(
        self,
        path: str,
        params: Mapping[str, str],
        longest_seconds: float | None = None,
        due_at: datetime | None = None,
        leaving: Callable[[], None] = lambda: None,
    ) -> bytes:
        """Give the body of the answer; takes and raises as Transport.get does."""


class Source:
    """The NZ TAB affiliates API, asked through one client.

    Every method raises a SourceError of its kind when the answer cannot be had or does not fit; the parts of an
    answer that don't fit are set aside in the value.
    """

    def __init__(self, client: Asker) -> None:
        """Ask through `client`."""
        self._client = client

    @property
    def calls(self) -> int:
        """Count the requests made so far."""
        return self._client.calls

    async def day(self, day: date, wanted: Wanted) -> DayCard:
        """Give the wanted meetings of a day with their races: GET /meetings, page after page."""
        path = MEETINGS
        pages: list[Page] = []
        asked = {"date_from": day.isoformat(), "date_to": day.isoformat(), "limit": str(_LONGEST_PAGE)}
        offset = 0
        while len(pages) < MOST_PAGES:
            answer, set_aside = await self._ask(MeetingsAnswer, path, {**asked, "offset": str(offset)})
            pages.append((answer, set_aside))
            found = len(answer.data.meetings or ()) + sum(len(part.path) == 3 for part in set_aside)
            if found < page_size(path, answer.params):
                _check_day(path, pages, day)
                return day_card(pages, day, wanted)
            offset += found
        raise WrongAnswerError(f"{path}: still no last page after {MOST_PAGES}")

    async def meeting(self, meeting_id: str) -> MeetingCard:
        """Give one meeting with its races: GET /meetings/{id}."""
        path, asked = f"{MEETINGS}/{meeting_id}", {"enc": "json"}
        body = await self._client.get(path, asked)
        answer, set_aside = _read(MeetingsAnswer, path, body, {**asked, "id": meeting_id})
        return single_card(answer, set_aside, meeting_id)

    async def list_races(self, day: date) -> tuple[RaceListing, ...]:
        """Give every race that starts on a day of the source's calendar: GET /list, page after page."""
        path = RACES
        asked = {"date_from": day.isoformat(), "date_to": day.isoformat()}
        races: list[RaceListing] = []
        token = ""
        for _ in range(MOST_PAGES):
            answer, _ = await self._ask(RaceListAnswer, path, {**asked, "page_token": token} if token else asked)
            races += race_listings(answer)
            if not (token := answer.data.next_page_token or ""):
                return tuple(races)
        raise WrongAnswerError(f"{path}: still no last page after {MOST_PAGES}")

    async def race(
        self,
        race_id: str,
        status: str | None,
        longest_seconds: float | None = None,
        due_at: datetime | None = None,
        leaving: Callable[[], None] = lambda: None,
    ) -> RaceAnswer:
        """Give a race whole: GET /events/{id}, with the flags that fit `status`, its last known one (None: unknown).

        `longest_seconds` is the longest that each try may take, where that is less than for any call, and `due_at` the
        slot that asks, for the recording; `leaving` is called as a request leaves.
        """
        path = f"{EVENTS}/{race_id}"
        asked = {"enc": "json", **_flags(status)}
        began = perf_counter()
        body = await self._client.get(path, asked, longest_seconds, due_at, leaving)
        fetched = perf_counter()
        answer, set_aside = _read(EventAnswer, path, body, {**asked, "id": race_id})
        _check_race(path, answer, race_id)
        return RaceAnswer(
            snapshot=race_snapshot(answer, set_aside),
            bytes=len(body),
            fetch_ms=(fetched - began) * 1000,
            decode_ms=(perf_counter() - fetched) * 1000,
        )

    async def _ask(
        self, answer_type: type[AnswerT], path: str, asked: Mapping[str, str]
    ) -> tuple[AnswerT, tuple[SetAside, ...]]:
        asked = {"enc": "json", **asked}
        return _read(answer_type, path, await self._client.get(path, asked), asked)


def _read(
    answer_type: type[AnswerT], path: str, body: bytes, echo: Mapping[str, str]
) -> tuple[AnswerT, tuple[SetAside, ...]]:
    try:
        answer, set_aside = decode(answer_type, body)
    except MisfitError as error:
        said = _source_error(body)
        raise MisfitError(f"{path}: {f'the source says {said!r:.200}' if said else error}") from error
    check_echo(path, echo, answer.params)
    return answer, set_aside


def _source_error(body: bytes) -> str | None:
    """Read the error that the source may send with status 200 in place of what was asked for."""
    try:
        return ErrorAnswer.model_validate_json(body).data.error
    except ValidationError:
        return None


def _check_race(path: str, answer: EventAnswer, race_id: str) -> None:
    if answer.data.error:
        raise MisfitError(f"{path}: the source says {answer.data.error!r:.200}")
    if answer.data.race.event_id != race_id:
        raise WrongAnswerError(f"{path}: the answer is of race {answer.data.race.event_id}")


def _check_day(path: str, pages: Sequence[Page], day: date) -> None:
    days = {meeting.date for answer, _ in pages for meeting in answer.data.meetings or ()}
    if days and day not in days:
        raise WrongAnswerError(f"{path}: asked for {day}, but every meeting is of {min(days)} to {max(days)}")


def _flags(status: str | None) -> dict[str, str]:
    """Ask for bets only while there can be new ones; the money on a race is of interest to its end and after."""
    flags = {"with_money_tracker": "true", "with_tote_trends_data": "true"}
    if status not in (INTERIM, FINAL, ABANDONED):
        flags |= {"with_big_bets": "true", "with_biggest_bet": "true"}
    return flags
