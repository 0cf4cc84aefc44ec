"""Recorded answers into the store: the questions are asked again, and what was recorded answers them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from loguru import logger

from raceday_daemon.intake.intake import Intake
from raceday_daemon.model.errors import NotRecordedError, RacedayError, RecordingError, StoreError
from raceday_daemon.model.exchange import Exchange
from raceday_daemon.model.played import Played
from raceday_daemon.model.poll import Poll
from raceday_daemon.model.race import FINAL
from raceday_daemon.nztab.questions import EVENTS, MEETINGS, id_below
from raceday_daemon.nztab.source import MOST_PAGES, Source
from raceday_daemon.nztab.transport import json_body
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.ops.standing_clock import StandingClock
from raceday_daemon.store.records import Records

REASON = "replay"
"""Why a race is looked at."""


class Player:
    """Plays answers one by one, in the order they are given; `clock` stands where each of them came."""

    def __init__(self, intake: Intake, wanted: Wanted, clock: StandingClock) -> None:
        """Take the answers in with `intake`, whose clock is `clock`; `played` counts what comes of them."""
        self.played = Played()
        self._intake = intake
        self._wanted = wanted
        self._clock = clock
        self._pages: list[Exchange] = []

    async def play(self, label: str, exchange: Exchange) -> None:
        """Take an answer in, as it was taken when it came; a failure is counted under `label`.

        Raises StoreError, which the next answer would meet too.
        """
        self.played.begun(exchange.received_at)
        self._clock.stand_at(exchange.asked_at)
        try:
            if exchange.path == MEETINGS:
                await self._play_day(label, exchange)
            elif meeting_id := id_below(MEETINGS, exchange.path):
                await self._play_meeting(label, exchange, meeting_id)
            elif race_id := id_below(EVENTS, exchange.path):
                await self._play_race(label, exchange, race_id)
            else:
                self.played.passed_over += 1
        except StoreError:
            raise
        except RacedayError as error:
            self.failed(label, error)

    def failed(self, label: str, error: RacedayError) -> None:
        """Count an answer that could not be taken, or not even be read."""
        logger.warning("{label}: {error}", action="replay_failed", label=label, kind=error.kind, error=str(error))
        self.played.failed(label, error)

    def end(self) -> None:
        """Count the pages of a day that was never whole."""
        if self._pages:
            day = self._pages[0].query.get("date_from", "")
            why = f"of the day's pages only {len(self._pages)} are recorded, not the ones that belong to them"
            self.failed(f"meetings of {day:.10}", NotRecordedError(why))
        self._pages = []

    async def _play_day(self, label: str, exchange: Exchange) -> None:
        """Take a day's meetings, once the last of their pages is there."""
        day = _day(exchange)
        if self._pages and (_is_first(exchange) or _day(self._pages[0]) != day or len(self._pages) >= MOST_PAGES):
            self.end()
        self._pages.append(exchange)
        pages, self._pages = self._pages, []
        try:
            answer = await self._source(*pages).day(day, self._wanted)
        except NotRecordedError:
            self._pages = pages
            return
        self.played.parts_set_aside(label, answer.set_aside)
        for card in answer.cards:
            # The looks at races that have ended were answers of their own, and come by themselves.
            commit = await self._intake.write_card(card)
            self.played.taken(commit.outcome, commit.rows_written)
            self.played.parts_set_aside(label, card.set_aside)
        self.played.rows_written += await self._intake.take_absences(day, answer)

    async def _play_meeting(self, label: str, exchange: Exchange, meeting_id: str) -> None:
        card = await self._source(exchange).meeting(meeting_id)
        commit = await self._intake.write_card(card)
        self.played.taken(commit.outcome, commit.rows_written)
        self.played.parts_set_aside(label, card.set_aside)

    async def _play_race(self, label: str, exchange: Exchange, race_id: str) -> None:
        # A status for which the same flags are asked for as then.
        status = None if exchange.query.get("with_big_bets") == "true" else FINAL
        # One answer at a time: nothing else wants the race's lane.
        look = await self._intake.look_at_race(self._source(exchange), race_id, status, REASON, due_at=exchange.due_at)
        self.played.taken(look.poll.outcome, look.poll.rows_written)
        self.played.parts_set_aside(label, look.set_aside)

    def _source(self, *answers: Exchange) -> Source:
        return Source(_Recorded(answers, self._clock))


class FirstRecords:
    """Records the looks that have no record yet, so that no slot counts twice where its answer is played again."""

    def __init__(self, records: Records) -> None:
        """Write to `records`."""
        self._records = records

    async def add_poll(self, poll: Poll) -> None:
        """Record a look, unless it has its record."""
        if not await self._records.knows(poll):
            await self._records.add_poll(poll)


class _Recorded:
    """Answers the questions of a Source: each with what was recorded for it."""

    def __init__(self, answers: Sequence[Exchange], clock: StandingClock) -> None:
        self._answers = {_page(answer.path, answer.query): answer for answer in answers}
        self._clock = clock
        self.calls = 0

    async def get(
        self,
        path: str,
        params: Mapping[str, str],
        longest_seconds: float | None = None,
        due_at: datetime | None = None,
        leaving: Callable[[], None] = lambda: None,
    ) -> bytes:
        """Give the body of a recorded answer, at the instant when it came."""
        self.calls += 1
        answer = self._answers.get(_page(path, params))
        if answer is None:
            raise NotRecordedError(f"{path}: the answer is not recorded")
        leaving()
        self._clock.stand_at(answer.received_at)
        return json_body(answer)


def _page(path: str, query: Mapping[str, str]) -> tuple[str, str]:
    """Tell pages of an answer apart; whether the rest of the question is the same, the echo in the answer says."""
    return path, query.get("offset", "0")


def _is_first(exchange: Exchange) -> bool:
    return exchange.query.get("offset", "0") == "0"


def _day(exchange: Exchange) -> date:
    try:
        return date.fromisoformat(exchange.query.get("date_from", ""))
    except ValueError:
        raise RecordingError(f"{exchange.path}: the question does not name its day") from None
