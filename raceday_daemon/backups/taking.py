"""A backup taken: both files held still at one moment, copied, looked through, packed, and only then there."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from typing import Final

from raceday_daemon.backups.manifest import FileInside, Manifest
from raceday_daemon.backups.packing import pack, sha256_of
from raceday_daemon.model.errors import FileRefusedError, StoreError
from raceday_daemon.ops.demo_folder import MARK, is_demo_folder, make_demo_folder
from raceday_daemon.ops.stoppable import Stopping
from raceday_daemon.ops.whole_file import refuse_place, whole_file
from raceday_daemon.store.copy_facts import (
    LAYOUTS_OF,
    FileFacts,
    Span,
    closed_file,
    fault_of,
    read_file_facts,
    read_span,
    refuse_own_file,
)
from raceday_daemon.store.held_still import MEGABYTE, Step, StillFile, held_still
from raceday_daemon.store.letting_go import let_go
from raceday_daemon.store.migrations import refuse_newer
from raceday_daemon.store.outbox import read_state, read_target
from raceday_daemon.store.reading import check_for_files
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.working_store import FILE_NAME as STORE

ROOM: Final = 1.5
"""What a backup needs, by the size of the databases: both copies lie there until they are packed, to less than half."""

_WORKSHOP: Final = ".raceday-backup.partial"

Begin = Callable[[int], Step]
"""Is told how many bytes there are to do in all, and gives who is told of each step."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A backup that is there: what it says of itself, and its size."""

    manifest: Manifest
    size_bytes: int


def refuse_target(data_dir: Path, target: Path, *, replace: bool) -> None:
    """Raise FileRefusedError where no backup of a data folder should go."""
    refuse_own_file(data_dir, target)
    refuse_place(target, replace=replace)


def take_backup(data_dir: Path, target: Path, version: str, now: datetime, begin: Begin, stopping: Stopping) -> Taken:
    """Copy a data folder's databases into one file, beside a running daemon or without one.

    Raises StoreError where they can't be read, FileRefusedError where the file can't be written: then nothing of it is
    left. Raises CutOffError where it was told to stop, with nothing left either.
    """
    check_for_files(data_dir)
    try:
        with whole_file(target, _WORKSHOP) as folder:
            manifest = _made(data_dir, folder, target.name, version, now, begin, stopping)
    except (OSError, sqlite3.Error) as error:
        raise FileRefusedError(f"{target}: cannot be written ({error})") from error
    return Taken(manifest, target.stat().st_size)


def _made(
    data_dir: Path, folder: Path, name: str, version: str, now: datetime, begin: Begin, stopping: Stopping
) -> Manifest:
    # Apart from what is made of them: that may have the name of one.
    apart = folder / f"{name}.of"
    apart.mkdir()
    copies = {file: apart / file for file in LAYOUTS_OF}
    with ExitStack() as held:
        # One right after the other, and the records first: see LAYOUTS_OF.
        still = {file: held.enter_context(held_still(data_dir / file)) for file in copies}
        for file, one in still.items():
            if not refuse_newer(one.connection, data_dir / file, LAYOUTS_OF[file]):
                raise StoreError(f"{data_dir / file}: it holds nothing yet")
        size = sum(one.size_bytes for one in still.values())
        _refuse_without_room(folder, size)
        step = stopping.before(begin(3 * size))
        _copy(still, copies, step)
    with closing(sqlite3.connect(copies[STORE])) as store, store:
        let_go(store)
    for copy in copies.values():
        fault = fault_of(copy, stopping.is_wished)
        stopping.check()
        if fault:
            raise StoreError(f"{data_dir / copy.name}: it is damaged ({fault}); there is no backup of it")
    manifest = _described(copies, version, now, step, is_demo=is_demo_folder(data_dir))
    packed = list(copies.values())
    if manifest.is_demo:
        make_demo_folder(apart)
        packed.append(apart / MARK)
    pack(folder / name, manifest, packed, (data_dir / STORE).stat(), step)
    return manifest


def _copy(still: dict[str, StillFile], copies: dict[str, Path], step: Step) -> None:
    for file, one in still.items():
        one.copy_to(copies[file], step)
        # Its log may begin anew while the next one is copied.
        one.connection.execute("COMMIT")


def _refuse_without_room(folder: Path, size: int) -> None:
    needed, free = int(size * ROOM), disk_usage(folder).free
    if free < needed:
        raise FileRefusedError(
            f"{folder.parent}: a backup needs {megabytes(needed)} for as long as it is made,"
            f" and {megabytes(free)} are free"
        )


def megabytes(count: int) -> str:
    """Say how much, in whole megabytes."""
    return f"{-(-count // MEGABYTE):,} MB"


def _described(copies: dict[str, Path], version: str, now: datetime, step: Step, *, is_demo: bool) -> Manifest:
    with closing(closed_file(copies[STORE])) as store, closing(closed_file(copies[RECORDS])) as records:
        facts: dict[str, FileFacts] = {STORE: read_file_facts(store), RECORDS: read_file_facts(records)}
        span: Span = read_span(store, records)
        has_outbox = "outbox" in facts[STORE].rows
        waiting, target = (read_state(store).waiting, read_target(store)) if has_outbox else (0, None)
    return Manifest(
        version=version,
        taken_at=instant_text(now),
        is_demo=is_demo,
        days=span.days,
        first_day=span.first_day,
        last_day=span.last_day,
        until=span.until,
        target=target,
        waiting=waiting,
        files={
            file: FileInside(
                bytes=copy.stat().st_size,
                sha256=sha256_of(copy, step),
                layout=facts[file].layout,
                rows=facts[file].rows,
            )
            for file, copy in copies.items()
        },
    )
