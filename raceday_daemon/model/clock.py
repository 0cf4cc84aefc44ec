"""What time it is, as something that can be handed in."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only way to the time: whatever waits or measures is given one, so that tests can own it."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Give seconds from an arbitrary origin, never set back by a clock that is put right."""

    async def sleep(self, seconds: float) -> None:
        """Return once that many seconds have passed."""
