"""What one process of this machine may do at a time: a lock of the kernel's, which falls with the process."""

import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError

_TRY_SECONDS: Final = 0.5


@asynccontextmanager
async def sole_use(path: Path, clock: Clock) -> AsyncIterator[None]:
    """Hold the lock of a file, made if need be; wait for as long as another process holds it.

    Raises StoreError where the file cannot be opened, or is where there are no locks.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened ({error})") from error
    try:
        while not _is_had(descriptor, path):
            await clock.sleep(_TRY_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _is_had(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise StoreError(f"{path}: cannot be locked ({error})") from error
    return True
