"""Making up a day from a seed: a demo's day, or one with given starts."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.delays import spread_delays
from raceday_daemon.simulator.field import LARGEST_FIELD, SMALLEST_FIELD, field_size
from raceday_daemon.simulator.grid import AUCKLAND
from raceday_daemon.simulator.kinds import Kind, Kinds, spread_kinds
from raceday_daemon.simulator.plan import DayPlan, MeetingPlan, RacePlan
from raceday_daemon.simulator.race_planning import TRENDS, Frame, plan_race
from raceday_daemon.simulator.words import venue

_RACES_A_MEETING: Final = 8
_MEETINGS_OF_A_SMALL_DAY: Final = 4
_NIGHT_ENDS: Final = time(5)
_GOINGS: Final = ("Good4", "Soft5", "Soft7", "Heavy8", "Fast", "Synthetic")
_WEATHERS: Final = ("FINE", "OCAST", "SHOWERY", "Overcast")
_DISTANCES: Final = (1000, 1200, 1400, 1600, 1700, 1980, 2200, 2400)


def plan_day(
    seed: int, first_start: datetime, *, races: int = 12, every_seconds: float = 360, plain: bool = False
) -> DayPlan:
    """Plan a day of so many races, the first at `first_start` and then one every so often; see plan_of_starts."""
    return plan_of_starts(
        seed, [first_start + timedelta(seconds=every_seconds * place) for place in range(races)], plain=plain
    )


def plan_of_starts(seed: int, starts: Sequence[datetime], *, plain: bool = False, on_time: bool = False) -> DayPlan:
    """Plan a day whose races have these advertised starts (aware; cut to whole seconds, as the source tells them).

    With six races or more everything happens that can (see `kinds`); in a `plain` day nothing does but odds, money,
    late starts and results. `on_time` lets every race start at its advertised second.

    The same seed and starts give the same plan. Another first start with the same seed gives the same story under other
    ids: what was stored of an earlier run is another day's. Raises ValueError without any start, or for a naive one.
    """
    if not starts or any(start.tzinfo is None for start in starts):
        raise ValueError("a day has at least one start, and every start says its zone")
    in_order = sorted(start.astimezone(UTC).replace(microsecond=0) for start in starts)
    chance = Chance.from_seed(seed)
    ids = chance.of("ids", int(in_order[0].timestamp()))
    kinds = [frozenset[Kind]()] * len(in_order) if plain else spread_kinds(len(in_order), chance)
    delays = [0] * len(in_order) if on_time else _delays(kinds, chance)
    sizes = _sizes(kinds, chance)
    frames = [
        Frame(
            chance=chance.of("race", place),
            ids=ids.of("race", place),
            start=start,
            kinds=kinds[place],
            delay_seconds=delays[place],
            field_size=sizes[place],
            trends=TRENDS[place % len(TRENDS)],
        )
        for place, start in enumerate(in_order)
    ]
    meetings: list[MeetingPlan] = []
    for day, of_day in _by_day(frames):
        meetings += _meetings(chance, ids, day, of_day, first_place=len(meetings))
    return DayPlan(seed=seed, meetings=tuple(meetings))


def _delays(kinds: Sequence[Kinds], chance: Chance) -> list[int]:
    """Spread the delays; the longest is for a race that is run."""
    delays = spread_delays(len(kinds), chance)
    longest = delays.index(max(delays))
    run = next((place for place, kind in enumerate(kinds) if Kind.ABANDONED not in kind), longest)
    if Kind.ABANDONED in kinds[longest]:
        delays[longest], delays[run] = delays[run], delays[longest]
    return delays


def _sizes(kinds: Sequence[Kinds], chance: Chance) -> list[int]:
    """Draw the sizes of the fields; the smallest and the largest are there."""
    sizes = [field_size(chance.of("race", place), kind) for place, kind in enumerate(kinds)]
    order = chance.shuffled(range(len(kinds)), "sizes")
    small = next((place for place in order if Kind.EMERGENCY not in kinds[place]), None)
    large = next((place for place in order if place != small), None)
    if small is not None and large is not None:
        sizes[small], sizes[large] = SMALLEST_FIELD, LARGEST_FIELD
    return sizes


def _by_day(frames: Sequence[Frame]) -> list[tuple[date, list[Frame]]]:
    """Sort the races into racing days by the date in Auckland; a card of the evening may run into the night."""
    days: list[tuple[date, list[Frame]]] = []
    for frame in frames:
        local = frame.start.astimezone(AUCKLAND)
        last = days[-1][0] if days else None
        runs_on = last is not None and local.date() - last <= timedelta(days=1) and local.time() < _NIGHT_ENDS
        if last is None or (local.date() != last and not runs_on):
            days.append((local.date(), []))
        days[-1][1].append(frame)
    return days


def _meetings(chance: Chance, ids: Chance, day: date, frames: Sequence[Frame], first_place: int) -> list[MeetingPlan]:
    """Deal the races of a day out to meetings, which take turns as in life."""
    many = -(-len(frames) // _RACES_A_MEETING)
    count = max(many, min(_MEETINGS_OF_A_SMALL_DAY, len(frames)))
    return [_meeting(chance, ids, day, frames[place::count], place, first_place + place) for place in range(count)]


def _meeting(
    chance: Chance, ids: Chance, day: date, frames: Sequence[Frame], place: int, place_of_all: int
) -> MeetingPlan:
    own = chance.of("meeting", place_of_all)
    meeting_id, course = ids.uuid("meeting", place_of_all), venue(place)
    races: list[RacePlan] = [
        plan_race(frame, meeting_id, course.category, number, own.one_of(_DISTANCES, "distance", number))
        for number, frame in enumerate(frames, 1)
    ]
    return MeetingPlan(
        meeting_id=meeting_id,
        venue=course,
        tote_number=place + 1,
        day=day,
        track_condition=own.one_of(_GOINGS, "going"),
        weather=own.one_of(_WEATHERS, "weather"),
        races=tuple(races),
    )
