"""The way into the store for everything that the source says, and the record that each look at a race leaves."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Final

from loguru import logger

from raceday_daemon.intake.alerts import Alerts, Telling
from raceday_daemon.intake.card_commit import commit_absences, commit_card
from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import RacedayError, StoreError
from raceday_daemon.model.poll import FAILED, Poll, PollRecords
from raceday_daemon.model.race import FINAL, Race
from raceday_daemon.model.snapshot import DayCard, MeetingCard, RaceSnapshot, SetAside
from raceday_daemon.nztab.source import Source
from raceday_daemon.store.outbox import Outbox, Sending
from raceday_daemon.store.sqlite import Database

RULES_SECONDS: Final = 1.0
"""How old the rules may be that a look is held against."""


@dataclass(frozen=True, slots=True)
class Look:
    """What came of a look: its record, the race as it is stored now, and the parts of the answer set aside."""

    poll: Poll
    race: Race | None
    set_aside: tuple[SetAside, ...]


class Intake:
    """Takes cards and looks at races; one transaction of the working store each.

    Looks at one race may overlap: the transaction decides, and an answer older than one that was taken is stale.
    """

    def __init__(
        self,
        store: Database,
        records: PollRecords,
        clock: Clock,
        outbox: Outbox | None = None,
        alerts: Alerts | None = None,
    ) -> None:
        """Write facts to `store`, and what was done to `records`; queue facts in `outbox` where they are sent on.

        `alerts` tell people of what is written.
        """
        self._store = store
        self._outbox = outbox
        self._records = records
        self._clock = clock
        self._alerts = alerts
        self._rules_looked_at: float | None = None
        self._tell_changed: Callable[[], None] = _nobody
        self._tell_moved: Callable[[], None] = _nobody
        self._tell_answered: Callable[[datetime, datetime], None] = _nobody
        self._tell_committed: Callable[[Commit], None] = _no_one

    def tell_changes(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each card, and each look besides, that changed anything: starts and statuses may."""
        self._tell_changed = listener

    def tell_moves(self, listener: Callable[[], None]) -> None:
        """Call `listener` after whatever has moved the start of a race, brought a new one, or changed an alert rule."""
        self._tell_moved = listener

    def tell_answers(self, listener: Callable[[datetime, datetime], None]) -> None:
        """Call `listener` with each race's answer: the source's time of it, and ours when it was here."""
        self._tell_answered = listener

    def tell_commits(self, listener: Callable[[Commit], None]) -> None:
        """Call `listener` with what came of each answer, once that is stored."""
        self._tell_committed = listener

    async def look_besides(self, source: Source, race_id: str, status: str | None, reason: str) -> Look:
        """Look at a race that no slot asks for, and tell whoever watches it what has changed; see look_at_race."""
        look = await self.look_at_race(source, race_id, status, reason)
        self._changed(look.poll.rows_written)
        return look

    async def look_at_race(
        self,
        source: Source,
        race_id: str,
        status: str | None,
        reason: str,
        due_at: datetime | None = None,
        longest_seconds: float | None = None,
    ) -> Look:
        """Fetch a race, write what changed, record the look.

        `status` is the race's last known one, `reason` why it is looked at now, `due_at` the slot that asked for it,
        and `longest_seconds` how long the source may take (None: as long as any call).
        Raises RacedayError of the failure's kind, after recording it.
        """
        watch = _Stopwatch(self._clock)
        poll = Poll(
            race_id=race_id,
            due_at=due_at,
            began_at=watch.began_at,
            ended_at=watch.began_at,
            reason=reason,
            outcome=FAILED,
        )
        try:
            answer = await source.race(race_id, status, longest_seconds, due_at, watch.leaves)
            poll = replace(
                poll,
                race_status=answer.snapshot.race.status,
                bytes=answer.bytes,
                fetch_ms=answer.fetch_ms,
                decode_ms=answer.decode_ms,
            )
            self._tell_answered(answer.snapshot.generated_time, watch.ended_at)
            _report(answer.snapshot.set_aside, race_id=race_id)
            commit, commit_ms = await self._commit_race(answer.snapshot, due_at)
            poll = replace(poll, outcome=commit.outcome, commit_ms=commit_ms, rows_written=commit.rows_written)
        except BaseException as error:
            poll = replace(poll, error=_words(error))
            raise
        finally:
            poll = replace(poll, began_at=watch.began_at, ended_at=watch.ended_at)
            await self._records.add_poll(poll)
        _report(commit.set_aside, race_id=race_id)
        return Look(poll, commit.race, answer.snapshot.set_aside + commit.set_aside)

    async def take_card(self, source: Source, card: MeetingCard) -> tuple[SetAside, ...]:
        """Write what a meeting's card changes, and look at the races that it says have ended: for their results.

        Gives the parts that were set aside; raises RacedayError of the failure's kind.
        """
        commit = await self.write_card(card)
        set_aside = card.set_aside
        for race_id in commit.to_look_at:
            set_aside += (await self.look_besides(source, race_id, FINAL, reason="ended")).set_aside
        return set_aside

    async def write_card(self, card: MeetingCard) -> Commit:
        """Write what a meeting's card changes, and leave it to the caller to look at the races that have ended."""
        _report(card.set_aside, meeting_id=card.meeting.meeting_id)
        now = self._clock.now()
        sending, telling = self._sending(now, is_patient=True), await self._telling(now)
        commit = await self._store.transaction(lambda connection: commit_card(connection, card, now, sending, telling))
        self._committed(commit)
        self._changed(commit.rows_written)
        return commit

    async def take_absences(self, day: date, answer: DayCard) -> int:
        """Mark what a whole day's answer has stopped to list; give the number of rows written."""
        _report(answer.set_aside)
        now = self._clock.now()
        sending = self._sending(now, is_patient=True)
        written = await self._store.transaction(
            lambda connection: commit_absences(connection, day, answer, now, sending)
        )
        self._changed(written)
        if written:
            self._tell_committed(Commit.of(written, card_changed=True))
        return written

    def _changed(self, rows_written: int) -> None:
        self._ring(rows_written)
        if rows_written:
            self._tell_changed()

    async def _commit_race(self, snapshot: RaceSnapshot, due_at: datetime | None) -> tuple[Commit, float]:
        began = perf_counter()
        now = self._clock.now()
        # What a slot has asked for is awaited; what a daily job brings may wait a little for company.
        sending, telling = self._sending(now, is_patient=due_at is None), await self._telling(now)
        commit = await self._store.transaction(
            lambda connection: commit_race(connection, snapshot, now, due_at, sending, telling)
        )
        commit_ms = (perf_counter() - began) * 1000
        self._committed(commit)
        return commit, commit_ms

    async def _telling(self, now: datetime) -> Telling | None:
        """Give what tells people, by rules that are at most a second old."""
        if self._alerts is None:
            return None
        at = self._clock.monotonic()
        if self._rules_looked_at is None or at - self._rules_looked_at >= RULES_SECONDS:
            self._rules_looked_at = at
            try:
                # In a transaction of its own: it is no part of the look.
                if await self._store.transaction(self._alerts.refresh):
                    self._tell_moved()
            except StoreError as error:
                # The look meets the same, and tells it.
                logger.debug("the alert rules can't be read: {error}", action="rules_unread", error=str(error))
        return self._alerts.telling(now, self._sending(now, is_patient=False))

    def _committed(self, commit: Commit) -> None:
        self._ring(commit.rows_written + commit.told)
        if commit.told and self._alerts:
            self._alerts.observer.told(commit.told)
            self._alerts.ring()
        if commit.moved:
            self._tell_moved()
        self._tell_committed(commit)

    def _sending(self, now: datetime, *, is_patient: bool) -> Sending | None:
        return self._outbox.sending(now, is_patient=is_patient) if self._outbox else None

    def _ring(self, rows_written: int) -> None:
        if rows_written and self._outbox:
            self._outbox.ring()


class _Stopwatch:
    """When a look began and ended: it begins as its first request leaves, whatever tries follow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._has_left = False
        self._start()

    def leaves(self) -> None:
        if not self._has_left:
            self._has_left = True
            self._start()

    def _start(self) -> None:
        self.began_at, self._began = self._clock.now(), self._clock.monotonic()

    @property
    def ended_at(self) -> datetime:
        # Reckoned from the beginning, so that a clock put right meanwhile makes no look end before it began.
        return self.began_at + timedelta(seconds=self._clock.monotonic() - self._began)


def _nobody(*_: datetime) -> None:
    return


def _no_one(_: Commit) -> None:
    return


def _words(error: BaseException) -> str:
    if isinstance(error, RacedayError):
        return f"{error.kind}: {error}"
    if isinstance(error, asyncio.CancelledError):
        return "cancelled: given up before it was done"
    return f"bug: {error!r}"


def _report(parts: Sequence[SetAside], **subject: str) -> None:
    for part in parts:
        logger.warning(
            "set aside {where}: {reason}", action="part_set_aside", where=part.where, reason=part.reason, **subject
        )
