"""Keeps answers in files without holding anybody up: a thread of its own, a bounded queue, a count of what was lost."""

import errno
import hashlib
import os
import queue
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from loguru import logger

from raceday_daemon.model.exchange import Exchange
from raceday_daemon.recordings.layout import day_folder, file_name, packed

_QUEUE_ANSWERS: Final = 1_000
_QUEUE_BYTES: Final = 64 * 1024 * 1024
_CLOSE_SECONDS: Final = 1.0
_LONGEST_REASON: Final = 300
_BODIES_REMEMBERED: Final = 2_000
_ROOM_LEFT_BYTES: Final = 100 * 1024 * 1024


class RecordingFiles:
    """A model.exchange.Recorder that packs and writes from its own thread.

    While that cannot keep up, `queue_answers` or `queue_bytes` wait; what comes on top is dropped and counted. A file
    is there whole under its name or not at all, also after `kill -9`. What cannot be written is lost, which is logged
    once, and once more when writing succeeds again. The last `room_left_bytes` of the disk are not for recordings.
    """

    def __init__(
        self,
        folder: Path,
        queue_answers: int = _QUEUE_ANSWERS,
        queue_bytes: int = _QUEUE_BYTES,
        room_left_bytes: int = _ROOM_LEFT_BYTES,
    ) -> None:
        """Start the thread; the folders are made when they are needed."""
        self.dropped = 0
        self._told_dropped = 0
        self._failed = 0
        self._folder = folder
        self._queue_bytes = queue_bytes
        self._room_left_bytes = room_left_bytes
        # Two counts, each with one writer: nothing to lock.
        self._bytes_taken = 0
        self._bytes_done = 0
        self._number = 0
        self._newest = _Newest()
        self._answers: queue.Queue[Exchange | None] = queue.Queue(queue_answers)
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
        self._thread.start()

    def record(self, exchange: Exchange) -> None:
        """Take an answer, or drop it where too much waits; returns at once."""
        size = len(exchange.body)
        if self._bytes_taken - self._bytes_done + size > self._queue_bytes:
            self.dropped += 1
            return
        try:
            self._answers.put_nowait(exchange)
        except queue.Full:
            self.dropped += 1
        else:
            self._bytes_taken += size

    def close(self, seconds: float = _CLOSE_SECONDS) -> None:
        """Write what waits, for so long at most; what is left then is lost, and that is logged."""
        until = time.monotonic() + seconds
        with suppress(queue.Full):
            self._answers.put(None, timeout=seconds)
        self._thread.join(max(until - time.monotonic(), 0))
        if self._thread.is_alive():
            left = self._answers.qsize()
            logger.warning("{left} answers were not recorded: no time was left", action="recordings_left", left=left)

    def _run(self) -> None:
        while (exchange := self._answers.get()) is not None:
            try:
                self._write(exchange)
            except Exception as error:
                # Whatever it is, the next answer may be written, and the polling never hears of it.
                self._tell_failed(error)
            else:
                self._tell_recovered()
            self._bytes_done += len(exchange.body)
            self._tell_dropped()
        self._tell_dropped()

    def _write(self, exchange: Exchange) -> None:
        folder = self._folder / day_folder(exchange.received_at)
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < self._room_left_bytes:
            # Most often the store lies on the same disk, and is worth more.
            raise OSError(errno.ENOSPC, f"less than {self._room_left_bytes >> 20} MB are left on the disk")
        digest = hashlib.blake2b(exchange.body, digest_size=16).digest()
        body_in = self._newest.file_with(folder, exchange.path, digest)
        name = self._free_name(folder, exchange)
        unfinished = folder / f"{name}.part"
        try:
            unfinished.write_bytes(packed(exchange, body_in))
            os.replace(unfinished, folder / name)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise
        if body_in is None:
            self._newest.note(exchange.path, digest, name)

    def _free_name(self, folder: Path, exchange: Exchange) -> str:
        """Give a name that no file has: a process before this one may have had the same moment, by its clock."""
        while True:
            name = file_name(exchange, self._number)
            self._number += 1
            if not (folder / name).exists():
                return name

    def _tell_failed(self, error: Exception) -> None:
        self._failed += 1
        if self._failed == 1:
            why = error.strerror if isinstance(error, OSError) else " ".join(repr(error).split())[:_LONGEST_REASON]
            logger.error(
                "answers are not recorded in {folder}: {why}; nothing else depends on them",
                action="recording_failed",
                folder=str(self._folder),
                why=why,
            )

    def _tell_recovered(self) -> None:
        if self._failed:
            logger.info("answers are recorded again; {lost} were lost", action="recording_again", lost=self._failed)
        self._failed = 0

    def _tell_dropped(self) -> None:
        dropped, self._told_dropped = self.dropped - self._told_dropped, self.dropped
        if dropped:
            logger.warning(
                "{dropped} answers were not recorded: they came faster than they could be written",
                action="recordings_dropped",
                dropped=dropped,
            )


class _Newest:
    """The newest body of each path today, by its digest, and the file that has it."""

    def __init__(self) -> None:
        self._folder = Path()
        self._files: dict[str, tuple[bytes, str]] = {}

    def file_with(self, folder: Path, path: str, digest: bytes) -> str | None:
        """Name the file of a day's folder that has a path's newest body, where that is the same again."""
        if folder != self._folder or len(self._files) >= _BODIES_REMEMBERED:
            # A folder needs no other one: days are removed, and carried elsewhere, one by one.
            self._folder, self._files = folder, {}
        known, name = self._files.get(path, (b"", ""))
        return name if known == digest and (folder / name).exists() else None

    def note(self, path: str, digest: bytes, name: str) -> None:
        """Note what has been written."""
        self._files[path] = (digest, name)
