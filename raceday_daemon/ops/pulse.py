"""The process's pulse: whether the event loop turns in time, and whether the machine's clock was put right."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from loguru import logger

BEAT_SECONDS: Final = 0.25
LAG_SECONDS: Final = 1.0
"""A loop that turns so much too late can't keep up."""

_LAGGING_FOR_SECONDS: Final = 5.0
_STEP_SECONDS: Final = 0.5


class Pulse:
    """Beats four times a second; each beat that comes late tells how much the loop lags."""

    def __init__(self) -> None:
        """Begin without a beat."""
        self._listeners: tuple[Callable[[float], None], ...] = ()
        self._lagging_until = 0.0
        self.last_beat = time.monotonic()
        self.lag_seconds = 0.0

    def tell_steps(self, *listeners: Callable[[float], None]) -> None:
        """Call the listeners with the seconds by which the machine's clock was put right (negative: set back)."""
        self._listeners = listeners

    def is_lagging(self) -> bool:
        """Say whether the loop turned more than a second late in the last moments."""
        return time.monotonic() < self._lagging_until

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            wall, self.last_beat = time.time(), time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)
            passed = time.monotonic() - self.last_beat
            self._feel(passed - BEAT_SECONDS, time.time() - wall - passed)

    def _feel(self, lag_seconds: float, step_seconds: float) -> None:
        self.lag_seconds = lag_seconds
        if lag_seconds > LAG_SECONDS:
            if not self.is_lagging():
                logger.warning("the loop turned {lag:.1f} s late", action="loop_late", lag=round(lag_seconds, 1))
            self._lagging_until = time.monotonic() + _LAGGING_FOR_SECONDS
        if abs(step_seconds) > _STEP_SECONDS:
            logger.warning("the clock was put right by {step:.1f} s", action="clock_step", step=round(step_seconds, 1))
            for listener in self._listeners:
                listener(step_seconds)
