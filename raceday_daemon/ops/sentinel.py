"""A thread that watches over the event loop: where it does not turn, nobody in it can tell."""

import faulthandler
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Final

from raceday_daemon.ops.complaint import Complaint
from raceday_daemon.ops.last_resort import end_hung
from raceday_daemon.ops.stacks import stacks_of_all_threads

TELL_SECONDS: Final = 10.0
"""The loop has not turned for so long: it is told, with where every thread is."""
END_SECONDS: Final = 300.0
"""What hangs for so long is ended, for whoever keeps the process running to start it anew."""

_TICK_SECONDS: Final = 1.0
_MUTE_SECONDS: Final = 60.0
_REARM_TICKS: Final = 10
_STDERR: Final = 2


class Sentinel(AbstractContextManager["Sentinel"]):
    """Looks at the loop's pulse once a second, from outside the loop.

    It counts its own ticks, so that the time in which the whole process was stopped is no time in which the loop hung.
    Where not even threads run (a library that holds the interpreter), faulthandler says on stderr where.
    """

    def __init__(
        self,
        last_beat: Callable[[], float],
        *,
        tell_seconds: float = TELL_SECONDS,
        end_seconds: float = END_SECONDS,
        tick_seconds: float = _TICK_SECONDS,
    ) -> None:
        """Watch a pulse by its last beat; nothing happens before the block is entered."""
        self._last_beat = last_beat
        self._tell_seconds = tell_seconds
        self._end_seconds = end_seconds
        self._tick_seconds = tick_seconds
        self._silent_ticks = 0
        self._complaint = Complaint("loop_hangs", "ERROR")
        self._over = threading.Event()
        self._end_in_seconds: float | None = None
        self._thread = threading.Thread(target=self._run, name="sentinel", daemon=True)

    def __enter__(self) -> "Sentinel":
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join(2 * self._tick_seconds)

    def must_end_within(self, seconds: float) -> None:
        """Give the block so long to end: the daemon was told to stop."""
        self._end_in_seconds = seconds

    def _run(self) -> None:
        beat, ticks = self._last_beat(), 0
        while not self._over.wait(self._tick_seconds):
            if ticks % _REARM_TICKS == 0:
                _dump_if_mute()
            ticks += 1
            before, beat = beat, self._last_beat()
            self._mind_the_stop()
            self._mind_the_loop(turned=beat != before)
        with suppress(RuntimeError):
            faulthandler.cancel_dump_traceback_later()

    def _mind_the_stop(self) -> None:
        if self._end_in_seconds is not None:
            self._end_in_seconds -= self._tick_seconds
            if self._end_in_seconds <= 0:
                end_hung("it was told to stop, and something in it hangs")

    def _mind_the_loop(self, *, turned: bool) -> None:
        if turned:
            self._complaint.right("the event loop turns again, after {lasted_seconds} s")
            self._silent_ticks = 0
            return
        self._silent_ticks += 1
        seconds = round(self._silent_ticks * self._tick_seconds, 1)
        if seconds >= self._end_seconds:
            end_hung(f"the event loop has not turned for {seconds:g} s")
        if seconds >= self._tell_seconds:
            self._complaint.wrong(
                "the event loop has not turned for {seconds:g} s",
                seconds=seconds,
                stacks=None if self._complaint.is_told else stacks_of_all_threads(),
            )


def _dump_if_mute() -> None:
    """Have faulthandler tell where every thread is, unless this is called again before a minute is over."""
    with suppress(RuntimeError, OSError):
        faulthandler.dump_traceback_later(_MUTE_SECONDS, file=_STDERR)
