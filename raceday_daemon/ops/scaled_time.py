"""Time that runs fast, and stands still while work is under way: a clock and a schedule in one."""

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count
from time import monotonic
from typing import Final

from raceday_daemon.model.schedule import Work
from raceday_daemon.ops.tasks import Tasks

_FOR_EVER_SECONDS: Final = 3600.0


class ScaledTime:
    """A Clock and a Schedule whose time runs `speed` times as fast as real time, in `run`.

    All work that is due at an instant begins at exactly that instant, and time goes on only once it has ended: so a
    busy machine makes things slower, never different. Time that was lost so is made up for where nothing is due.
    """

    def __init__(self, begin: datetime, speed: float, tasks: Tasks) -> None:
        """Stand at `begin` (aware, UTC) until `run`; work is begun in `tasks`."""
        self._begin = begin
        self.speed = speed
        self._tasks = tasks
        self._at = begin
        self._began = 0.0
        self._runs = False
        self._numbers = count()
        self._heap: list[tuple[datetime, int, str]] = []
        self._waiting: dict[str, tuple[int, Work, bool]] = {}
        self._news = asyncio.Event()

    def now(self) -> datetime:
        """Give the present instant: never past one at which something is due."""
        if not self._runs:
            return self._at
        reached = self._begin + timedelta(seconds=(monotonic() - self._began) * self.speed)
        due = self._next_instant()
        return max(self._at, min(reached, due) if due else reached)

    def monotonic(self) -> float:
        """Give the seconds of this time since it began."""
        return (self.now() - self._begin).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Return once that many seconds of this time have passed."""
        awake = asyncio.Event()

        async def wake() -> None:
            awake.set()

        name = f"sleeper {next(self._numbers)}"
        self.at(name, self.now() + timedelta(seconds=seconds), wake)
        try:
            await awake.wait()
        finally:
            self.cancel(name)

    def at(self, name: str, instant: datetime, work: Work, *, resumes: bool = False) -> None:
        """Begin `work` at `instant`; see Schedule."""
        number = next(self._numbers)
        self._waiting[name] = (number, work, resumes)
        heapq.heappush(self._heap, (max(instant, self._at), number, name))
        self._news.set()

    def cancel(self, name: str) -> None:
        """Forget what waits by a name."""
        self._waiting.pop(name, None)

    async def run(self) -> None:
        """Let time pass until cancelled."""
        self._began = monotonic()
        while True:
            due = self._next_instant()
            if await self._has_come(due) and due:
                self._at, self._runs = due, False
                self._begin_due()
                await self._tasks.rest()

    async def _has_come(self, due: datetime | None) -> bool:
        """Wait for an instant in real time; give False where something sooner may have been set meanwhile."""
        self._runs = True
        self._news.clear()
        seconds = _FOR_EVER_SECONDS
        if due:
            seconds = (due - self._begin).total_seconds() / self.speed - (monotonic() - self._began)
        if seconds <= 0:
            return True
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return due is not None
        return False

    def _begin_due(self) -> None:
        while (due := self._next_instant()) and due <= self._at:
            name = heapq.heappop(self._heap)[2]
            _, work, resumes = self._waiting.pop(name)
            self._tasks.start(name, work(), resumes=resumes)

    def _next_instant(self) -> datetime | None:
        while self._heap and self._waiting.get(self._heap[0][2], (None,))[0] != self._heap[0][1]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None
