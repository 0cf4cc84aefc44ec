"""The process asks its own parts for a sign of life: a part that does not answer hangs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from raceday_daemon.model.errors import RacedayError

Question = Callable[[], Awaitable[object]]

_SECOND_CHANCE_SECONDS: Final = 1.0


class SelfCheck:
    """Asks each part a question that it can answer at once, whatever else it has to do.

    An answer that tells of a failure is a sign of life too: a file that is full or locked is no thread that hangs.
    """

    def __init__(self, parts: Mapping[str, Question], bound_seconds: float) -> None:
        """Ask the parts, by their names; each has to answer within the bound."""
        self._parts = parts
        self._bound_seconds = bound_seconds
        self._asked: dict[str, asyncio.Future[object]] = {}

    async def look(self) -> list[str]:
        """Ask all parts, and name those that do not answer; one that is still silent is not asked anew."""
        for name, question in self._parts.items():
            if name not in self._asked:
                self._asked[name] = asyncio.ensure_future(question())
        await asyncio.wait(self._asked.values(), timeout=self._bound_seconds)
        if self._silent():
            # After a stop of the whole process the time is over before the answers are looked at.
            await asyncio.wait(self._asked.values(), timeout=_SECOND_CHANCE_SECONDS)
        silent = self._silent()
        for name in self._asked.keys() - silent:
            _take(self._asked.pop(name))
        return silent

    def _silent(self) -> list[str]:
        return [name for name, asked in self._asked.items() if not asked.done()]


def _take(answer: asyncio.Future[object]) -> None:
    error = answer.exception()
    if error and not isinstance(error, RacedayError):
        raise error
