"""What can be seen of the running daemon from inside: its status, and the day's coverage."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from raceday_daemon import __version__
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.metrics.answers import Answers
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.coverage import Coverage
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.health import Health, SlotTrouble, StaleRace
from raceday_daemon.model.job import FAILED as JOB_FAILED
from raceday_daemon.model.status import (
    Activity,
    AlertsStatus,
    BrokenRace,
    ChannelStatus,
    NextTurn,
    OnwardStatus,
    PollCounts,
    StandingBy,
    Status,
    Trouble,
)
from raceday_daemon.nztab.breaker import Breaker
from raceday_daemon.ops.folder_lock import Holder
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.polling.supervisor import Supervisor
from raceday_daemon.store.coverage import read_coverage
from raceday_daemon.store.coverage_queries import race_labels
from raceday_daemon.store.poll_queries import read_activity
from raceday_daemon.store.reading import reading_both
from raceday_daemon.store.told_queries import read_alerts
from raceday_daemon.store.write_probe import WriteProbe
from raceday_daemon.web.rule_book import RuleBook

MOST_TURNS: Final = 20
READ_SECONDS: Final = 5.0
"""What is read of the files for a status has to be there within so many seconds: whoever asks waits for twice that."""
MOST_STALE: Final = 100
FAILURES_TO_BE_STALE: Final = 2
"""One lost look is made up for by the next slot."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of the files, for a status or for how things stand in short."""

    activity: Activity
    alerts: AlertsStatus
    broken_races: tuple[BrokenRace, ...]
    onward: OnwardStatus | None
    channels: tuple[ChannelStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """The parts of the daemon that its status is told from.

    `breakers` are by the name of their lane; `standing_by` tells of another daemon that polls in the place of this one.
    `onward` tells how rows get to Appwrite, None where they stay on this machine; `channels` how notifications get to
    people. `probe` tries whether the store takes writes, and `answers` has when the source last answered.
    `invalid_rules` tells how many alert rules are left out, `troubles` what hangs. `speed` is how many times as fast as
    real time the clock runs.
    """

    data_dir: Path
    profile: Profile
    clock: Clock
    pulse: Pulse
    supervisor: Supervisor
    rules: RuleBook
    breakers: Mapping[str, Breaker]
    probe: WriteProbe
    answers: Answers
    onward: Callable[[], Awaitable[OnwardStatus]] | None = None
    channels: Callable[[], Awaitable[tuple[ChannelStatus, ...]]] | None = None
    standing_by: Callable[[], StandingBy | None] = lambda: None
    invalid_rules: Callable[[], int] = lambda: 0
    troubles: Callable[[], tuple[Trouble, ...]] = lambda: ()
    speed: float = 1.0

    async def status(self, holder: Holder) -> Status:
        """Tell what the daemon is doing that holds its folder as `holder`; StoreError where its files can't be read."""
        now = self.clock.now()
        read = await self._read(now)
        return Status(
            version=__version__,
            pid=holder.pid,
            since=holder.since,
            url=holder.url,
            now=now,
            racing_day=racing_day(now),
            races_watched=len(self.supervisor.loops),
            next_turns=self._next_turns(),
            broken_races=read.broken_races,
            breakers=self._breaker_states(),
            loop_lag_ms=round(self.pulse.lag_seconds * 1000, 1),
            troubles=self.troubles(),
            appwrite=read.onward,
            standing_by=self.standing_by(),
            alerts=read.alerts,
            activity=read.activity,
            channels=read.channels,
        )

    async def _read(self, now: datetime) -> _Read:
        broken = tuple(self.supervisor.broken)
        try:
            async with asyncio.timeout(READ_SECONDS):
                told = await asyncio.to_thread(_read_files, self.data_dir, now, broken, self.invalid_rules())
                onward = await self.onward() if self.onward else None
                return _Read(*told, onward, await self.channels() if self.channels else ())
        except TimeoutError:
            troubles = "".join(f"; {trouble.part} {trouble.words}" for trouble in self.troubles())
            raise StoreError(f"its files could not be read within {READ_SECONDS:g} s{troubles}") from None

    async def health(self) -> Health:
        """Tell how things stand in short; raises StoreError as `status` does."""
        now = self.clock.now()
        read = await self._read(now)
        return Health(
            breakers=self._breaker_states(),
            stale_races=self._stale_races(),
            broken_races=read.broken_races,
            last_hour=_trouble(read.activity.last_hour),
            today=_trouble(read.activity.today),
            failing_jobs=tuple(run.job for run in read.activity.jobs if run.status == JOB_FAILED),
            appwrite=read.onward,
            channels=read.channels,
            standing_by=self.standing_by(),
            loop_is_lagging=self.pulse.is_lagging(),
            troubles=self.troubles(),
            races_watched=len(self.supervisor.loops),
            racing_day=racing_day(now),
        )

    async def coverage(self, day: date | None) -> Coverage:
        """Tell what became of a day's slots, today's without a day; raises StoreError as `status` does."""
        now = self.clock.now()
        return await asyncio.to_thread(read_coverage, self.data_dir, self.profile, day or racing_day(now), now)

    def _breaker_states(self) -> dict[str, str]:
        return {lane: breaker.state for lane, breaker in self.breakers.items()}

    def _stale_races(self) -> tuple[StaleRace, ...]:
        failing = [loop for loop in self.supervisor.loops.values() if loop.standing.failures >= FAILURES_TO_BE_STALE]
        failing.sort(key=lambda loop: (loop.race.times.start_time, loop.race.race_id))
        return tuple(
            StaleRace(race=loop.race.label, race_id=loop.race.race_id, failures=loop.standing.failures)
            for loop in failing[:MOST_STALE]
        )

    def _next_turns(self) -> tuple[NextTurn, ...]:
        return tuple(
            NextTurn(
                race=loop.race.label,
                race_id=loop.race.race_id,
                start_time=loop.race.times.start_time,
                status=loop.race.times.status,
                next_at=next_at,
                reason=loop.last_reason,
                failures=loop.standing.failures,
            )
            for next_at, loop in self.supervisor.next_turns(MOST_TURNS)
        )


def _read_files(
    data_dir: Path, now: datetime, broken: tuple[str, ...], invalid_rules: int
) -> tuple[Activity, AlertsStatus, tuple[BrokenRace, ...]]:
    with reading_both(data_dir) as (store, records):
        labels = race_labels(store, broken)
        broken_races = tuple(BrokenRace(race=labels.get(one, one), race_id=one) for one in broken)
        return read_activity(records, now), read_alerts(store, now, invalid_rules), broken_races


def _trouble(counts: PollCounts) -> SlotTrouble:
    return SlotTrouble(failed=counts.slots_failed, missed=counts.missed_by_reason)
