"""What the daemon is doing, and what it has done lately, as people and scripts are told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from raceday_daemon.model.success import SuccessRate


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCounts:
    """Looks at races and slots that were missed: how many by what came of them, the missed ones also by their reason.

    A slot counts by the time that it was due, a look that no slot asked for by the time that it began. `slots_failed`
    leaves the latter out: what fails by hand is nothing that the schedule lost.
    """

    by_outcome: Mapping[str, int]
    missed_by_reason: Mapping[str, int]
    slots_failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How late the looks of slots began, in milliseconds; None where there were no `slots`."""

    slots: int
    median_ms: float | None
    p99_ms: float | None
    worst_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """The newest run of a daily job."""

    job: str
    racing_day: date
    started_at: datetime
    finished_at: datetime
    status: str
    processed: int
    failed: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What the records tell of the last hour, of the racing day so far, and of the jobs; `lateness` of the hour.

    `success` is of the last seven days.
    """

    last_hour: PollCounts
    today: PollCounts
    lateness: Lateness
    jobs: tuple[LastRun, ...]
    success: tuple[SuccessRate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTurn:
    """A race that is watched and when it is looked at next.

    `reason` is why it was looked at, or its slot missed, in its last turn (None: it had none yet); `failures` are those
    in a row.
    """

    race: str
    race_id: str
    start_time: datetime
    status: str
    next_at: datetime
    reason: str | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRace:
    """A race whose polling was ended by a bug."""

    race: str
    race_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardStatus:
    """How rows get to Appwrite: how many wait and since when, how many it refused, or were left out while full.

    `failing_since` and `failure` are None while it works, and where nobody sends. `sent` counts the rows that whoever
    tells this has sent since it began, and the last of them arrived at `last_sent_at`; None where that is not known.
    """

    waiting: int
    oldest: datetime | None
    refused: int
    left_out: int
    failing_since: datetime | None = None
    failure: str | None = None
    sent: int | None = None
    last_sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatus:
    """How notifications get to people through one channel: how many wait, and what became of those of a day.

    `refused` are those that it takes never, `expired` were too old when their turn came, `dropped` too many at once,
    and of the `uncertain` nobody knows whether they arrived. `failing_since` and `failure` are None while it works, and
    where nobody sends.
    """

    channel: str
    waiting: int
    oldest: datetime | None
    sent: int
    last_sent_at: datetime | None
    refused: int
    expired: int
    uncertain: int
    dropped: int
    failing_since: datetime | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingBy:
    """Another daemon on the same Appwrite polls: which, since when, and its last sign.

    `trouble` is why nobody knows now whether it still does, None while that is known.
    """

    holder: str
    since: datetime
    last_heard_of: datetime
    trouble: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlert:
    """What a user was told, and when it was written."""

    at: datetime
    user_id: str
    type: str
    message: str
    race_id: str | None
    rule_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsStatus:
    """The alert rules, how many of them can't be right, and what people were told on the racing day, the newest first.

    `today` counts the notifications, `newest` has a few of them.
    """

    rules: int
    invalid: int
    today: int
    newest: tuple[ToldAlert, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that hangs or is past its target: which part, since when it is known, and how it stands in words."""

    part: str
    since: datetime
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a running daemon is doing at the instant `now`; `breakers` has the state of each lane to the source.

    `appwrite` is None where rows stay on this machine, `standing_by` unless another daemon polls. `channels` are those
    that notifications go to.
    """

    version: str
    pid: int
    since: str
    url: str | None
    now: datetime
    racing_day: date
    races_watched: int
    next_turns: tuple[NextTurn, ...]
    broken_races: tuple[BrokenRace, ...]
    breakers: Mapping[str, str]
    loop_lag_ms: float
    troubles: tuple[Trouble, ...]
    appwrite: OnwardStatus | None
    standing_by: StandingBy | None
    alerts: AlertsStatus
    activity: Activity
    channels: tuple[ChannelStatus, ...] = ()

    def for_strangers(self) -> "Status":
        """Give it without what people were told, and by which ways: that concerns nobody on other machines."""
        return replace(self, alerts=replace(self.alerts, newest=()), channels=())


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLook:
    """One of the newest looks at races."""

    race: str
    race_id: str
    began_at: datetime
    reason: str
    outcome: str
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLife:
    """The daemon's last life; it was alive at `last_alive_at`. `ended_at` is None unless it ended as it should."""

    began_at: datetime
    ended_at: datetime | None
    last_alive_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedStatus:
    """What the files tell while no daemon runs; `last_life` is None where none ever has.

    A demo's are told of as at its last look, since its time is its own.
    """

    is_demo: bool
    now: datetime
    racing_day: date
    last_life: LastLife | None
    last_looks: tuple[LastLook, ...]
    appwrite: OnwardStatus | None
    alerts: AlertsStatus
    activity: Activity
    channels: tuple[ChannelStatus, ...] = ()
