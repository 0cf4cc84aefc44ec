"""One race's loop: it looks when its turn comes, and sets its next turn from its table."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.slots import RaceTimes, slots_between
from raceday_daemon.cadence.turn import (
    BUSY,
    PUNCTUAL,
    Look,
    Missed,
    Standing,
    after_turn,
    next_turn,
    put_right,
    retry_after,
    take_turn,
)
from raceday_daemon.intake.intake import Intake
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import RacedayError, StoreError, TurnTimeoutError
from raceday_daemon.model.poll import MISSED, Poll
from raceday_daemon.model.race import is_over
from raceday_daemon.model.schedule import Schedule
from raceday_daemon.nztab.source import Source
from raceday_daemon.polling import race_log as tell
from raceday_daemon.store.records import Records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.watch_queries import WatchedRace, times_of_race


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every race's loop works with; `is_lagging` says that the process can't keep up."""

    profile: Profile
    store: Database
    intake: Intake
    source: Source
    records: Records
    schedule: Schedule
    clock: Clock
    is_lagging: Callable[[], bool]


class RaceLoop:
    """Polls one race until there is nothing more to look for; then, or at a bug, it tells `ended`."""

    def __init__(
        self, tools: Tools, race: WatchedRace, standing: Standing, ended: Callable[["RaceLoop"], None]
    ) -> None:
        """Go on from where the race stands; nothing happens before `begin`."""
        self._tools = tools
        self._tell_ended = ended
        self._lane = asyncio.Lock()
        self._failed_at: datetime | None = None
        self._to_read = False
        self._turning: asyncio.Task[None] | None = None
        self._cut_offs = 0
        self.turns = 0
        self.race = race
        self.standing = standing
        self.next_at: datetime | None = None
        self.last_reason: str | None = None
        self.seen_at: datetime | None = None
        """When the last look that succeeded ended; None before the first one."""
        self.broken = False
        self.stopped = False

    def begin(self) -> None:
        """Take the first turn at once: slots may have passed while nobody watched."""
        self._set_turn(self._tools.clock.now())

    def stop(self) -> None:
        """Take no more turns; a look under way goes on."""
        self.stopped = True
        self._tools.schedule.cancel(self.race.race_id)

    def replan(self) -> None:
        """Go by the stored facts of the race from now on: they are others than those known here."""
        self._to_read = True
        self._set_turn(self._tools.clock.now())

    @property
    def is_turning(self) -> bool:
        """Say whether a turn is under way: the one after `turns`."""
        return self._turning is not None

    def cut_off(self) -> None:
        """End the turn under way as a failure; the race goes on with its next one."""
        if self._turning:
            self._cut_offs += 1
            self._turning.cancel()

    async def _turn(self) -> None:
        try:
            async with self._lane:
                if not self.stopped:
                    await self._take_turn_to_its_end()
                    self._arm()
        except Exception as error:
            # Whatever it is, it must not reach the other races.
            self._break(error)

    async def _take_turn_to_its_end(self) -> None:
        self._turning = asyncio.current_task()
        try:
            await self._take_turn()
        except asyncio.CancelledError:
            if not self._was_only_cut_off():
                # The daemon is told to stop.
                raise
            self._failed(TurnTimeoutError("its turn did not come to its end, and was cut off"))
        finally:
            self._turning, self._cut_offs = None, 0
            self.turns += 1

    def _was_only_cut_off(self) -> bool:
        """Take the cut-offs off the task's cancellings, and say whether they were all of them."""
        if self._turning is None or not self._cut_offs:
            return False
        for _ in range(self._cut_offs):
            self._turning.uncancel()
        return not self._turning.cancelling()

    async def _take_turn(self) -> None:
        self.standing = put_right(self.standing, self._tools.clock.now())
        if self._to_read:
            await self._read()
        tools, now = self._tools, self._tools.clock.now()
        turn = take_turn(tools.profile, self.race.times, self.standing, now, lagging=tools.is_lagging())
        self.standing = after_turn(self.standing, turn, now)
        await self._account_for(turn.missed, now)
        if turn.look or turn.missed:
            self.last_reason = turn.look.reason if turn.look else turn.missed[-1].why
        if turn.look:
            await self._look(turn.look, now)

    async def _read(self) -> None:
        """Take the stored facts; where they can't be read, go on by those known here, and read them the next time."""
        try:
            stored = await self._tools.store.transaction(partial(times_of_race, race_id=self.race.race_id))
        except StoreError as error:
            tell.unread(self.race, error)
            return
        self._to_read = False
        if stored:
            # What is due this very moment is left to the new facts.
            await self._go_by(stored, self._tools.clock.now() - PUNCTUAL)

    async def _look(self, look: Look, now: datetime) -> None:
        self.standing = replace(self.standing, planned_at=look.due_at or now, retry_at=None)
        times = self.race.times
        try:
            seen = await self._tools.intake.look_at_race(
                self._tools.source, self.race.race_id, times.status, look.reason, look.due_at, look.longest_seconds
            )
        except RacedayError as error:
            self._failed(error)
        else:
            self._succeeded()
            times = RaceTimes.of(seen.race) if seen.race else times
        await self._go_by(times, self._tools.clock.now())

    async def _go_by(self, times: RaceTimes, until: datetime) -> None:
        """Account for the slots that have passed by the old facts up to an instant, and plan by the new ones."""
        passed = slots_between(self._tools.profile, self.race.times, self.standing.accounted_until, until)
        await self._account_for([Missed(slot, BUSY) for slot in passed], until)
        self.standing = replace(self.standing, accounted_until=max(self.standing.accounted_until, until))
        if times != self.race.times:
            tell.changed(self.race, times)
            self.race = replace(self.race, times=times)

    async def _account_for(self, missed: Sequence[Missed], now: datetime) -> None:
        race_id, status = self.race.race_id, self.race.times.status
        await self._tools.records.add_polls(
            Poll(
                race_id=race_id,
                due_at=one.slot.due_at,
                began_at=now,
                ended_at=now,
                reason=one.why,
                outcome=MISSED,
                race_status=status,
            )
            for one in missed
        )

    def _arm(self) -> None:
        if self.stopped:
            return
        at = next_turn(self._tools.profile, self.race.times, self.standing)
        if at is None:
            self._finish()
        else:
            self._set_turn(at)

    def _set_turn(self, at: datetime) -> None:
        self.next_at = at
        self._tools.schedule.at(self.race.race_id, at, self._turn)

    def _failed(self, error: RacedayError) -> None:
        now, failures = self._tools.clock.now(), self.standing.failures + 1
        self.standing = replace(self.standing, failures=failures, ended_at=now, retry_at=retry_after(now, failures))
        self._failed_at = self._failed_at or now
        tell.failed(self.race, error, failures)

    def _succeeded(self) -> None:
        now = self._tools.clock.now()
        if self._failed_at:
            tell.recovered(self.race, self.standing.failures, now - self._failed_at)
        self._failed_at, self.seen_at = None, now
        self.standing = replace(self.standing, failures=0, ended_at=now)

    def _finish(self) -> None:
        self.stopped, self.next_at = True, None
        if not is_over(self.race.times.status):
            tell.given_up(self.race)
        self._tell_ended(self)

    def _break(self, error: Exception) -> None:
        self.broken, self.stopped, self.next_at = True, True, None
        tell.broken(self.race, error)
        self._tell_ended(self)
