"""A schedule in virtual time: the clock goes from instant to instant, and only while no work is under way."""

from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import count

from raceday_daemon.model.schedule import Work
from raceday_daemon.ops.tasks import Tasks
from tests.fakes.clock import FakeClock


@dataclass(order=True)
class _Waiting:
    instant: datetime
    number: int
    name: str = field(compare=False)
    work: Work = field(compare=False)
    resumes: bool = field(compare=False)


class VirtualSchedule:
    """A model.schedule.Schedule behind a heap; nothing begins outside of `run_until`."""

    def __init__(self, clock: FakeClock, tasks: Tasks) -> None:
        self._clock = clock
        self._tasks = tasks
        self._numbers = count()
        self._heap: list[_Waiting] = []
        self._by_name: dict[str, _Waiting] = {}

    def at(self, name: str, instant: datetime, work: Work, *, resumes: bool = False) -> None:
        """Begin `work` once the clock shows `instant`."""
        waiting = _Waiting(instant, next(self._numbers), name, work, resumes)
        self._by_name[name] = waiting
        heappush(self._heap, waiting)

    def cancel(self, name: str) -> None:
        """Forget what waits by a name."""
        self._by_name.pop(name, None)

    @property
    def waiting(self) -> dict[str, datetime]:
        """Give when what waits is due, by its name."""
        return {name: waiting.instant for name, waiting in self._by_name.items()}

    async def run_until(self, until: datetime) -> None:
        """Let time pass up to and with an instant; all work that was due has ended then."""
        await self._tasks.rest()
        while (following := self._next()) and following.instant <= until:
            self._pass_to(following.instant)
            # All that is due by now, together, as the real one does.
            while (due := self._next()) and due.instant <= self._clock.now():
                del self._by_name[due.name]
                self._tasks.start(due.name, due.work(), resumes=due.resumes)
            await self._tasks.rest()
        self._pass_to(until)

    def _next(self) -> _Waiting | None:
        """Give what is due next, without what was cancelled or replaced since."""
        while self._heap and self._by_name.get(self._heap[0].name) is not self._heap[0]:
            heappop(self._heap)
        return self._heap[0] if self._heap else None

    def _pass_to(self, instant: datetime) -> None:
        self._clock.advance(max((instant - self._clock.now()).total_seconds(), 0.0))
