"""A file that is there whole or not at all: made in a folder beside its place, and moved there once all is on disk."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from raceday_daemon.model.errors import FileRefusedError, LeaseHeldError

_DATABASE: Final = b"SQLite format 3\0"


def refuse_place(path: Path, *, replace: bool) -> None:
    """Raise FileRefusedError where no file should be made; an existing one only gives way where `replace` says so.

    A device, a folder, or a SQLite file never does.
    """
    if path.is_dir():
        raise FileRefusedError(f"{path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise FileRefusedError(f"{path}: there is no folder {path.parent}")
    if not path.exists():
        return
    if not path.is_file():
        raise FileRefusedError(f"{path} is no plain file")
    if _is_database(path):
        raise FileRefusedError(f"{path} is a database, which nothing takes the place of: name another file")
    if not replace:
        raise FileRefusedError(f"{path} exists already: --force lets the new one take its place")


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_DATABASE)) == _DATABASE
    except OSError as error:
        raise FileRefusedError(f"{path} exists already, and cannot be read ({error})") from error


@contextmanager
def whole_file(path: Path, workshop: str) -> Iterator[Path]:
    """Give a folder to work in, beside `path`; what the block leaves there by the name of `path` becomes it.

    Only its owner can read the folder and the file. The folder is named `workshop`: what a killed process left in it is
    removed. Where the block fails nothing is left. Raises FileRefusedError where there can be no such folder, and
    LeaseHeldError while another process works in it.
    """
    folder = path.parent / workshop
    with _held(folder, path):
        try:
            _empty(folder)
            yield folder
            made = folder / path.name
            made.chmod(0o600)
            sync(made)
            made.replace(path)
            sync(path.parent)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(folder: Path, path: Path) -> Iterator[None]:
    """Make a folder and hold it by a lock of the kernel's, which falls with the process."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise FileRefusedError(f"{path}: cannot be written ({error})") from error
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LeaseHeldError(f"{folder}: another process is at work there") from None


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
