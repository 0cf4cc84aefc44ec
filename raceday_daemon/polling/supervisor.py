"""Who is watched: the races that should be polled against those that are, compared every minute and at each change."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from heapq import nsmallest
from typing import Final

from loguru import logger

from raceday_daemon.cadence.freshness import Watched
from raceday_daemon.cadence.slots import RaceTimes, next_slot
from raceday_daemon.cadence.turn import Standing, put_right
from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.race_loop import RaceLoop, Tools
from raceday_daemon.store.watch_queries import WatchedRace, races_between

EVERY: Final = timedelta(minutes=1)
LOOK_BACK: Final = timedelta(days=7)
"""Slots that passed longer ago are not accounted for: the records of that time are gone."""
_LOOK_AHEAD: Final = timedelta(hours=36)
_NAME: Final = "supervisor"


@dataclass(frozen=True, slots=True)
class Ended:
    """A race that is polled no more: the facts that it ended by, and when."""

    times: RaceTimes
    at: datetime


class Supervisor:
    """Keeps a loop for every race of the store that has a slot to come, and for no other."""

    def __init__(self, tools: Tools, tasks: Tasks, look_back: timedelta = LOOK_BACK) -> None:
        """Watch the races of the store, and account for slots of the last `look_back`; nothing before `begin`."""
        self._tools = tools
        self._look_back = look_back
        self._tasks = tasks
        self._began_at = tools.clock.now()
        self._lock = asyncio.Lock()
        self._asked = False
        self._ended: dict[str, Ended] = {}
        self.loops: dict[str, RaceLoop] = {}
        self.broken: set[str] = set()

    def progress(self) -> str:
        """Say which races are watched, and the next turn of each."""
        turns = ", ".join(f"{loop.race.label} {next_at:%H:%M:%S}" for next_at, loop in self.next_turns(20))
        return f"{len(self.loops)} races; {turns}"

    def next_turns(self, most: int) -> list[tuple[datetime, RaceLoop]]:
        """Give the loops whose turns come next, and when."""
        turns = [(loop.next_at, loop) for loop in self.loops.values() if loop.next_at]
        return nsmallest(most, turns, key=lambda turn: (turn[0], turn[1].race.times.start_time, turn[1].race.race_id))

    def watched(self) -> list[Watched]:
        """Give each race that is watched, and since when nothing new is known of it."""
        return [Watched(loop.race.times, loop.standing.watched_since, loop.seen_at) for loop in self.loops.values()]

    async def begin(self) -> None:
        """Compare now, then every minute."""
        await self.compare()

    def clock_was_set(self, _step_seconds: float) -> None:
        """Compare by the new time: what was set for a time that is far off now is set anew."""
        self.ask()

    def ask(self) -> None:
        """Compare soon: something has changed. Asking again before that has begun is the same wish."""
        if not self._asked:
            self._asked = True
            self._tasks.start(_NAME, self.compare())

    async def compare(self) -> None:
        """Begin the loops that are lacking, hand changed facts on, and stop the loops of races that are gone.

        A store that can't be read now may be readable a minute later.
        """
        self._tools.schedule.at(_NAME, self._tools.clock.now() + EVERY, self.compare)
        try:
            await self._compare()
        except StoreError as error:
            logger.error("the races cannot be compared: {error}", action="compare_failed", error=str(error))

    async def _compare(self) -> None:
        async with self._lock:
            self._asked = False
            now = self._tools.clock.now()
            races = await self._tools.store.transaction(
                partial(races_between, first_start=now - self._look_back, last_start=now + _LOOK_AHEAD)
            )
            wanted = {race.race_id: race for race in races}
            for race_id in self.loops.keys() - wanted.keys():
                self._stop(race_id)
            for race_id in self.loops.keys() & wanted.keys():
                loop = self.loops[race_id]
                if loop.race.times != wanted[race_id].times or put_right(loop.standing, now) != loop.standing:
                    loop.replan()
            if lacking := [race for race in races if self._is_lacking(race)]:
                await self._begin_loops(lacking, now)
            self._ended = {race_id: ended for race_id, ended in self._ended.items() if race_id in wanted}

    def _is_lacking(self, race: WatchedRace) -> bool:
        ended = self._ended.get(race.race_id)
        if race.race_id in self.loops or race.race_id in self.broken:
            return False
        return ended is None or ended.times != race.times

    async def _begin_loops(self, races: Iterable[WatchedRace], now: datetime) -> None:
        last_slots = await self._tools.records.last_slots(now - self._look_back)
        for race in races:
            ended = self._ended.pop(race.race_id, None)
            last_slot = last_slots.get(race.race_id)
            standing = Standing(
                accounted_until=ended.at if ended else self._accounted_until(race, last_slot, now),
                process_since=self._began_at,
                watched_since=now,
                planned_at=last_slot,
            )
            standing = put_right(standing, now)
            if next_slot(self._tools.profile, race.times, standing.accounted_until) is None:
                self._ended[race.race_id] = Ended(race.times, now)
                continue
            loop = self.loops[race.race_id] = RaceLoop(self._tools, race, standing, self._loop_ended)
            loop.begin()

    def _accounted_until(self, race: WatchedRace, last_slot: datetime | None, now: datetime) -> datetime:
        # A slot at the very instant of the import is due.
        imported_at = race.times.imported_at and race.times.imported_at - timedelta.resolution
        return max([*filter(None, (imported_at, last_slot)), now - self._look_back])

    def _stop(self, race_id: str) -> None:
        loop = self.loops.pop(race_id)
        loop.stop()
        logger.info("{race}: no longer on its card", action="race_gone", race=loop.race.label, race_id=race_id)

    def _loop_ended(self, loop: RaceLoop) -> None:
        race_id = loop.race.race_id
        if self.loops.get(race_id) is not loop:
            # It was stopped, and another one may have taken its place.
            return
        del self.loops[race_id]
        if loop.broken:
            self.broken.add(race_id)
        else:
            self._ended[race_id] = Ended(loop.race.times, self._tools.clock.now())
