"""Whether the data folder takes writes: tried for real, seldom, and never waited for longer than a moment."""

import asyncio
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection
from time import monotonic
from typing import Final

from raceday_daemon.model.errors import StoreError
from raceday_daemon.store.sqlite import Database

PROBE_EVERY_SECONDS: Final = 5.0
"""So long what was found holds, however often it is asked for."""

PROBE_SECONDS: Final = 3.0
"""A write that takes longer than a locked file is waited for has not been done; it goes on by itself."""

FILE_NAME: Final = "write.probe"
_PROBE_BYTES: Final = bytes(4096)


class WriteProbe:
    """Writes a page of the working store and a small file beside it, and says what is in the way.

    Each finds what the other does not: another process that has the store locked, a folder that takes no new files, a
    disk with room for nothing more.
    """

    def __init__(
        self,
        store: Database,
        data_dir: Path,
        now: Callable[[], float] = monotonic,
        longest_seconds: float = PROBE_SECONDS,
    ) -> None:
        """Try on an open store in its folder; `now` gives monotonic seconds."""
        self._store = store
        self._file = data_dir / FILE_NAME
        self._now = now
        self.longest_seconds = longest_seconds
        self._trying: asyncio.Task[str | None] | None = None
        self._tried_at = 0.0

    async def fault(self) -> str | None:
        """Say why nothing can be written, None where it can; as it was found in the last few seconds."""
        task = self._trying
        if task is None or (task.done() and self._now() - self._tried_at >= PROBE_EVERY_SECONDS):
            self._tried_at = self._now()
            task = self._trying = asyncio.create_task(self._try(), name="write probe")
        done, _ = await asyncio.wait({task}, timeout=self.longest_seconds)
        return task.result() if done else f"a write has taken {self._now() - self._tried_at:.0f} s and is not done"

    async def _try(self) -> str | None:
        try:
            await self._store.transaction(_write_a_page)
            await asyncio.to_thread(_write_a_file, self._file)
        except StoreError as error:
            return str(error)
        except OSError as error:
            return f"{self._file.parent}: no file can be written ({error.strerror or error})"
        return None


def _write_a_page(connection: Connection) -> None:
    # There and back: a row that is written as it was is not written at all.
    for change in (1, -1):
        connection.execute("UPDATE outbox_facts SET leftOut = leftOut + ?", (change,))


def _write_a_file(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        if os.write(descriptor, _PROBE_BYTES) < len(_PROBE_BYTES):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        # A disk that is full may say so only now.
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()
