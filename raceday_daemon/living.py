"""The parts that live on a schedule, put together: the polling, the daily jobs, the housekeeping, start alerts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from raceday_daemon.assembly import Files, Ways, job_runner
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.intake import Intake
from raceday_daemon.jobs.chores import HOUSEKEEPING
from raceday_daemon.jobs.daily import DailyPipeline, Timetable
from raceday_daemon.jobs.housekeeping import Housekeeping
from raceday_daemon.keeping_house import keep_house
from raceday_daemon.metrics.answers import Answers
from raceday_daemon.model.progress import NoProgress
from raceday_daemon.model.schedule import Schedule
from raceday_daemon.model.status import ChannelStatus, OnwardStatus, StandingBy, Trouble
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.race_loop import Tools
from raceday_daemon.polling.start_alerts import StartAlerts
from raceday_daemon.polling.supervisor import LOOK_BACK, Supervisor
from raceday_daemon.settings import Settings
from raceday_daemon.store.write_probe import WriteProbe
from raceday_daemon.web.inside import Inside
from raceday_daemon.web.rule_book import RuleBook

if TYPE_CHECKING:
    from raceday_daemon.appwrite.pruning import RemotePruning


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingParts:
    """What begins together and works until the schedule stops; `inside` is what the site tells of them."""

    supervisor: Supervisor
    pipeline: DailyPipeline
    housekeeping: Housekeeping
    starts: StartAlerts
    inside: Inside

    def clock_was_set(self, step_seconds: float) -> None:
        """Go by the new time."""
        self.supervisor.clock_was_set(step_seconds)
        self.pipeline.clock_was_set(step_seconds)
        self.housekeeping.clock_was_set(step_seconds)
        self.starts.clock_was_set(step_seconds)

    async def begin(self) -> None:
        """Watch the races that are stored already, then catch up with the day."""
        await self.supervisor.begin()
        self.pipeline.begin()
        self.housekeeping.begin()
        self.starts.begin()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What else there is in the house while the parts live, for its status and what it shows.

    `answers` are those that `files.observer` notes. `onward` tells how rows get to Appwrite, `channels` how
    notifications get to people, `remove_rule` removes a rule in Appwrite too, `remote_pruning` makes what
    removes old rows there, `standing_by` tells of another daemon
    that polls meanwhile, `troubles` what hangs. `committed` is told what came of each answer; `sheds_load` says whether
    far races skip slots while the pulse lags, `speed` how fast the clock runs.
    """

    answers: Answers
    onward: Callable[[], Awaitable[OnwardStatus]] | None = None
    channels: Callable[[], Awaitable[tuple[ChannelStatus, ...]]] | None = None
    remove_rule: Callable[[str], Awaitable[bool]] | None = None
    remote_pruning: "Callable[[], RemotePruning] | None" = None
    committed: Callable[[Commit], None] | None = None
    sheds_load: bool = True
    speed: float = 1.0
    standing_by: Callable[[], StandingBy | None] = lambda: None
    troubles: Callable[[], tuple[Trouble, ...]] = lambda: ()


def put_together(
    settings: Settings,
    profile: Profile,
    files: Files,
    ways: Ways,
    schedule: Schedule,
    tasks: Tasks,
    pulse: Pulse,
    alerts: Alerts,
    beside: Beside,
) -> LivingParts:
    """Build the parts on open files and ways; nothing happens before they begin."""
    starts = StartAlerts(alerts, files.store, schedule, files.clock, files.outbox)
    intake = _intake(files, alerts, starts, beside)
    is_lagging = pulse.is_lagging if beside.sheds_load else lambda: False
    supervisor = Supervisor(_tools(profile, files, ways, intake, schedule, is_lagging), tasks, _look_back(settings))
    intake.tell_changes(supervisor.ask)
    runner = job_runner(settings, files, intake, ways.daily, NoProgress())
    housework = partial(keep_house, settings, files, beside.remote_pruning)
    return LivingParts(
        supervisor=supervisor,
        pipeline=DailyPipeline(runner, files.store, schedule, files.clock, _timetable(settings)),
        housekeeping=Housekeeping(housework, partial(files.records.last_done, HOUSEKEEPING), schedule, files.clock),
        starts=starts,
        inside=_inside(settings, profile, files, ways, pulse, alerts, supervisor, beside),
    )


def _intake(files: Files, alerts: Alerts, starts: StartAlerts, beside: Beside) -> Intake:
    intake = Intake(files.store, files.records, files.clock, files.outbox, alerts)
    intake.tell_moves(starts.ask)
    intake.tell_answers(files.observer.answered)
    if beside.committed:
        intake.tell_commits(beside.committed)
    return intake


def _inside(
    settings: Settings,
    profile: Profile,
    files: Files,
    ways: Ways,
    pulse: Pulse,
    alerts: Alerts,
    supervisor: Supervisor,
    beside: Beside,
) -> Inside:
    return Inside(
        data_dir=settings.raceday_data_dir,
        profile=profile,
        clock=files.clock,
        pulse=pulse,
        supervisor=supervisor,
        rules=RuleBook(files.store, files.clock, files.outbox, beside.remove_rule),
        breakers={"daily": ways.daily.breaker, "poll": ways.poll.breaker},
        probe=WriteProbe(files.store, settings.raceday_data_dir),
        answers=beside.answers,
        onward=beside.onward,
        channels=beside.channels,
        standing_by=beside.standing_by,
        invalid_rules=lambda: len(alerts.rules.invalid),
        troubles=beside.troubles,
        speed=beside.speed,
    )


def _tools(
    profile: Profile,
    files: Files,
    ways: Ways,
    intake: Intake,
    schedule: Schedule,
    is_lagging: Callable[[], bool],
) -> Tools:
    return Tools(
        profile=profile,
        store=files.store,
        intake=intake,
        source=ways.poll.new_source(),
        records=files.records,
        schedule=schedule,
        clock=files.clock,
        is_lagging=is_lagging,
    )


def _look_back(settings: Settings) -> timedelta:
    """Give for how long the records tell of every slot: what is older was forgotten, not missed."""
    kept = timedelta(days=settings.raceday_polls_retention_days)
    return min(LOOK_BACK, kept) if kept else LOOK_BACK


def _timetable(settings: Settings) -> Timetable:
    return Timetable(
        daily={
            "meetings": settings.raceday_meetings_at,
            "races": settings.raceday_races_at,
            "entrants": settings.raceday_entrants_at,
            "refresh": settings.raceday_refresh_at,
        },
        statuses_every=timedelta(minutes=settings.raceday_statuses_every_minutes),
    )
