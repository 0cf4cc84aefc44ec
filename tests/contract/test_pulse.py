"""The pulse feels a loop that stands still and a clock that is put right; real time, with generous bounds."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from raceday_daemon.ops import pulse as pulse_module
from raceday_daemon.ops.pulse import BEAT_SECONDS, LAG_SECONDS, Pulse


class Steps:
    """Counts how often the clock was put right."""

    def __init__(self) -> None:
        self.told = 0

    def __call__(self, _seconds: float) -> None:
        self.told += 1


def telling(steps: Steps) -> Pulse:
    """Give a pulse that tells of steps."""
    pulse = Pulse()
    pulse.tell_steps(steps)
    return pulse


@asynccontextmanager
async def beating(steps: Steps) -> AsyncIterator[Pulse]:
    """Give a pulse that has beaten."""
    pulse = telling(steps)
    first = pulse.last_beat
    task = asyncio.create_task(pulse.beat())
    try:
        await until(lambda: pulse.last_beat > first)
        yield pulse
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something to hold, for a while."""
    async with asyncio.timeout(10):
        # Nothing tells of it: that is what the pulse is there for.
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def next_beat(pulse: Pulse) -> None:
    beat = pulse.last_beat
    await until(lambda: pulse.last_beat > beat)


async def test_a_loop_that_stood_still_is_felt_and_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse_module, "_LAGGING_FOR_SECONDS", 0.5)
    async with beating(Steps()) as pulse:
        time.sleep(LAG_SECONDS + BEAT_SECONDS + 0.2)  # noqa: ASYNC251
        await until(pulse.is_lagging)
        assert pulse.lag_seconds > LAG_SECONDS
        await until(lambda: not pulse.is_lagging())


async def test_a_loop_that_turns_is_not_lagging_and_no_clock_was_put_right() -> None:
    steps, lags = Steps(), list[float]()
    async with beating(steps) as pulse:
        for _ in range(3):
            await next_beat(pulse)
            lags.append(pulse.lag_seconds)
        assert steps.told == 0
        # A machine with other work may hold the loop up indeed.
        assert pulse.is_lagging() == any(lag > LAG_SECONDS for lag in lags)


@pytest.mark.parametrize("lag", [0.0, 0.25, LAG_SECONDS])
def test_up_to_a_second_late_is_no_lag(lag: float) -> None:
    pulse = Pulse()
    pulse._feel(lag, 0.0)
    assert (pulse.is_lagging(), pulse.lag_seconds) == (False, lag)


def test_a_lag_lasts_for_some_moments_after_the_last_late_beat() -> None:
    pulse = Pulse()
    for lag in (1.001, 0.0, 90.0, 0.0):
        pulse._feel(lag, 0.0)
        assert pulse.is_lagging()
    assert pulse.lag_seconds == 0.0


@pytest.mark.parametrize("step", [0.501, -0.501, 120.0, -120.0, 86_400.0])
def test_a_clock_put_right_is_told_once_and_is_no_lag(step: float) -> None:
    steps = Steps()
    pulse = telling(steps)
    pulse._feel(0.0, step)
    pulse._feel(0.0, 0.0)
    assert (steps.told, pulse.is_lagging()) == (1, False)


@pytest.mark.parametrize("step", [0.0, 0.5, -0.5, 0.001])
def test_a_clock_that_drifts_is_not_told(step: float) -> None:
    steps = Steps()
    telling(steps)._feel(0.0, step)
    assert steps.told == 0


def test_both_at_once_are_both_felt() -> None:
    steps = Steps()
    pulse = telling(steps)
    pulse._feel(2.0, 120.0)
    assert (steps.told, pulse.is_lagging()) == (1, True)
