"""Which runners of a race don't run: scratched early or late, and emergencies that wait for their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.kinds import Kind, Kinds

_EMERGENCIES: Final = 2


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """How one runner stands to running; as in RunnerPlan."""

    emergency_position: int | None = None
    called_up_at: datetime | None = None
    scratched_at: datetime | None = None
    late: bool = False


RUNS: Final = Withdrawal()


def withdrawals(chance: Chance, kinds: Kinds, strengths: Sequence[float], start: datetime) -> list[Withdrawal]:
    """Draw how each runner of a race stands to running, in the order of their numbers; `start` is the last advertised.

    Emergencies have the last numbers. An early scratching calls up the first of them; the others are scratched in time.
    """
    places = list(range(len(strengths)))
    found = [RUNS] * len(places)
    emergencies = places[-_EMERGENCIES:] if Kind.EMERGENCY in kinds else []
    firm = places[: len(places) - len(emergencies)]
    # Money must stand on a runner that is scratched late, so that its refund can be seen.
    backed = sorted(firm, key=lambda place: -strengths[place])[: max(len(firm) // 2, 1)]
    gone = chance.one_of(backed, "scratched late")
    if Kind.LATE_SCRATCHING in kinds:
        found[gone] = Withdrawal(scratched_at=_before(start, chance, 60, 540, "late"), late=True)
    called_up_at = None
    if Kind.EARLY_SCRATCHING in kinds:
        early = chance.one_of([place for place in firm if place != gone], "scratched early")
        found[early] = Withdrawal(scratched_at=_before(start, chance, 25 * 60, 180 * 60, "early"))
        called_up_at = _before(start, chance, 15 * 60, 24 * 60, "called up")
    for position, place in enumerate(emergencies, 1):
        found[place] = Withdrawal(emergency_position=position, called_up_at=called_up_at)
        if called_up_at is None or position > 1:
            found[place] = Withdrawal(emergency_position=position, scratched_at=_before(start, chance, 600, 840, place))
    return found


def _before(start: datetime, chance: Chance, least: int, most: int, *names: object) -> datetime:
    return start - timedelta(seconds=chance.whole(least, most, "before the start", *names))
