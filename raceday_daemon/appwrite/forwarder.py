"""The forwarder: empties the outbox into Appwrite, one process of this machine at a time."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.fill_watch import CHECK_SECONDS, FillWatch
from raceday_daemon.appwrite.lane_forwarder import LaneForwarder
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.observer import NOT_OBSERVED, Observer
from raceday_daemon.model.status import OnwardStatus
from raceday_daemon.ops.sole_use import sole_use
from raceday_daemon.store.outbox import Lane, Outbox, append_released, read_state
from raceday_daemon.store.sqlite import Database

LOCK_NAME: Final = "forwarder.lock"

_DRAIN_LOOK_SECONDS: Final = 0.1


class Forwarder:
    """Sends the rows that wait, both lanes beside each other, for as long as it runs."""

    def __init__(
        self,
        data_dir: Path,
        store: Database,
        appwrite: Appwrite,
        clock: Clock,
        outbox: Outbox,
        most_rows: int,
        may_send: Callable[[], bool] = lambda: True,
        target: str | None = None,
        observer: Observer = NOT_OBSERVED,
    ) -> None:
        """Send the rows of `store` while `may_send` says so; more than `most_rows` may not wait.

        `target` names the database as the outbox does: rows that wait for another one are not sent there. `observer` is
        told of what has arrived. Nothing happens before `run`.
        """
        self._lock = data_dir / LOCK_NAME
        self._store = store
        self._clock = clock
        self._lanes = [
            LaneForwarder(lane, store, appwrite, clock, outbox.bell(), may_send, target, observer) for lane in Lane
        ]
        self._outbox = outbox
        self._may_send = may_send
        self._fill = FillWatch(most_rows, outbox.set_full)

    async def run(self) -> None:
        """Forward until cancelled; where another process of this machine does, wait until it has ended."""
        async with sole_use(self._lock, self._clock), asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(lane.forward(), name=f"forwarding {lane.lane}")
            group.create_task(self._watch_fill(), name="outbox watch")
            group.create_task(self._release(), name="history released")

    async def drain(self, seconds: float) -> int:
        """Send all that waits, without patience, for so long at most; give the number of rows that still wait.

        It may be another process that sends them.
        """
        for lane in self._lanes:
            lane.hurry()
        until = self._clock.monotonic() + seconds
        while (waiting := (await self.state()).waiting) and self._clock.monotonic() < until:
            await self._clock.sleep(_DRAIN_LOOK_SECONDS)
        return waiting

    async def state(self) -> OnwardStatus:
        """Count what waits."""
        return await self._store.transaction(read_state)

    async def status(self) -> OnwardStatus:
        """Tell what waits, what stands in its way, and what has been sent from here."""
        arrivals = [lane.last_sent_at for lane in self._lanes if lane.last_sent_at]
        sent = sum(lane.sent for lane in self._lanes)
        state = replace(await self.state(), sent=sent, last_sent_at=max(arrivals, default=None))
        failing = next((lane.failure for lane in self._lanes if lane.failure.since), None)
        return replace(state, failing_since=failing.since, failure=failing.words) if failing else state

    async def _release(self) -> None:
        """Queue what was held back and whose time has passed without a look that told so.

        Not while another daemon may be polling: what is held here is then given up.
        """
        while True:
            with suppress(StoreError):
                if self._may_send() and (await self._store.transaction(self._append_released)) > 0:
                    self._outbox.ring()
            await self._clock.sleep(CHECK_SECONDS)

    def _append_released(self, connection: Connection) -> int:
        return append_released(connection, self._clock.now(), without_history=self._outbox.is_full)

    async def _watch_fill(self) -> None:
        while True:
            # Whoever sends or writes meets a failing store too, and says so.
            with suppress(StoreError):
                self._fill.judge(await self.state())
            await self._clock.sleep(CHECK_SECONDS)
