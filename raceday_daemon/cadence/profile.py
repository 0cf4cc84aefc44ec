"""A cadence by its name: how often a race is looked at before its start and after it, and the two that ship here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

GIVE_UP_SECONDS: Final = 21_600
"""After its start (6 h) a race that is not over is looked at no more, with and without extras."""

SETTLEMENT_STEP_SECONDS: Final = 60
"""What a look after the end counts as its interval: nothing follows that it could run into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From so long before the start on: so often, until the next step begins."""

    from_seconds: int
    every_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What is looked at beyond the table and `until Final`, because most money and the settlement move then.

    A race still Open past its start is looked at every `late_every_seconds` for `late_for_seconds` (a multiple of it),
    then every `later_every_seconds`; a Closed one every `closed_every_seconds`. `after_final_seconds` and
    `after_abandoned_seconds` are single looks so long after the end, soonest first.
    """

    late_every_seconds: int = 15
    late_for_seconds: int = 1800
    later_every_seconds: int = 60
    closed_every_seconds: int = 60
    after_final_seconds: tuple[int, ...] = (600, 1800)
    after_abandoned_seconds: tuple[int, ...] = (600,)

    @property
    def intervals(self) -> tuple[int, ...]:
        """Give every distance in seconds that two looks in a row can have by these."""
        looks = (self.after_final_seconds, self.after_abandoned_seconds)
        gaps = (later - sooner for instants in looks for sooner, later in pairwise(instants))
        return (self.late_every_seconds, self.later_every_seconds, self.closed_every_seconds, *gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A table of looks: the steps before the start, the earliest first, and what follows the start.

    Each step's interval divides the distance to the next step, the last one's the distance to the start.
    """

    name: str
    before: tuple[Step, ...]
    until_final_every_seconds: int = 300
    extras: Extras | None = Extras()

    @property
    def window_seconds(self) -> int:
        """Give how long before the start the first look lies."""
        return self.before[0].from_seconds

    @property
    def least_step_seconds(self) -> int:
        """Give the smallest of all the intervals: no two looks in a row are closer while a race's facts stay."""
        return min(self._intervals)

    @property
    def longest_step_seconds(self) -> int:
        """Give the largest of all the intervals."""
        return max(self._intervals)

    @property
    def _intervals(self) -> tuple[int, ...]:
        steps = (step.every_seconds for step in self.before)
        return (*steps, self.until_final_every_seconds, *(self.extras.intervals if self.extras else ()))

    @property
    def offsets_before(self) -> tuple[range, ...]:
        """Give the table's looks in seconds from the start, a range a step: an edge belongs to the finer step."""
        ends = (*(-step.from_seconds for step in self.before[1:]), 1)  # the start itself belongs to the last one
        return tuple(
            range(-step.from_seconds, end, step.every_seconds) for step, end in zip(self.before, ends, strict=True)
        )

    def step_seconds_at(self, seconds_to_start: float) -> int:
        """Give how far apart looks at an open race are at a time to the start; earlier than the table, as it begins."""
        if seconds_to_start >= 0:
            steps = [step.every_seconds for step in self.before if step.from_seconds >= seconds_to_start]
            return steps[-1] if steps else self.before[0].every_seconds
        if self.extras is None:
            return self.until_final_every_seconds
        late = -seconds_to_start <= self.extras.late_for_seconds
        return self.extras.late_every_seconds if late else self.extras.later_every_seconds

    def without_extras(self) -> "Profile":
        """Give the same table with nothing beyond `until Final`."""
        return replace(self, extras=None)


STANDARD: Final = Profile(
    name="standard",
    before=(
        Step(from_seconds=3600, every_seconds=300),
        Step(from_seconds=1200, every_seconds=120),
        Step(from_seconds=600, every_seconds=60),
        Step(from_seconds=300, every_seconds=15),
    ),
)

INTENSE: Final = Profile(
    name="intense",
    before=(
        Step(from_seconds=3600, every_seconds=60),
        Step(from_seconds=900, every_seconds=30),
        Step(from_seconds=300, every_seconds=15),
    ),
)

PROFILES: Final[Mapping[str, Profile]] = {profile.name: profile for profile in (STANDARD, INTENSE)}
