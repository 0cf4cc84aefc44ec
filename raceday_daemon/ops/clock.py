"""The machine's own clock."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """The Clock of a real process."""

    def now(self) -> datetime:
        """Give the present instant."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give seconds from an arbitrary origin."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return once that many seconds have passed."""
        await asyncio.sleep(seconds)
