"""The daemon measured: which of its parts tell which figures."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from raceday_daemon.assembly import Files
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.slots import reasons_of
from raceday_daemon.cadence.turn import CATCHING_UP, RETRY
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.metrics.file_figures import (
    channel_figures,
    disk_figures,
    job_figures,
    outbox_figures,
    record_figures,
    success_figures,
)
from raceday_daemon.metrics.instruments import Instruments
from raceday_daemon.metrics.metrics import Metrics
from raceday_daemon.metrics.process_figures import loop_figures, measure_process, rule_figures, standing_by_figures
from raceday_daemon.metrics.race_figures import race_figures
from raceday_daemon.metrics.source_figures import source_figures
from raceday_daemon.model.status import OnwardStatus
from raceday_daemon.ops.log_sink import LogSink
from raceday_daemon.settings import Settings
from raceday_daemon.web.inside import Inside

_BESIDE_THE_TABLE: Final = (RETRY, CATCHING_UP, "entrants", "ended")
"""Why a race is looked at although no slot asks for it: after a failure or a miss, by a job, for its results."""


@dataclass(frozen=True, slots=True)
class Measures:
    """All figures, and what counts those that follow from the records."""

    metrics: Metrics
    instruments: Instruments


def begin_measuring(profile: Profile, sink: LogSink | None = None) -> Measures:
    """Begin with what there is from the first moment; `sink` writes the log of the process."""
    metrics = Metrics()
    measure_process(metrics, sink)
    return Measures(metrics, Instruments(metrics.registry, {*reasons_of(profile), *_BESIDE_THE_TABLE}))


def measure_files(
    measures: Measures, settings: Settings, files: Files, onward: Callable[[], Awaitable[OnwardStatus]] | None = None
) -> None:
    """Measure the open files too; `onward` tells how rows get to Appwrite, None where they stay here."""
    metrics = measures.metrics
    metrics.read("disk", disk_figures(settings.raceday_data_dir))
    metrics.read("jobs", job_figures(settings.raceday_data_dir))
    metrics.read("records", record_figures(files.records))
    metrics.read("success", success_figures(settings.raceday_data_dir, files.clock))
    if onward:
        metrics.read("outbox", outbox_figures(onward, files.clock))


def measure_life(measures: Measures, inside: Inside, alerts: Alerts) -> None:
    """Measure the parts of one life of the polling, in the place of those of the life before."""
    metrics, answers = measures.metrics, measures.instruments.answers
    supervisor, profile, clock = inside.supervisor, inside.profile, inside.clock
    metrics.read("loop", loop_figures(inside.pulse))
    metrics.read("races", race_figures(supervisor, profile, clock))
    metrics.read("source", source_figures(supervisor, profile, clock, inside.breakers, answers))
    metrics.read("rules", rule_figures(alerts))
    if inside.channels:
        metrics.read("channels", channel_figures(inside.channels, clock))
    metrics.read("standing_by", standing_by_figures(lambda: inside.standing_by() is not None))
