"""A gate that is open for a time only: whoever opens it has to say again and again that it may be."""

from math import inf

from raceday_daemon.model.clock import Clock


class Gate:
    """Closed until it is opened, and again once the time that was named is over."""

    def __init__(self, clock: Clock) -> None:
        """Begin closed."""
        self._clock = clock
        self._open_until = -inf

    def open_until(self, monotonic: float) -> None:
        """Let through until an instant of the clock's monotonic seconds."""
        self._open_until = monotonic

    def close(self) -> None:
        """Let nothing through."""
        self._open_until = -inf

    def is_open(self) -> bool:
        """Say whether something may go through now."""
        return self._clock.monotonic() < self._open_until
