"""Passes of the alerts held against their target: counted, told when slow, and cut off at their limit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import inf
from time import monotonic
from typing import Final

from raceday_daemon.model.errors import AlertsTimeoutError
from raceday_daemon.model.targets import ALERTS, TARGETS, Target
from raceday_daemon.ops.complaint import Complaint
from raceday_daemon.ops.memory_target import MemoryTarget
from raceday_daemon.ops.process import memory_now_mb
from raceday_daemon.store.alert_passes import AlertPasses, hour_text

# SQLite asks so seldom whether it may go on that it costs nothing.
_INSTRUCTIONS: Final = 10_000


@dataclass(slots=True)
class Pass:
    """A look held against the rules, or a look for starts to be told; `has_failed` where part of it did not work."""

    has_failed: bool = False


class AlertWatch:
    """Watches over the passes, one at a time, in the thread of the store; `passes` has their counts."""

    def __init__(self, target: Target = TARGETS[ALERTS]) -> None:
        """Go by a target: its seconds and limit are of a pass, its memory is what the rules take."""
        self.passes = AlertPasses()
        self._target = target
        self._limit_seconds = inf if target.limit_seconds is None else target.limit_seconds
        self._until = inf
        self._rules_mb = 0.0
        self._slow = Complaint("alerts_past_target")
        self._memory = MemoryTarget("the alert rules", target.memory_mb, lambda: self._rules_mb)

    @contextmanager
    def one_pass(self, now: datetime) -> Iterator[Pass]:
        """Count a pass at `now`; one that ends with a failure of its own counts as failed, one of the file's not."""
        one, began = Pass(), monotonic()
        self._until = began + self._limit_seconds
        try:
            yield one
        except sqlite3.OperationalError:
            # The look fails with it, and is told as that.
            raise
        except BaseException:
            one.has_failed = True
            raise
        finally:
            self._until = inf
            self.passes.count(hour_text(now), 1, int(one.has_failed))
            self._tell(monotonic() - began)

    @contextmanager
    def limited(self, connection: sqlite3.Connection) -> Iterator[None]:
        """Stop what the block reads at the pass's limit: AlertsTimeoutError.

        Not what it writes: SQLite takes the whole transaction back where writing is stopped.
        """
        connection.set_progress_handler(lambda: int(monotonic() > self._until), _INSTRUCTIONS)
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise self._timeout() from None
        finally:
            connection.set_progress_handler(None, 0)

    def go_on(self) -> None:
        """Raise AlertsTimeoutError once the pass is past its limit."""
        if monotonic() > self._until:
            raise self._timeout()

    @contextmanager
    def reading_rules(self) -> Iterator[None]:
        """Count what the rules take that are read in the block, as this process grows by it."""
        before_mb = memory_now_mb()
        yield
        self._rules_mb = max(self._rules_mb + memory_now_mb() - before_mb, 0.0)
        self._memory.look()

    def _timeout(self) -> AlertsTimeoutError:
        return AlertsTimeoutError(
            f"cut off after {self._limit_seconds:g} s; the next look is held against the rules anew"
        )

    def _tell(self, seconds: float) -> None:
        facts = {"seconds": round(seconds, 1), "target_seconds": self._target.seconds}
        if seconds > self._target.seconds:
            self._slow.wrong("alerts took {seconds} s, their target is {target_seconds:g} s", **facts)
        else:
            self._slow.right("alerts take {seconds} s, within {target_seconds:g} s again", **facts)
