"""The source's instants: when it refreshes its answers, how it spells an instant, and its time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

AUCKLAND: Final = ZoneInfo("Pacific/Auckland")
"""By its clocks the source's days begin, and local times are told."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The instants of refreshing: `origin`, and every `step` before and after it."""

    origin: datetime
    step: timedelta

    def last_at(self, now: datetime) -> datetime:
        """Give the last instant of the grid that is not after `now`, in UTC."""
        return (now - (now - self.origin) % self.step).astimezone(UTC)


def spelled(instant: datetime, nanoseconds: int = 0) -> str:
    """Spell an instant as the source does: ISO in UTC, up to nine decimals, zeros at their end left out.

    `nanoseconds` (0..999) are those beyond the microseconds that a datetime can hold.
    """
    decimals = f"{instant.microsecond:06d}{nanoseconds:03d}".rstrip("0")
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{f'.{decimals}' if decimals else ''}Z"
