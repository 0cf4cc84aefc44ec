"""The daemon's own watch over itself: what hangs is told in the log, in its status, and to the service manager."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.status import Trouble
from raceday_daemon.model.targets import POLLS, TARGETS
from raceday_daemon.ops.awake import Awake
from raceday_daemon.ops.complaint import Complaint
from raceday_daemon.ops.groups import refusals_alone
from raceday_daemon.ops.last_resort import end_hung
from raceday_daemon.ops.memory_target import MemoryTarget
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.self_check import Question, SelfCheck
from raceday_daemon.ops.sentinel import END_SECONDS, Sentinel
from raceday_daemon.ops.stacks import stacks_of_all_threads
from raceday_daemon.ops.systemd import ServiceManager
from raceday_daemon.polling.round_watch import RoundWatch

ANSWER_SECONDS: Final = 10.0
"""A part that has not answered for so long hangs."""
EVERY_SECONDS: Final = 5.0
CLOSING_SECONDS: Final = 10.0
"""What a stop may take beside the grace: leases let go, files closed."""

_SHARE_OF_WATCHDOG: Final = 4


class Vigil:
    """Checks the parts again and again; the service manager gets its sign of life after each check that went well.

    `troubles` is what is wrong at the last check. A part that hangs for `end_seconds` ends the process: nothing else
    would, where no service manager waits for signs of life.
    """

    def __init__(
        self,
        parts: Mapping[str, Question],
        manager: ServiceManager,
        clock: Clock,
        end_seconds: float = END_SECONDS,
    ) -> None:
        """Watch the parts, by their names for people; nothing happens before `keep`."""
        longest = (manager.watchdog_seconds or 60.0) / _SHARE_OF_WATCHDOG
        self._every_seconds = min(EVERY_SECONDS, longest)
        self._bound_seconds = min(ANSWER_SECONDS, longest)
        self._check = SelfCheck(parts, self._bound_seconds)
        self._manager = manager
        self._clock = clock
        self._end_seconds = end_seconds
        self._awake = Awake()
        self._silent_since = dict[str, float]()
        self._complaints = {part: Complaint("part_hangs", "ERROR") for part in parts}
        self._memory = MemoryTarget("the daemon", TARGETS[POLLS].memory_mb)
        self._words: Callable[[], str] | None = None
        self._polls: RoundWatch | None = None
        self._is_ready = False
        self.troubles: tuple[Trouble, ...] = ()

    def awake_seconds(self) -> float:
        """Give the seconds in which this process ran, as of the last check."""
        return self._awake.seconds

    def in_place(self, words: Callable[[], str], polls: RoundWatch | None = None) -> None:
        """Learn that the daemon does what it is there for; `words` say what, `polls` are watched from now on."""
        self._words, self._polls = words, polls

    async def keep(self) -> None:
        """Check until cancelled."""
        while True:
            silent = await self._check.look()
            self._awake.step()
            self._mind(silent)
            self._memory.look()
            if self._polls:
                self._polls.look()
            self._note_troubles()
            self._tell_manager(is_well=not silent)
            await asyncio.sleep(self._every_seconds)

    def _mind(self, silent: list[str]) -> None:
        """Tell of the parts that do not answer, and end the process where one has not for too long."""
        now = self._awake.seconds
        for part in silent:
            since = self._silent_since.setdefault(part, now - self._bound_seconds)
            self._complaints[part].wrong(
                "{part} has not answered for {seconds} s",
                part=part,
                seconds=round(now - since, 1),
                stacks=None if self._complaints[part].is_told else stacks_of_all_threads(),
            )
            if now - since > self._end_seconds:
                end_hung(f"{part} has not answered for {now - since:.0f} s")
        for part in self._silent_since.keys() - silent:
            del self._silent_since[part]
            self._complaints[part].right("{part} answers again, after {lasted_seconds} s", part=part)

    def _note_troubles(self) -> None:
        now = self._awake.seconds
        wrong = {part: f"has not answered for {now - since:.0f} s" for part, since in self._silent_since.items()}
        if self._polls and self._polls.is_late:
            wrong["the polls"] = f"a race has waited for its turn for {self._polls.oldest_seconds:.0f} s"
        if self._memory.is_past:
            wrong["memory"] = self._memory.words
        since_of = {trouble.part: trouble.since for trouble in self.troubles}
        self.troubles = tuple(
            Trouble(part=part, words=words, since=since_of.get(part, self._clock.now()))
            for part, words in wrong.items()
        )

    def _tell_manager(self, *, is_well: bool) -> None:
        if self._words is None:
            return
        if is_well:
            if not self._is_ready:
                self._manager.ready()
            self._is_ready = True
            self._manager.alive()
        troubles = [f"{trouble.part} {trouble.words}" for trouble in self.troubles]
        self._manager.status("; ".join([*troubles, self._words()]))


@asynccontextmanager
async def watched(
    stop: asyncio.Event, pulse: Pulse, manager: ServiceManager, grace_seconds: float
) -> AsyncIterator[None]:
    """Let the pulse beat, a thread watch it, and the service manager know of the stop, as long as the block lasts."""
    with refusals_alone(), Sentinel(lambda: pulse.last_beat) as sentinel:

        async def hear() -> None:
            await stop.wait()
            manager.stopping(grace_seconds + CLOSING_SECONDS, "stopping")
            sentinel.must_end_within(grace_seconds + CLOSING_SECONDS)

        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(pulse.beat(), name="pulse"), group.create_task(hear(), name="stop")]
            try:
                yield
            finally:
                for task in beside:
                    task.cancel()
