"""A backup put back into a data folder: unpacked and looked through beside, then moved in, all of it or nothing."""

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Error
from typing import Final

from raceday_daemon.backups.manifest import MEMBER, Manifest
from raceday_daemon.backups.taking import Begin, megabytes
from raceday_daemon.backups.unpacking import Archive, opened
from raceday_daemon.model.errors import FileRefusedError, NewerStoreError
from raceday_daemon.ops.demo_folder import MARK, is_demo_folder, make_demo_folder
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.printable import printable
from raceday_daemon.ops.stoppable import Stopping
from raceday_daemon.ops.whole_file import sync
from raceday_daemon.store.copy_facts import LAYOUTS_OF, closed_file, fault_of
from raceday_daemon.store.held_still import Step
from raceday_daemon.store.working_store import RESTORING

_OF_A_FILE: Final = ("", "-wal", "-shm", "-journal")
_OURS: Final = (RESTORING, f"{RESTORING}.done", "daemon.lock", "forwarder.lock", "delivery.lock")
"""What lies in a folder that holds nothing."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a backup goes, and where it waits until it is whole."""

    data_dir: Path

    @property
    def waiting(self) -> Path:
        return self.data_dir / RESTORING

    @property
    def done(self) -> Path:
        return self.data_dir / f"{RESTORING}.done"

    @property
    def is_whole(self) -> bool:
        """Say whether all of it is there: its manifest is written last."""
        return (self.waiting / MEMBER).exists()


def restore_backup(data_dir: Path, file: Path, since: str, begin: Begin, stopping: Stopping) -> Manifest:
    """Put a backup into a data folder that holds none of its files; give what it says of itself.

    A restore that was cut off is done anew, or if its files were being moved already, to its end. Raises
    FileRefusedError for a file that is no backup, is damaged or belongs elsewhere, NewerStoreError for one of a later
    version, LeaseHeldError where a daemon has the folder, StoreError where that can't be used, and CutOffError where it
    was told to stop.
    """
    with opened(file) as archive:
        _refuse_unknown(archive.manifest, file)
        with hold_folder(data_dir, since):
            place = _Place(data_dir)
            try:
                _restore(place, archive, begin, stopping)
            except OSError as error:
                raise FileRefusedError(f"{data_dir}: cannot be written ({error})") from error
            finally:
                if not place.is_whole:
                    shutil.rmtree(place.waiting, ignore_errors=True)
    return archive.manifest


def _restore(place: _Place, archive: Archive, begin: Begin, stopping: Stopping) -> None:
    manifest = archive.manifest
    shutil.rmtree(place.done, ignore_errors=True)
    if place.is_whole:
        _refuse_another(place, manifest)
    else:
        _refuse_occupied(place.data_dir)
        _refuse_mixed(place.data_dir, manifest)
        _refuse_without_room(place.data_dir, manifest)
        shutil.rmtree(place.waiting, ignore_errors=True)
        place.waiting.mkdir(mode=0o700)
        _unpack(place, archive, stopping.before(begin(manifest.bytes_unpacked)), stopping)
        _note_whole(place, manifest)
    _move_in(place, manifest)


def _refuse_unknown(manifest: Manifest, file: Path) -> None:
    if manifest.files.keys() != LAYOUTS_OF.keys():
        raise FileRefusedError(f"{file}: it does not hold {' and '.join(LAYOUTS_OF)}")
    for name, inside in manifest.files.items():
        if inside.layout > LAYOUTS_OF[name].version:
            raise NewerStoreError(
                f"{file}: its {name} is of a newer raceday-daemon ({printable(manifest.version)};"
                f" layout {inside.layout}, this one knows {LAYOUTS_OF[name].version}): install that version"
            )


def _refuse_another(place: _Place, manifest: Manifest) -> None:
    if (place.waiting / MEMBER).read_bytes() != _text(manifest):
        raise FileRefusedError(
            f"{place.data_dir}: the restore of another backup was cut off here: give that one, to end it, or name"
            " another folder in RACEDAY_DATA_DIR"
        )


def _refuse_occupied(data_dir: Path) -> None:
    for name in LAYOUTS_OF:
        for ending in _OF_A_FILE:
            if os.path.lexists(found := data_dir / f"{name}{ending}"):
                raise FileRefusedError(
                    f"{found} is there, and a restore takes no file's place: name an empty folder in RACEDAY_DATA_DIR,"
                    " or move what is there away"
                )


def _refuse_mixed(data_dir: Path, manifest: Manifest) -> None:
    """A demo's folder is emptied by the next demo, so nothing real comes into one, and none comes into being here."""
    is_marked = is_demo_folder(data_dir)
    if is_marked and not manifest.is_demo:
        raise FileRefusedError(
            f"{data_dir} is a demo's, and the backup is of real races, which the next demo would remove: name another"
            " folder in RACEDAY_DATA_DIR"
        )
    if manifest.is_demo and not is_marked and (found := [one for one in data_dir.iterdir() if one.name not in _OURS]):
        raise FileRefusedError(
            f"the backup is a demo's, and the next demo would remove what is in its folder, such as {found[0]}:"
            " name an empty folder in RACEDAY_DATA_DIR"
        )


def _refuse_without_room(data_dir: Path, manifest: Manifest) -> None:
    needed, free = manifest.bytes_unpacked, shutil.disk_usage(data_dir).free
    if free < needed:
        raise FileRefusedError(f"{data_dir}: {megabytes(needed)} are needed, and {megabytes(free)} are free")


def _unpack(place: _Place, archive: Archive, step: Step, stopping: Stopping) -> None:
    for name in LAYOUTS_OF:
        inside, target = archive.manifest.files[name], place.waiting / name
        archive.unpack(name, inside, target, step)
        fault = fault_of(target, stopping.is_wished)
        stopping.check()
        if fault:
            raise archive.refusal(f"its {name} is damaged ({fault})")
        if _layout_of(target) != inside.layout:
            raise archive.refusal(f"its {name} has another layout than it says")
    if archive.manifest.is_demo:
        archive.skip(MARK)
    archive.end()


def _layout_of(path: Path) -> int | None:
    try:
        with closing(closed_file(path)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except Error:
        return None


def _note_whole(place: _Place, manifest: Manifest) -> None:
    owner = place.data_dir.stat()
    for name in LAYOUTS_OF:
        if os.geteuid() == 0:
            # A daemon that runs as somebody else has to write to what root has restored.
            os.chown(place.waiting / name, owner.st_uid, owner.st_gid)
        sync(place.waiting / name)
    note = place.waiting / f"{MEMBER}.new"
    note.write_bytes(_text(manifest))
    sync(note)
    note.rename(place.waiting / MEMBER)
    sync(place.waiting)


def _text(manifest: Manifest) -> bytes:
    return manifest.model_dump_json(indent=1).encode()


def _move_in(place: _Place, manifest: Manifest) -> None:
    """Move the files in; until the folder beside them is gone nothing opens them (open_working_store)."""
    if manifest.is_demo:
        make_demo_folder(place.data_dir)
    for name in LAYOUTS_OF:
        if (place.waiting / name).exists():
            (place.waiting / name).rename(place.data_dir / name)
    sync(place.data_dir)
    # Of a folder that is taken away file by file nobody could say afterwards whether all was done.
    place.waiting.rename(place.done)
    sync(place.data_dir)
    shutil.rmtree(place.done, ignore_errors=True)
