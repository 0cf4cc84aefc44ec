"""How fresh the watched races are, a step of the table at a time: no race is named."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import Metric

from raceday_daemon.cadence.freshness import STALE_SLOTS, Watched, lost_slots, step_of
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.metrics.families import gauge, gauges
from raceday_daemon.metrics.metrics import Reader
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.race import OPEN, is_over
from raceday_daemon.polling.supervisor import Supervisor

NEAR: Final = timedelta(minutes=5)
"""So near its start a race must not be stale."""


def race_figures(supervisor: Supervisor, profile: Profile, clock: Clock) -> Reader:
    """Give what reads the figures of the races that are watched."""

    async def read() -> Sequence[Metric]:
        # What changes in the loop is taken in the loop; to reckon with it is no work for it.
        now, races, broken = clock.now(), supervisor.watched(), len(supervisor.broken)
        counts = (
            gauge("races_watched", "Races that have a slot to come.", len(races)),
            gauge("races_broken", "Races whose polling a bug has ended.", broken),
        )
        return (*counts, *await asyncio.to_thread(figures, profile, races, now))

    return read


def figures(profile: Profile, races: Sequence[Watched], now: datetime) -> tuple[Metric, ...]:
    """Reckon how fresh races are that are not over and in their table."""
    ages: dict[str, list[float]] = defaultdict(list)
    stale: dict[str, int] = defaultdict(int)
    near_and_stale, starts = 0, []
    for race in races:
        to_start = race.times.start_time - now
        if race.times.status == OPEN and to_start >= timedelta():
            starts.append(to_start.total_seconds())
        step = None if is_over(race.times.status) else step_of(profile, race.times, now)
        if step is None:
            continue
        ages[step].append((now - race.known_at).total_seconds())
        is_stale = lost_slots(profile, race.times, race.known_at, now) >= STALE_SLOTS
        stale[step] += is_stale
        near_and_stale += is_stale and timedelta() <= to_start <= NEAR
    return (
        gauges("races", "Races in a step of the table, not over.", "step", {step: len(ages[step]) for step in ages}),
        gauges(
            "look_age_max_seconds",
            "Since the last look that succeeded, of the race of a step where that was longest ago.",
            "step",
            {step: max(ages[step]) for step in ages},
        ),
        gauges("races_stale", f"Races that have lost {STALE_SLOTS} slots in a row or more.", "step", stale),
        gauge("races_stale_before_start", "Races that are stale and start within five minutes.", near_and_stale),
        gauge("next_start_seconds", "Until the next advertised start of an open race.", min(starts, default=None)),
    )
