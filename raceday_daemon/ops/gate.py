"""A gate that is open for a time only: whoever opens it has to say again and again that it may be."""

from dataclasses import dataclass
from datetime import datetime
from math import inf

from raceday_daemon.model.clock import Clock


@dataclass(frozen=True, slots=True)
class Shut:
    """Why a gate was shut, and since when."""

    since: datetime
    why: str


class Gate:
    """Closed until it is opened, and again once the time that was named is over.

    `shut` is why it was shut, None while it is open, and before anybody knew a reason.
    """

    def __init__(self, clock: Clock) -> None:
        """Begin closed."""
        self._clock = clock
        self._open_until = -inf
        self.shut: Shut | None = None

    def open_until(self, monotonic: float) -> None:
        """Let through until an instant of the clock's monotonic seconds."""
        self._open_until = monotonic
        self.shut = None

    def close(self, why: str | None = None) -> None:
        """Let nothing through; the reason may be told to people."""
        self._open_until = -inf
        if why:
            self.shut = Shut(self.shut.since if self.shut else self._clock.now(), why)

    def is_open(self) -> bool:
        """Say whether something may go through now."""
        return self._clock.monotonic() < self._open_until
