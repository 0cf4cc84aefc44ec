"""The runners of a race, what people think of each, and the order in which they finish."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import exp, log
from typing import Final

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.kinds import Kind, Kinds
from raceday_daemon.simulator.plan import Placing, RunnerPlan
from raceday_daemon.simulator.withdrawals import withdrawals
from raceday_daemon.simulator.words import HARNESS, horse_names, person, silks

SMALLEST_FIELD: Final = 5
LARGEST_FIELD: Final = 24

# How far opinions of runners lie apart, and how far they move, as logarithms.
_SPREAD: Final = 1.6
_DRIFT: Final = 0.9
_WINNER_FIRMS: Final = 0.35
_MARGINS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.8, 1.0, 1.3, 1.8, 2.5, 3.5)


def field_size(chance: Chance, kinds: Kinds) -> int:
    """Draw how many runners a race has, most often 7 to 14."""
    most = LARGEST_FIELD if chance.happens(0.05, "a large field") else 14
    least = 12 if Kind.EMERGENCY in kinds else SMALLEST_FIELD
    return chance.whole(least, most, "one") // 2 + (chance.whole(least, most, "other") + 1) // 2


def runners(
    chance: Chance, id_chance: Chance, size: int, kinds: Kinds, category: str, start: datetime
) -> list[RunnerPlan]:
    """Draw the field; `start` is the last advertised start. The chances are those before anybody finished."""
    strengths = [exp(_SPREAD * _about_zero(chance, "strength", place)) for place in range(size)]
    drifts = [exp(_DRIFT * _about_zero(chance, "drift", place)) for place in range(size)]
    opening = _shares(strengths)
    closing = _shares([strength * drift for strength, drift in zip(strengths, drifts, strict=True)])
    names, barriers = horse_names(chance, size), chance.shuffled(range(1, size + 1), "barriers")
    stands = withdrawals(chance, kinds, strengths, start)
    return [
        RunnerPlan(
            entrant_id=id_chance.uuid("entrant", place),
            number=place + 1,
            name=names[place],
            barrier=barriers[place],
            jockey=person(own, "driver" if category == HARNESS else "jockey"),
            trainer=person(own, "trainer"),
            silks=silks(own),
            age=own.whole(2, 9, "age"),
            weight=f"{54 + own.whole(0, 12, 'weight') / 2:g}",
            opening_chance=opening[place],
            closing_chance=closing[place],
            taste=exp(0.5 * _about_zero(own, "taste")),
            pace=own.between(0.6, 1.8, "pace"),
            emergency_position=stands[place].emergency_position,
            called_up_at=stands[place].called_up_at,
            scratched_at=stands[place].scratched_at,
            late_scratched=stands[place].late,
        )
        for place in range(size)
        for own in [chance.of("runner", place)]
    ]


def finishing_order(chance: Chance, field: Sequence[RunnerPlan], *, dead_heat: bool) -> tuple[Placing, ...]:
    """Draw how those finish that run, by their chances; in a dead heat two share the first place."""
    # The least of exponential draws falls to each in proportion to its rate.
    starters = sorted(
        (runner for runner in field if runner.scratched_at is None),
        key=lambda runner: -log(1 - chance.unit("finish", runner.number)) / runner.closing_chance,
    )
    placings, margin = [Placing(1, starters[0].number, 0.0)], 0.0
    for position, runner in enumerate(starters[1:], 2):
        if position == 2 and dead_heat:
            placings.append(Placing(1, runner.number, 0.0))
            continue
        margin = round(margin + chance.one_of(_MARGINS, "margin", position), 1)
        placings.append(Placing(position, runner.number, margin))
    return tuple(placings)


def firmed(field: Sequence[RunnerPlan], winners: Sequence[int]) -> tuple[RunnerPlan, ...]:
    """Let the money know a little: those who will win are better backed in the end."""
    closing = _shares(
        [runner.closing_chance * (exp(_WINNER_FIRMS) if runner.number in winners else 1.0) for runner in field]
    )
    return tuple(replace(runner, closing_chance=share) for runner, share in zip(field, closing, strict=True))


def _about_zero(chance: Chance, *names: object) -> float:
    """Draw from -1.5 to 1.5, mostly near 0."""
    return sum(chance.unit(*names, part) for part in range(3)) - 1.5


def _shares(parts: Sequence[float]) -> list[float]:
    whole = sum(parts)
    return [part / whole for part in parts]
