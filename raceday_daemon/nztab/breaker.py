"""A circuit breaker: a source that fails again and again is left alone for a while."""

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import BreakerOpenError

FAILURES_TO_OPEN = 5
REST_SECONDS = 30.0


class Breaker:
    """Opens after `failures_to_open` failures in a row; after `rest_seconds` one call may try again.

    The state is closed (calls go), open (none go) or half-open (one is trying). While another call is trying, the
    others are refused.
    """

    def __init__(
        self, clock: Clock, failures_to_open: int = FAILURES_TO_OPEN, rest_seconds: float = REST_SECONDS
    ) -> None:
        """Begin closed."""
        self._clock = clock
        self._failures_to_open = failures_to_open
        self._rest_seconds = rest_seconds
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> str:
        """Name the state: closed, open or half_open."""
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._trying or self._rest_left() <= 0 else "open"

    def enter(self) -> None:
        """Ask to make a call, to be followed by `succeeded`, `failed` or `abandoned`; BreakerOpenError if refused."""
        if self._opened_at is None:
            return
        if self._trying or self._rest_left() > 0:
            raise BreakerOpenError(
                f"the source failed {self._failures} times in a row; next try in {max(self._rest_left(), 0):.0f} s"
            )
        self._trying = True

    def succeeded(self) -> None:
        """Note that the source answered, whatever it said."""
        self._failures = 0
        self._opened_at = None
        self._trying = False

    def failed(self) -> None:
        """Note that the source could not be reached or was at fault."""
        self._failures += 1
        self._trying = False
        if self._failures >= self._failures_to_open:
            self._opened_at = self._clock.monotonic()

    def abandoned(self) -> None:
        """Note that the call was given up by its caller, which says nothing of the source."""
        self._trying = False

    def _rest_left(self) -> float:
        return self._rest_seconds - (self._clock.monotonic() - (self._opened_at or 0.0))
