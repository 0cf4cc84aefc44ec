"""Faults by switch: how often which goes wrong, and which question meets which; by the seed, never by turns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from raceday_daemon.simulator.chance import Chance


class Fault(StrEnum):
    """What goes wrong with one answer."""

    INTERNAL_ERROR = "500"
    UNAVAILABLE = "503"
    TOO_MANY = "429"
    HANG_UP = "closed connection"
    TIMEOUT = "no answer"
    STALL = "a part, then nothing"
    HALF_BODY = "half a body"
    BROKEN_JSON = "invalid JSON"
    PAGE = "a page instead of JSON"
    WRONG_DAY = "the answer to another question"


_ERRORS: Final = (Fault.INTERNAL_ERROR, Fault.UNAVAILABLE, Fault.TOO_MANY, Fault.HANG_UP)
_GARBAGE: Final = (Fault.HALF_BODY, Fault.BROKEN_JSON, Fault.PAGE)
_OUTAGE: Final = (Fault.HANG_UP, Fault.UNAVAILABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The switches: the part (0..1) of all questions that meets each kind of fault, and outages as (from, to).

    `errors` are refusals and closed connections; `timeouts` no answer until the client gives up; `stalls` a part of
    one and then nothing; `garbage` what is no whole JSON; `wrong_day` the answer for the next day, or of another
    meeting or race. In an outage nothing is answered as it should be. A silence lasts `silence_seconds` of the real
    clock at most, `retry_after_seconds` is what a 429 asks for.

    A path meets the same fault within the same second, and a new draw in the next: so a second try may succeed.
    Raises ValueError where the parts are no parts of a whole.
    """

    errors: float = 0.0
    timeouts: float = 0.0
    stalls: float = 0.0
    garbage: float = 0.0
    wrong_day: float = 0.0
    outages: tuple[tuple[datetime, datetime], ...] = ()
    silence_seconds: float = 30.0
    retry_after_seconds: int = 1

    def __post_init__(self) -> None:
        """Refuse parts that are no parts."""
        parts = [part for part, _ in self._switches()]
        if min(parts) < 0 or sum(parts) > 1:
            raise ValueError(f"the parts of faults are from 0 to 1 and at most 1 together, not {parts}")

    def at(self, chance: Chance, path: str, at: datetime) -> Fault | None:
        """Say what goes wrong with a question to `path` at the clock's instant `at`, None for nothing."""
        second = int(at.astimezone(UTC).timestamp())
        drawn, which = (chance.unit(draw, path, second) for draw in ("fault", "which"))
        if any(since <= at < until for since, until in self.outages):
            return _OUTAGE[int(which * len(_OUTAGE))]
        for part, faults in self._switches():
            if drawn < part:
                return faults[int(which * len(faults))]
            drawn -= part
        return None

    def _switches(self) -> Iterable[tuple[float, tuple[Fault, ...]]]:
        yield self.errors, _ERRORS
        yield self.timeouts, (Fault.TIMEOUT,)
        yield self.stalls, (Fault.STALL,)
        yield self.garbage, _GARBAGE
        yield self.wrong_day, (Fault.WRONG_DAY,)


NO_FAULTS: Final = Faults()
