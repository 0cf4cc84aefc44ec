"""The round of polls held against its target: turns that hang are told, and cut off at their limit."""

from collections.abc import Callable
from dataclasses import dataclass

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.targets import POLLS, TARGETS, Target
from raceday_daemon.ops.complaint import Complaint
from raceday_daemon.polling.race_loop import RaceLoop
from raceday_daemon.polling.supervisor import Supervisor


@dataclass(frozen=True, slots=True)
class _Waits:
    """A turn that is under way, or due and not begun: which one, and since when in seconds."""

    turn: tuple[bool, int, object]
    since: float


class RoundWatch:
    """Looks at all turns that are due or under way: that is the round, and it is as old as the oldest of them.

    A race that is polled at its times is in it for a moment only, however many others are polled meanwhile.
    """

    def __init__(
        self, supervisor: Supervisor, clock: Clock, awake_seconds: Callable[[], float], target: Target = TARGETS[POLLS]
    ) -> None:
        """Watch a supervisor's races, by the time in which this process ran: while it sleeps no race waits."""
        self._supervisor = supervisor
        self._clock = clock
        self._awake_seconds = awake_seconds
        self._target = target
        self._waiting: dict[str, _Waits] = {}
        self._complaint = Complaint("polls_past_target")
        self.oldest_seconds = 0.0
        """The age of the round at the last look."""

    @property
    def is_late(self) -> bool:
        """Say whether the round is past its target."""
        return self.oldest_seconds > self._target.seconds

    def look(self) -> None:
        """See how old the round is, tell if that is past its target, and cut off what is past its limit."""
        now, loops = self._awake_seconds(), self._supervisor.loops
        turns = {race_id: turn for race_id, loop in loops.items() if (turn := self._turn_of(loop))}
        self._waiting = {
            race_id: before if (before := self._waiting.get(race_id)) and before.turn == turn else _Waits(turn, now)
            for race_id, turn in turns.items()
        }
        oldest = min(self._waiting, key=lambda race_id: self._waiting[race_id].since, default=None)
        self.oldest_seconds = now - self._waiting[oldest].since if oldest else 0.0
        self._tell(loops[oldest].race.label if oldest else None)
        limit_seconds = self._target.limit_seconds
        for race_id, waits in self._waiting.items():
            if limit_seconds is not None and now - waits.since > limit_seconds:
                _end(loops[race_id])

    def _turn_of(self, loop: RaceLoop) -> tuple[bool, int, object] | None:
        if loop.is_turning:
            return True, loop.turns, None
        is_due = loop.next_at is not None and loop.next_at <= self._clock.now()
        return (False, loop.turns, loop.next_at) if is_due else None

    def _tell(self, race: str | None) -> None:
        facts = {"seconds": round(self.oldest_seconds, 1), "target_seconds": self._target.seconds, "race": race}
        if self.is_late:
            self._complaint.wrong(
                "the round of polls is {seconds} s old, its target is {target_seconds:g} s: {race} waits that long",
                **facts,
                waiting=len(self._waiting),
            )
        else:
            self._complaint.right("the round of polls is within its target again, after {lasted_seconds} s", **facts)


def _end(loop: RaceLoop) -> None:
    """Cut a turn off that hangs, and begin one that was lost: either way the race goes on."""
    if loop.is_turning:
        loop.cut_off()
    else:
        loop.replan()
