"""What the event stream tells besides races, alerts and health: where it begins, and that a card has changed."""

from dataclasses import dataclass
from datetime import date

from raceday_daemon.model.health import TimeTold


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """How a stream begins: `life` is this start of the daemon, `with_alerts` says whether alerts will be told here."""

    version: str
    life: str
    time: TimeTold
    with_alerts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChanged:
    """A day's card has other meetings or races than before, or was written by another process: ask for it again."""

    racing_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """What came between can't be told: whatever is shown has to be asked for anew. `reason` says why."""

    reason: str
