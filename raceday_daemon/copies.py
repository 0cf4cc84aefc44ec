"""The commands that copy: the whole data folder into a file and back, a table as text; long work beside the loop."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from raceday_daemon import __version__
from raceday_daemon.backups.manifest import Manifest
from raceday_daemon.backups.restoring import restore_backup
from raceday_daemon.backups.taking import Begin, Taken, refuse_target, take_backup
from raceday_daemon.exports.writing import ExportWish, write_export
from raceday_daemon.model.errors import FileRefusedError
from raceday_daemon.ops.endings import STOPPING, end_by
from raceday_daemon.ops.stoppable import Stopping, in_thread
from raceday_daemon.ops.whole_file import refuse_place, whole_file
from raceday_daemon.settings import Settings
from raceday_daemon.store.copy_facts import refuse_own_file
from raceday_daemon.store.held_still import MEGABYTE, Step
from raceday_daemon.store.rows import instant_text
from raceday_daemon.views.progress import job_progress

# Polls come first on a machine that has little to spare.
_NICE: Final = 10


async def back_up(settings: Settings, target: Path, *, replace: bool) -> Taken:
    """Take a backup of the data folder; see take_backup."""
    refuse_target(settings.raceday_data_dir, target, replace=replace)
    with _progress(settings, "backup") as begin:
        take = partial(take_backup, settings.raceday_data_dir, target, __version__, datetime.now(UTC), begin)
        return await in_thread(partial(_behind_others, take))


async def restore(settings: Settings, file: Path) -> Manifest:
    """Put a backup into the data folder; see restore_backup."""
    since = instant_text(datetime.now(UTC))
    with _progress(settings, "restore") as begin:
        return await in_thread(partial(restore_backup, settings.raceday_data_dir, file, since, begin))


def export_to_stdout(data_dir: Path, wish: ExportWish) -> int:
    """Write an export to stdout; give the number of rows.

    Whoever reads it may leave at any time, and whoever started it may stop it: that ends the process without a word, as
    with any other program in a pipe, however long its reader lets it wait. Raises FileRefusedError where there is none.
    """
    if sys.stdout is None:
        raise FileRefusedError("stdout is closed: name a file in --output")
    for number in (*STOPPING, signal.SIGPIPE):
        end_by(number)
    return write_export(data_dir, wish, sys.stdout.buffer, Stopping())


async def export_to_file(settings: Settings, wish: ExportWish, target: Path, *, replace: bool) -> int:
    """Write an export to a file that is there once it is whole; give the number of rows."""
    refuse_own_file(settings.raceday_data_dir, target)
    refuse_place(target, replace=replace)

    def write(stopping: Stopping) -> int:
        try:
            with whole_file(target, f".{target.name}.partial") as folder, (folder / target.name).open("wb") as out:
                return write_export(settings.raceday_data_dir, wish, out, stopping)
        except OSError as error:
            raise FileRefusedError(f"{target}: cannot be written ({error})") from error

    return await in_thread(write)


def _behind_others(work: Callable[[Stopping], Taken], stopping: Stopping) -> Taken:
    # Of the thread alone, in Linux.
    os.nice(_NICE)
    return work(stopping)


@contextmanager
def _progress(settings: Settings, name: str) -> Iterator[Begin]:
    """Give the way to tell a person how far the work is, in megabytes."""
    progress = job_progress(settings.log_format_on(sys.stderr))

    def begin(total: int) -> Step:
        progress.begin(name, 0, max(total // MEGABYTE, 1))
        untold = 0

        def step(done: int) -> None:
            nonlocal untold
            untold += done
            while untold >= MEGABYTE:
                untold -= MEGABYTE
                progress.advance("MB")

        return step

    try:
        yield begin
    finally:
        progress.close()
