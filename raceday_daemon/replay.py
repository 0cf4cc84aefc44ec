"""Recorded answers played through the daemon's own parts, into a data folder that nobody else uses meanwhile."""

import os
import sys
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from raceday_daemon.assembly import open_files
from raceday_daemon.intake.intake import Intake
from raceday_daemon.intake.playing import FirstRecords, Player
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import RecordingError
from raceday_daemon.model.progress import Progress
from raceday_daemon.nztab.recognition import recognised
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.standing_clock import StandingClock
from raceday_daemon.recordings.reading import Recordings
from raceday_daemon.settings import Settings
from raceday_daemon.store.rows import instant_text
from raceday_daemon.views.progress import job_progress


async def replay(settings: Settings, place: Path, speed: float | None) -> dict[str, Any]:
    """Play the recordings at a place, `speed` times as fast as they came (None: without waiting); give what came of it.

    Nothing is asked of anybody. Raises RecordingError where no recordings are, LeaseHeldError where a daemon has the
    data folder, StoreError where that can't be used.
    """
    recordings, clock, began = Recordings(place, recognised), SystemClock(), perf_counter()
    async with AsyncExitStack() as parts:
        parts.enter_context(hold_folder(settings.raceday_data_dir, instant_text(clock.now())))
        files = await open_files(parts, settings)
        standing = StandingClock()
        wanted = Wanted.of(settings.raceday_countries, settings.raceday_categories)
        player = Player(Intake(files.store, FirstRecords(files.records), standing, files.outbox), wanted, standing)
        progress = job_progress(settings.log_format_on(sys.stderr))
        parts.callback(progress.close)
        await play_all(recordings, player, Pace(clock, speed), progress)
    return {"replay": spelled(place), **player.played.facts(), "duration_seconds": round(perf_counter() - began, 3)}


async def play_all(recordings: Recordings, player: Player, pace: "Pace", progress: Progress) -> None:
    """Play one file after the other; one that holds no answer is told, and the next one follows."""
    progress.begin("replay", 0, recordings.count)
    for path in recordings:
        try:
            exchange = recordings.read(path)
        except RecordingError as error:
            player.failed(spelled(path.name), error)
            progress.advance("unreadable")
        else:
            await pace.wait_for(exchange.received_at)
            await player.play(spelled(path.name), exchange)
            progress.advance(f"{exchange.received_at:%Y-%m-%d %H:%M:%S} UTC")
        player.played.answers += 1
    player.end()
    progress.end()


def spelled(name: str | Path) -> str:
    """Give a file's name as text that can be printed anywhere: names are bytes, which need not be UTF-8."""
    return os.fsencode(name).decode(errors="backslashreplace")


class Pace:
    """Waits between answers as long as it took then, divided by `speed`; not at all without one."""

    def __init__(self, clock: Clock, speed: float | None) -> None:
        """Wait by the clock."""
        self._clock = clock
        self._speed = speed
        self._begun: tuple[float, datetime] | None = None

    async def wait_for(self, received_at: datetime) -> None:
        """Return when the answer is due; one that came before the first one, by its clock, is due at once."""
        if self._speed is None:
            return
        began, first = self._begun = self._begun or (self._clock.monotonic(), received_at)
        due = began + (received_at - first).total_seconds() / self._speed
        await self._clock.sleep(max(due - self._clock.monotonic(), 0.0))
