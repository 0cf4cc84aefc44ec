"""What will become of a race: when it ends, how, and what happens on the way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.kinds import Kind, Kinds
from raceday_daemon.simulator.plan import METRES_A_SECOND, BetPlan, Ending, MovedStart, Placing, Protest, RunnerPlan


def moved_start(chance: Chance, start: datetime) -> MovedStart:
    """Draw a later start by whole minutes, told some minutes before the first one."""
    told_at = start - timedelta(seconds=chance.whole(120, 600, "told"))
    return MovedStart(told_at, start + timedelta(minutes=chance.whole(3, 9, "moved by")))


def abandonment(chance: Chance, start: datetime) -> datetime:
    """Draw when a race is called off: from ten minutes before its start to four after."""
    return start + timedelta(seconds=chance.whole(-600, 240, "abandoned"))


def ending(chance: Chance, jump_at: datetime, distance: int, kinds: Kinds, placings: tuple[Placing, ...]) -> Ending:
    """Draw when the results come: Interim some minutes after the start, Final some more after that."""
    run = distance // METRES_A_SECOND
    interim_at = jump_at + timedelta(seconds=run + chance.whole(60, 180, "interim"))
    final_at = interim_at + timedelta(seconds=chance.whole(90, 300, "final"))
    late = chance.whole(240, 600, "complete") if Kind.LATE_RESULTS in kinds else 0
    return Ending(interim_at, final_at, final_at + timedelta(seconds=late), placings)


def protest(chance: Chance, ending: Ending) -> Protest:
    """Draw a protest of the second against the winner: lodged with the interim result, dismissed after Final."""
    winner, second = ending.placings[0].number, ending.placings[1].number
    return Protest(
        lodged_at=ending.interim_at + timedelta(seconds=15),
        dismissed_at=ending.final_at + timedelta(seconds=chance.whole(60, 200, "dismissed")),
        reason=f"Protest lodged by #{second} against #{winner}, alleging interference over the last 200 metres.",
    )


def big_bets(chance: Chance, jump_at: datetime, field: Sequence[RunnerPlan]) -> tuple[BetPlan, ...]:
    """Draw large bets of the last forty minutes, the soonest first; one of them a multi."""
    count = chance.whole(3, 7, "bets")
    bets = [_bet(chance.of("bet", place), jump_at, field, legs=2 if place == 1 else 1) for place in range(count)]
    return tuple(sorted(bets, key=lambda bet: (bet.at, bet.nanoseconds, bet.number)))


def _bet(chance: Chance, jump_at: datetime, field: Sequence[RunnerPlan], *, legs: int) -> BetPlan:
    at = jump_at - timedelta(seconds=chance.whole(20, 2400, "at"), microseconds=chance.whole(0, 999_999, "part"))
    running = [runner.number for runner in field if runner.scratched_at is None]
    return BetPlan(
        at=at,
        nanoseconds=chance.whole(1, 999, "nanoseconds"),
        number=chance.one_of(running, "runner"),
        stake_cents=50_00 * chance.whole(10, 100, "stake"),
        legs=legs,
    )
