"""A schedule in virtual time: a heap, and a clock that moves to the next instant only while no work is under way."""

import heapq
from datetime import datetime
from itertools import count

from raceday_daemon.model.schedule import Work
from raceday_daemon.ops.tasks import Tasks
from tests.fakes.clock import FakeClock


class VirtualSchedule:
    """A model.schedule.Schedule over a FakeClock; work is begun in `tasks`."""

    def __init__(self, clock: FakeClock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._order = count()
        self._heap: list[tuple[datetime, int, str]] = []
        self._waiting: dict[str, tuple[int, Work, bool]] = {}

    def at(self, name: str, instant: datetime, work: Work, *, resumes: bool = False) -> None:
        """Begin `work` once the clock has come to `instant`, in place of what waits by that name."""
        number = next(self._order)
        self._waiting[name] = (number, work, resumes)
        heapq.heappush(self._heap, (instant, number, name))

    def cancel(self, name: str) -> None:
        """Forget what waits by a name."""
        self._waiting.pop(name, None)

    async def run_until(self, end: datetime) -> None:
        """Let time pass up to `end`; what is due at one instant is begun together."""
        await self._tasks.rest()
        while (instant := self._next_instant()) is not None and instant <= end:
            if instant > self._clock.now():
                self._clock.advance((instant - self._clock.now()).total_seconds())
            for name in self._due():
                _, work, resumes = self._waiting.pop(name)
                self._tasks.start(name, work(), resumes=resumes)
            await self._tasks.rest()
        if end > self._clock.now():
            self._clock.advance((end - self._clock.now()).total_seconds())

    def _due(self) -> list[str]:
        names = []
        while (instant := self._next_instant()) is not None and instant <= self._clock.now():
            names.append(heapq.heappop(self._heap)[2])
        return names

    def _next_instant(self) -> datetime | None:
        while self._heap and self._waiting.get(self._heap[0][2], (None,))[0] != self._heap[0][1]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None
