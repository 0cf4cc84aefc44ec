"""How the source stands: the breakers of both lanes, when it last answered, and its clock."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from prometheus_client import Metric

from raceday_daemon.cadence.profile import Profile
from raceday_daemon.metrics.answers import Answers
from raceday_daemon.metrics.families import gauge, states
from raceday_daemon.metrics.metrics import Reader
from raceday_daemon.model.clock import Clock
from raceday_daemon.nztab.breaker import Breaker
from raceday_daemon.polling.supervisor import Supervisor

BREAKER_STATES: Final = ("closed", "half_open", "open")


def source_figures(
    supervisor: Supervisor, profile: Profile, clock: Clock, breakers: Mapping[str, Breaker], answers: Answers
) -> Reader:
    """Give what reads the figures of the source."""

    async def read() -> Sequence[Metric]:
        now, races = clock.now(), supervisor.watched()
        found = {lane: breaker.state for lane, breaker in breakers.items()}
        fault = await asyncio.to_thread(answers.fault, profile, races, now)
        last_at = answers.last_at
        return (
            states("breaker_state", "1 for the state that a lane's breaker is in.", "lane", found, BREAKER_STATES),
            gauge("source_answers", "1 while the source answers, or nothing is due; as /readyz has it.", fault is None),
            gauge(
                "source_last_answer_timestamp_seconds",
                "When the last look that succeeded ended.",
                last_at.timestamp() if last_at else None,
            ),
            gauge(
                "source_clock_ahead_seconds",
                "By how much the source's clock is ahead of this machine's (negative: behind).",
                answers.clock_ahead_seconds,
            ),
        )

    return read
