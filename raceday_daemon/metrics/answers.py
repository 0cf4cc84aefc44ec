"""What the source's answers tell of the source itself: when it last gave one, and how far apart the clocks are."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from raceday_daemon.cadence.freshness import Watched, lost_slots
from raceday_daemon.cadence.profile import Profile

LOST_SLOTS: Final = 3
"""The source is away once one race has lost so many slots in a row, and no race was seen meanwhile."""

_COMPARED: Final = 20


class Answers:
    """Keeps the newest answers' times; `last_at` is the end of the last look that succeeded (None: none yet)."""

    def __init__(self) -> None:
        """Begin without an answer."""
        self.last_at: datetime | None = None
        self._ahead_seconds: deque[float] = deque(maxlen=_COMPARED)

    def looked(self, ended_at: datetime) -> None:
        """Note a look that succeeded."""
        self.last_at = ended_at

    def compared(self, generated_at: datetime, received_at: datetime) -> None:
        """Note the source's time of an answer, and when it was here."""
        self._ahead_seconds.append((generated_at - received_at).total_seconds())

    @property
    def clock_ahead_seconds(self) -> float | None:
        """Give by how much the source's clock is ahead of ours (negative: behind), None before an answer.

        The way of an answer takes time, and a cached one is older still: both make the source look behind, never ahead.
        So the largest of the newest ones is the nearest to the truth, and behind it by the quickest of the answers.
        """
        return max(self._ahead_seconds, default=None)

    def fault(self, profile: Profile, races: Iterable[Watched], now: datetime) -> str | None:
        """Say why the source counts as away, None where it answered lately or nothing is due."""
        lost = max((self._lost(profile, race, now) for race in races), default=0)
        if lost < LOST_SLOTS:
            return None
        since = f"since {self.last_at:%Y-%m-%d %H:%M:%S} UTC" if self.last_at else "yet"
        return f"no look has succeeded {since}, and a race has lost {lost} slots in a row"

    def _lost(self, profile: Profile, race: Watched, now: datetime) -> int:
        known_at = max(race.known_at, self.last_at) if self.last_at else race.known_at
        return lost_slots(profile, race.times, known_at, now)
