"""What can become of a race beyond starting and ending, and which race of a day gets what."""

from enum import StrEnum
from typing import Final

from raceday_daemon.simulator.chance import Chance


class Kind(StrEnum):
    """Something out of the ordinary that happens to a race."""

    EARLY_SCRATCHING = "early scratching"
    LATE_SCRATCHING = "late scratching"
    EMERGENCY = "emergency"
    MOVED_START = "moved start"
    ABANDONED = "abandoned"
    PROTEST = "protest"
    DEAD_HEAT = "dead heat"
    BIG_BETS = "big bets"
    LATE_RESULTS = "results that improve after Final"


Kinds = frozenset[Kind]

FIRST_CASES: Final[tuple[Kinds, ...]] = (
    frozenset({Kind.LATE_SCRATCHING, Kind.BIG_BETS}),
    frozenset({Kind.EARLY_SCRATCHING, Kind.EMERGENCY}),
    frozenset({Kind.MOVED_START}),
    frozenset({Kind.ABANDONED}),
    frozenset({Kind.PROTEST, Kind.LATE_RESULTS}),
    frozenset({Kind.DEAD_HEAT, Kind.LATE_RESULTS}),
)
"""Six races are enough for everything to happen; fewer get as many of these as there are races."""

_OFTEN: Final = {
    Kind.EARLY_SCRATCHING: 0.35,
    Kind.BIG_BETS: 0.35,
    Kind.LATE_RESULTS: 0.6,
    Kind.EMERGENCY: 0.1,
    Kind.LATE_SCRATCHING: 0.06,
    Kind.MOVED_START: 0.04,
    Kind.PROTEST: 0.02,
    Kind.DEAD_HEAT: 0.01,
}
_ABANDONED: Final = 0.015


def spread_kinds(races: int, chance: Chance) -> list[Kinds]:
    """Draw what happens to each race of a day: every case once, then as often as in life."""
    places = chance.shuffled(range(races), "cases")
    cases = dict(zip(places, FIRST_CASES, strict=False))
    return [cases.get(place, _drawn(chance.of("kinds", place))) for place in range(races)]


def _drawn(chance: Chance) -> Kinds:
    if chance.happens(_ABANDONED, Kind.ABANDONED):
        return frozenset({Kind.ABANDONED})
    return frozenset(kind for kind, often in _OFTEN.items() if chance.happens(often, kind))
