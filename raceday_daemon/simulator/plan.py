"""A racing day that is decided before it begins: meetings, races, runners, and what will become of each race.

Nothing here moves. What stands at an instant is worked out from the plan and that instant alone, whatever was asked in
between.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.kinds import Kinds
from raceday_daemon.simulator.words import Venue

METRES_A_SECOND: Final = 16
"""How fast a race is run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerPlan:
    """A runner: who it is, what people think of it, and whether it runs.

    `opening_chance` and `closing_chance` are the market's first and last opinion of its chance to win (0..1, summing
    to 1 over all runners). `taste` is how much more (or less) of the tote's money it gets than that; `pace` how early
    its money comes (less than 1: late). An emergency (`emergency_position` 1, 2, ...) runs only once it was called up.
    """

    entrant_id: str
    number: int
    name: str
    barrier: int
    jockey: str
    trainer: str
    silks: str
    age: int
    weight: str
    opening_chance: float
    closing_chance: float
    taste: float
    pace: float
    emergency_position: int | None = None
    called_up_at: datetime | None = None
    scratched_at: datetime | None = None
    late_scratched: bool = False

    def is_scratched(self, at: datetime) -> bool:
        """Say whether it was out by then."""
        return self.scratched_at is not None and self.scratched_at <= at

    def is_emergency(self, at: datetime) -> bool:
        """Say whether it was waiting for a place in the field then."""
        return self.emergency_position is not None and (self.called_up_at is None or at < self.called_up_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class BetPlan:
    """A large bet on a runner to win; `legs` of 2 is a multi, whose other leg is of another race."""

    at: datetime
    nanoseconds: int
    number: int
    stake_cents: int
    legs: int = 1


@dataclass(frozen=True, slots=True)
class MovedStart:
    """A new advertised start, and when it was told."""

    told_at: datetime
    start: datetime


@dataclass(frozen=True, slots=True)
class Protest:
    """A protest against the placings, which is dismissed in the end."""

    lodged_at: datetime
    dismissed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a runner finished; `margin` in lengths behind the winner. A dead heat repeats a position."""

    position: int
    number: int
    margin: float


@dataclass(frozen=True, slots=True)
class Ending:
    """What comes after the start, and when.

    Interim and Final tell the first four; the rest and the margins are told at `complete_at`.
    """

    interim_at: datetime
    final_at: datetime
    complete_at: datetime
    placings: tuple[Placing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RacePlan:
    """A race and its story.

    `distance` is in metres, `prize_money` in dollars, `win_pool_cents` what the Win pool would hold in the end with
    nobody scratched. `trends` names the pools that come with tote trends. An abandoned race never starts.
    """

    chance: Chance
    race_id: str
    meeting_id: str
    number: int
    name: str
    distance: int
    prize_money: int
    start: datetime
    delay_seconds: int
    win_pool_cents: int
    trends: frozenset[str]
    kinds: Kinds
    runners: tuple[RunnerPlan, ...]
    ending: Ending
    moved: MovedStart | None = None
    abandoned_at: datetime | None = None
    protest: Protest | None = None
    bets: tuple[BetPlan, ...] = ()

    @property
    def last_start(self) -> datetime:
        """Give the advertised start that it ends up with."""
        return self.moved.start if self.moved else self.start

    @property
    def jump_at(self) -> datetime:
        """Give the actual start; of an abandoned race, the one that it would have had."""
        return self.last_start + timedelta(seconds=self.delay_seconds)

    @property
    def over_at(self) -> datetime:
        """Give the instant from which nothing about it changes any more."""
        if self.abandoned_at:
            return self.abandoned_at
        return max(self.ending.complete_at, self.protest.dismissed_at if self.protest else self.ending.final_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlan:
    """A meeting; `day` is its label, the date in Auckland."""

    meeting_id: str
    venue: Venue
    tote_number: int
    day: date
    track_condition: str
    weather: str
    races: tuple[RacePlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """All that is decided of a day (or of several)."""

    seed: int
    meetings: tuple[MeetingPlan, ...]

    @property
    def races(self) -> tuple[RacePlan, ...]:
        """Give every race, soonest first."""
        races = (race for meeting in self.meetings for race in meeting.races)
        return tuple(sorted(races, key=lambda race: (race.start, race.race_id)))

    @property
    def first_start(self) -> datetime:
        """Give the first advertised start."""
        return min(race.start for meeting in self.meetings for race in meeting.races)

    @property
    def over_at(self) -> datetime:
        """Give the instant from which nothing changes any more."""
        return max(race.over_at for meeting in self.meetings for race in meeting.races)
