"""A race's life in virtual time: its turns as the race's loop takes them, in a world that fails, stalls and moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import cycle

from hypothesis import strategies as st

from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, INTENSE, STANDARD, Profile
from raceday_daemon.cadence.slots import RaceTimes, Slot, next_slot, slots_between
from raceday_daemon.cadence.turn import BUSY, Missed, Standing, next_turn, retry_after, take_turn
from tests.builders import START

PROFILES = (STANDARD, INTENSE, STANDARD.without_extras(), INTENSE.without_extras())

_SPIN = timedelta(milliseconds=250)
"""A turn that is due at once comes so much later here, or a loop without a pause would never end."""


@dataclass(frozen=True)
class Happening:
    """What happens so many seconds (of real time) into the life; what is not named stays."""

    after: float
    status: str | None = None
    start_moves: float = 0.0
    clock_steps: float = 0.0
    stalls_for: float = 0.0
    source_away_for: float = 0.0
    is_told: bool = False
    """Whether the race's loop is woken by it, as by a card that was looked through."""


@dataclass(frozen=True)
class Plan:
    """What a life is made of: when it begins (seconds from the start), what happens, and how long looks take."""

    profile: Profile
    begins: float
    happenings: tuple[Happening, ...]
    look_seconds: tuple[float, ...]
    late_seconds: tuple[float, ...]
    lags: bool = False


@dataclass(frozen=True)
class Ended:
    """The end of a turn, or of a look that failed: the clock, the facts, the next turn, and the table's next slot."""

    now: datetime
    times: RaceTimes
    following: datetime | None
    slot: Slot | None


@dataclass
class RaceLife:
    """A life being lived; afterwards its lists tell what was done."""

    plan: Plan
    times: RaceTimes
    standing: Standing
    world: RaceTimes
    planned: list[datetime] = field(default_factory=list)
    """The instant that each look was planned for."""
    slots: list[datetime] = field(default_factory=list)
    """Each slot that was polled or accounted for."""
    facts: list[tuple[datetime, RaceTimes]] = field(default_factory=list)
    """The facts that the loop went by, and from when on."""
    turns: list[Ended] = field(default_factory=list)
    failures: list[Ended] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._passed = self._stalled_until = self._away_until = 0.0
        self._offset = self.standing.accounted_until
        self._coming = sorted(self.plan.happenings, key=lambda one: one.after)
        self._look_seconds = cycle(self.plan.look_seconds)
        self._late_seconds = cycle(self.plan.late_seconds)
        self._is_woken = self._is_to_read = False
        self.facts.append((self._now(), self.times))

    def live(self) -> "RaceLife":
        """Take turns until there is nothing more to look for, or until an hour after it should have been given up."""
        following: datetime | None = self._now()
        while following and self._now() < self._last_instant():
            self._wait_for(following)
            self._turn()
            self.turns.append(self._end())
            following = self.turns[-1].following
        return self

    def _end(self) -> Ended:
        following = next_turn(self.plan.profile, self.times, self.standing)
        slot = next_slot(self.plan.profile, self.times, self.standing.accounted_until)
        return Ended(self._now(), self.times, following, slot)

    def _last_instant(self) -> datetime:
        return max(self.times.start_time, self.world.start_time) + timedelta(seconds=GIVE_UP_SECONDS + 3600)

    def _now(self) -> datetime:
        return self._offset + timedelta(seconds=self._passed)

    def _wait_for(self, following: datetime) -> None:
        """Let time pass until the clock shows the turn's instant, or something wakes the race; then be a bit late."""
        self._pass(_SPIN.total_seconds() if following <= self._now() else 0)
        while not self._is_woken and (seconds := (following - self._now()).total_seconds()) > 0:
            until_happening = self._coming[0].after - self._passed if self._coming else seconds
            self._pass(max(min(seconds, until_happening), 0))
        self._is_woken = False
        self._pass(max(next(self._late_seconds), self._stalled_until - self._passed))

    def _pass(self, seconds: float) -> None:
        until = self._passed + seconds
        while self._coming and self._coming[0].after <= until:
            happening = self._coming.pop(0)
            self._passed = max(self._passed, happening.after)
            self._meet(happening)
        self._passed = until

    def _meet(self, one: Happening) -> None:
        self._offset += timedelta(seconds=one.clock_steps)
        self._stalled_until = max(self._stalled_until, self._passed + one.stalls_for)
        self._away_until = max(self._away_until, self._passed + one.source_away_for)
        start_time, status = self.world.start_time + timedelta(seconds=one.start_moves), one.status or self.world.status
        ended_at = self._now() if status != self.world.status else None
        self.world = replace(
            self.world,
            start_time=start_time,
            status=status,
            finalized_at=(ended_at or self.world.finalized_at) if status == "Final" else None,
            abandoned_at=(ended_at or self.world.abandoned_at) if status == "Abandoned" else None,
        )
        self._is_woken = self._is_to_read = self._is_to_read or one.is_told

    def _turn(self) -> None:
        if self._is_to_read:
            self._is_to_read = self._is_woken = False
            self._go_by(self.world)
        now = self._now()
        turn = take_turn(self.plan.profile, self.times, self.standing, now, lagging=self.plan.lags)
        self.standing = replace(self.standing, accounted_until=max(self.standing.accounted_until, now))
        self._account_for(turn.missed)
        if turn.look:
            self._look(turn.look.due_at, turn.look.longest_seconds)

    def _look(self, due_at: datetime | None, longest_seconds: float) -> None:
        planned_at, seconds = due_at or self._now(), next(self._look_seconds)
        self.slots += [due_at] if due_at else []
        self.standing = replace(self.standing, planned_at=planned_at, retry_at=None)
        failed = seconds >= longest_seconds or self._passed < self._away_until
        self._pass(min(seconds, longest_seconds))
        self.planned.append(planned_at)
        now, failures = self._now(), self.standing.failures + 1 if failed else 0
        self.standing = replace(
            self.standing, failures=failures, ended_at=now, retry_at=retry_after(now, failures) if failed else None
        )
        self._go_by(self.times if failed else self.world)
        self.failures += [self._end()] if failed else []

    def _go_by(self, times: RaceTimes) -> None:
        now = self._now()
        passed = slots_between(self.plan.profile, self.times, self.standing.accounted_until, now)
        self._account_for([Missed(slot, BUSY) for slot in passed])
        self.standing = replace(self.standing, accounted_until=max(self.standing.accounted_until, now))
        if times != self.times:
            self.facts.append((self.standing.accounted_until, times))
            self.times = times

    def _account_for(self, missed: Sequence[Missed]) -> None:
        self.slots += [one.slot.due_at for one in missed]

    def slots_in_force(self) -> Iterator[datetime]:
        """Give each slot of the facts that the loop went by while they were in force."""
        ends = [since for since, _ in self.facts[1:]] + [self.standing.accounted_until]
        for (since, times), until in zip(self.facts, ends, strict=True):
            yield from (slot.due_at for slot in slots_between(self.plan.profile, times, since, until))


def lived(plan: Plan) -> RaceLife:
    """Live a life from its plan."""
    begins = START + timedelta(seconds=plan.begins)
    times = RaceTimes(start_time=START, status="Open", imported_at=begins)
    standing = Standing(accounted_until=begins, process_since=begins, watched_since=begins)
    return RaceLife(plan=plan, times=times, standing=standing, world=times).live()


_STATUSES = st.sampled_from(("Open", "Closed", "Interim", "Final", "Final", "Abandoned", "Delayed"))
_AFTER = st.one_of(st.floats(0, 6_000), st.floats(0, 30_000))
_HAPPENINGS = st.one_of(
    st.builds(Happening, after=_AFTER, status=_STATUSES, is_told=st.booleans()),
    st.builds(Happening, after=_AFTER, start_moves=st.floats(-1_800, 3_600), is_told=st.booleans()),
    st.builds(Happening, after=_AFTER, clock_steps=st.floats(-130, 130)),
    st.builds(Happening, after=_AFTER, stalls_for=st.floats(0, 600)),
    st.builds(Happening, after=_AFTER, source_away_for=st.floats(0, 2_000)),
    st.builds(Happening, after=_AFTER, is_told=st.just(True)),
)

LOOK_SECONDS = st.lists(st.floats(0.05, 20), min_size=1, max_size=7).map(tuple)
"""A look longer than its slot allows fails at that moment."""


def plans() -> st.SearchStrategy[Plan]:
    """Give plans of every kind."""
    return st.builds(
        Plan,
        profile=st.sampled_from(PROFILES),
        begins=st.one_of(st.floats(-4_000, -200), st.floats(-4_000, 20_000)),
        happenings=st.lists(_HAPPENINGS, max_size=10).map(tuple),
        look_seconds=LOOK_SECONDS,
        late_seconds=st.lists(st.sampled_from((0.0, 0.004, 0.9, 1.6, 20.0)), min_size=1, max_size=5).map(tuple),
        lags=st.booleans(),
    )
