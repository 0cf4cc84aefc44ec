"""How things stand, in short: the source, the store, the way onward, and what was not seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from raceday_daemon.model.status import BrokenRace, ChannelStatus, OnwardStatus, StandingBy, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleRace:
    """A race whose looks fail, and how many have in a row: what is shown of it is that of its `seen_at`."""

    race: str
    race_id: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotTrouble:
    """Slots that brought nothing: looks that failed, and slots that were missed, by their reason."""

    failed: int
    missed: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How things stand. `breakers` tell of the lanes to the source: `closed` is well, `open` rests after failures.

    `appwrite` is null where rows stay on this machine, `standing_by` unless another daemon polls; `channels` tell how
    notifications get to people, to those alone who may see these. `failing_jobs` are the daily jobs whose last run came
    to nothing, `loop_is_lagging` says that the process can't keep up, `troubles` what hangs.
    """

    breakers: Mapping[str, str]
    stale_races: tuple[StaleRace, ...]
    broken_races: tuple[BrokenRace, ...]
    last_hour: SlotTrouble
    today: SlotTrouble
    failing_jobs: tuple[str, ...]
    appwrite: OnwardStatus | None
    channels: tuple[ChannelStatus, ...]
    standing_by: StandingBy | None
    loop_is_lagging: bool
    troubles: tuple[Trouble, ...]
    races_watched: int
    racing_day: date

    def for_strangers(self) -> "Health":
        """Give it without the ways to people: their names, and why one fails, are told to nobody else."""
        return replace(self, channels=())


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTold:
    """The daemon's time: `speed` is 1, but more in a demo; `timezone` is the one that people read times in."""

    now: datetime
    speed: float
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Whether this very caller may see, and may write, rules and what people were told.

    `why_not` is a sentence that says what would open them (null: nothing is closed); `needs_token` that a token would.
    """

    may_read: bool
    may_write: bool
    needs_token: bool
    why_not: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthAnswer:
    """What a page needs before anything else: the version, the time, how things stand, and what it may do.

    `life` is this start of the daemon: another one after a restart.
    """

    version: str
    life: str
    time: TimeTold
    health: Health
    access: Access
