"""Making up one race, once its start, its delay and what happens to it are known."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from typing import Final

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.field import finishing_order, firmed, runners
from raceday_daemon.simulator.kinds import Kind, Kinds
from raceday_daemon.simulator.plan import RacePlan
from raceday_daemon.simulator.story import abandonment, big_bets, ending, moved_start, protest
from raceday_daemon.simulator.words import race_name

TRENDS: Final = (frozenset({"Win", "Place", "Trifecta"}), frozenset({"Trifecta"}), frozenset[str]())
"""Which pools of a race come with tote trends; the Trifecta's say nothing of the other two."""

_SMALL_POOL_CENTS: Final = 4_000_00


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a day decides for one of its races; the ids have a chance of their own."""

    chance: Chance
    ids: Chance
    start: datetime
    kinds: Kinds
    delay_seconds: int
    field_size: int
    trends: frozenset[str]


def plan_race(frame: Frame, meeting_id: str, category: str, number: int, distance: int) -> RacePlan:
    """Make up a race of a meeting."""
    chance, kinds = frame.chance, frame.kinds
    moved = moved_start(chance, frame.start) if Kind.MOVED_START in kinds else None
    last_start = moved.start if moved else frame.start
    jump_at = last_start + timedelta(seconds=frame.delay_seconds)
    field = runners(chance, frame.ids, frame.field_size, kinds, category, last_start)
    placings = finishing_order(chance, field, dead_heat=Kind.DEAD_HEAT in kinds)
    outcome = ending(chance, jump_at, distance, kinds, placings)
    return RacePlan(
        chance=chance,
        race_id=frame.ids.uuid("id"),
        meeting_id=meeting_id,
        number=number,
        name=race_name(chance, category),
        distance=distance,
        prize_money=1000 * chance.whole(9, 80, "prize"),
        start=frame.start,
        delay_seconds=frame.delay_seconds,
        win_pool_cents=round(_SMALL_POOL_CENTS * exp(chance.between(0, 3, "pool"))),
        trends=frame.trends,
        kinds=kinds,
        runners=firmed(field, [placing.number for placing in placings if placing.position == 1]),
        ending=outcome,
        moved=moved,
        abandoned_at=abandonment(chance, frame.start) if Kind.ABANDONED in kinds else None,
        protest=protest(chance, outcome) if Kind.PROTEST in kinds else None,
        bets=big_bets(chance, jump_at, field) if Kind.BIG_BETS in kinds else (),
    )
