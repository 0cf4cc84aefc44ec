"""One daemon a data folder: a lock of the kernel's, which falls with the process, and a note of who holds it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from raceday_daemon.model.errors import LeaseHeldError, StoreError

FILE_NAME: Final = "daemon.lock"

_LOOKERS_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Holder:
    """The daemon that holds a folder: its process id, since when (ISO text), and where it answers (None: not yet)."""

    pid: int
    since: str
    url: str | None = None


class FolderLock:
    """A folder that is held, by `holder`."""

    def __init__(self, descriptor: int, path: Path, holder: Holder) -> None:
        """Note the holder in the open file of the lock."""
        self._descriptor = descriptor
        self._path = path
        self.note(holder)

    def note(self, holder: Holder) -> None:
        """Write down who holds the folder, for those who find it held; raises StoreError where that can't be done."""
        self.holder = holder
        text = json.dumps(asdict(holder)).encode()
        try:
            os.pwrite(self._descriptor, text, 0)
            os.ftruncate(self._descriptor, len(text))
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be written ({error})") from error


@contextmanager
def hold_folder(data_dir: Path, since: str) -> Iterator[FolderLock]:
    """Hold a data folder; raises LeaseHeldError where another daemon does, StoreError where it can't be written."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{data_dir / FILE_NAME}: cannot be opened ({error})") from error
    try:
        _lock(descriptor, data_dir)
        yield FolderLock(descriptor, data_dir / FILE_NAME, Holder(os.getpid(), since))
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, data_dir: Path) -> None:
    """Take the lock; somebody who only looks who holds it has it for a moment, and is waited for."""
    until = monotonic() + _LOOKERS_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if holder_of(data_dir) or monotonic() > until:
                raise LeaseHeldError(_held_by(data_dir)) from None
            sleep(_LOOKERS_SECONDS / 10)
        except OSError as error:
            raise StoreError(f"{data_dir / FILE_NAME}: cannot be locked ({error})") from error
        else:
            return


def holder_of(data_dir: Path) -> Holder | None:
    """Give who holds a data folder now, None for nobody; raises StoreError where that can't be looked up."""
    path = data_dir / FILE_NAME
    try:
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _noted(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(f"{path}: who holds the folder cannot be looked up ({error})") from error
    return None


def _noted(text: str) -> Holder:
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        # It is being written this moment.
        return Holder(0, "just now")


def _held_by(data_dir: Path) -> str:
    holder = holder_of(data_dir)
    who = f"process {holder.pid} since {holder.since}" if holder else "a daemon that is just ending"
    return f"the data folder {data_dir} is held by {who}: only one daemon may use a data folder"
