"""Time in which this process itself ran: not while it was stopped, frozen, or the machine slept."""

from time import monotonic
from typing import Final

_LONGEST_STEP_SECONDS: Final = 30.0


class Awake:
    """Counts seconds from step to step; a step that took far longer than any of ours counts as a short one."""

    def __init__(self) -> None:
        """Begin at 0."""
        self._last = monotonic()
        self._seconds = 0.0

    @property
    def seconds(self) -> float:
        """Give the seconds counted at the last step."""
        return self._seconds

    def step(self) -> None:
        """Count the time since the last step."""
        now = monotonic()
        self._seconds += min(now - self._last, _LONGEST_STEP_SECONDS)
        self._last = now
