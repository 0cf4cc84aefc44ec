"""A circuit breaker: a source that fails again and again is left alone for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import BreakerOpenError, SourceAwayError, SourceError

FAILURES_TO_OPEN = 5
REST_SECONDS = 30.0


LONGEST_WISH_SECONDS = 3600.0


class Breaker:
    """Opens after `failures_to_open` failures in a row; after `rest_seconds` one call may try again.

    A source that asks for a pause can be given it by all callers: `rest` opens the breaker for that time. The state is
    closed (calls go), open (none go) or half-open (one may try, or is trying).
    """

    def __init__(
        self, clock: Clock, failures_to_open: int = FAILURES_TO_OPEN, rest_seconds: float = REST_SECONDS
    ) -> None:
        """Begin closed."""
        self._clock = clock
        self._failures_to_open = failures_to_open
        self._rest_seconds = rest_seconds
        self._failures = 0
        self._open_until: float | None = None
        self._trying = False

    @property
    def state(self) -> str:
        """Name the state: closed, open or half_open."""
        if self._open_until is None:
            return "closed"
        return "half_open" if self._trying or self._rest_left() <= 0 else "open"

    @contextmanager
    def call(self, *, is_last_try: bool = True) -> Iterator[None]:
        """Make a call inside this; raises BreakerOpenError, without making it, while the source is left alone.

        A SourceAwayError that comes out of the last try of a call counts as a failure. Any other SourceError is an
        answer, so the source is there. A call that is given up (cancelled, say) says nothing of the source.
        """
        trying = self._admit()
        try:
            yield
        except SourceAwayError:
            if is_last_try:
                self._failed()
            raise
        except SourceError:
            self._succeeded()
            raise
        else:
            self._succeeded()
        finally:
            if trying:
                self._trying = False

    def rest(self, seconds: float) -> None:
        """Leave the source alone for as long as it asks, an hour at most."""
        self._open_until = self._clock.monotonic() + min(seconds, LONGEST_WISH_SECONDS)

    def _admit(self) -> bool:
        """Let a call through or refuse it; give whether it is the one that tries a failing source again."""
        if self._open_until is None:
            return False
        if self._trying or self._rest_left() > 0:
            why = f"after {self._failures} failures" if self._failures >= self._failures_to_open else "as it asked"
            rest = max(self._rest_left(), 0)
            raise BreakerOpenError(f"the source is left alone {why}; next try in {rest:.0f} s")
        self._trying = True
        return True

    def _succeeded(self) -> None:
        self._failures = 0
        self._open_until = None

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= self._failures_to_open:
            self._open_until = self._clock.monotonic() + self._rest_seconds

    def _rest_left(self) -> float:
        return (self._open_until or 0.0) - self._clock.monotonic()
