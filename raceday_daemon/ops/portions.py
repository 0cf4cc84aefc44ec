"""Long work on a file that others use too: done in portions that take a moment each, with a rest after each."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final

MOMENT_SECONDS: Final = 0.02
"""So long whoever else needs the file waits for one portion, a poll's commit say."""

FIRST: Final = 200
_LEAST: Final = 20
_MOST: Final = 5_000


class Portions:
    """Finds out how much work fits into a moment.

    What a portion takes is measured with all that it waits for: the busier the file, the less is done at once.
    """

    def __init__(self, moment_seconds: float = MOMENT_SECONDS, *, rests: bool = True) -> None:
        """Begin with a small portion; without rests nobody else is there."""
        self._moment_seconds = moment_seconds
        self._rests = rests
        self.size = FIRST

    async def do(self, work: Callable[[int], Awaitable[int]]) -> int:
        """Do a portion of `size` units at most, and rest for as long as it took; give how many units it was."""
        began = perf_counter()
        units = await work(self.size)
        seconds = perf_counter() - began
        if units:
            fitting = int(units * self._moment_seconds / max(seconds, 1e-6))
            self.size = min(max(fitting, _LEAST), 2 * self.size, _MOST)
        await asyncio.sleep(max(seconds, self._moment_seconds) if self._rests else 0.0)
        return units
