"""A log sink that never holds its caller up: a thread of its own, a bounded queue, and a count of what it dropped."""

import queue
import threading
import time
from collections.abc import Callable
from typing import TextIO

_QUEUE_LINES = 10_000
_CLOSE_SECONDS = 2.0
_BUSY_SECONDS = 0.05


class LogSink:
    """Takes finished lines and writes them to a stream from its own thread.

    While the stream is blocked (a pipe that nobody reads) up to `queue_lines` wait; the rest are dropped and counted,
    and the count is written once the stream moves again.
    """

    def __init__(self, stream: Callable[[], TextIO | None], queue_lines: int = _QUEUE_LINES) -> None:
        """Start the thread; `stream` is asked for at each line, so that a progress bar can stand in for it."""
        self.dropped = 0
        self._told_dropped = 0
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(queue_lines)
        self._thread = threading.Thread(target=self._run, name="log-sink", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Take a line, or drop it where too many wait; returns at once."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, for two seconds at most."""
        until = time.monotonic() + _CLOSE_SECONDS
        try:
            self._lines.put(None, timeout=_CLOSE_SECONDS)
        except queue.Full:
            return
        self._thread.join(max(until - time.monotonic(), 0))

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            if not self._wrote(line) or not self._wrote_dropped():
                return
        self._wrote_dropped()

    def _wrote_dropped(self) -> bool:
        dropped, self._told_dropped = self.dropped - self._told_dropped, self.dropped
        return not dropped or self._wrote(f"{dropped} log lines were dropped: the log was not read fast enough\n")

    def _wrote(self, line: str) -> bool:
        """Write a line whole; give whether anybody can still read it."""
        stream, rest = self._stream(), line
        while stream is not None:
            try:
                stream.write(rest)
                rest = ""
                stream.flush()
            except BlockingIOError:
                # It took what it could and keeps what it was given for the next flush.
                rest = ""
                time.sleep(_BUSY_SECONDS)
            except (OSError, ValueError):
                # The reader is gone: there is nobody left to tell.
                return False
            else:
                return True
        return False
