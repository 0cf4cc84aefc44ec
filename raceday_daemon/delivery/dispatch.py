"""All channels at work: a courier each, one process of this machine at a time."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from raceday_daemon.delivery import delivery_log as log
from raceday_daemon.delivery.channel import Channel
from raceday_daemon.delivery.courier import Courier
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.status import ChannelStatus
from raceday_daemon.ops.sole_use import sole_use
from raceday_daemon.store.deliveries import count_due, read_channel, settle_doubts, tidy
from raceday_daemon.store.delivery_queue import DeliveryQueue
from raceday_daemon.store.sqlite import Database

LOCK_NAME: Final = "delivery.lock"

_TIDY_SECONDS: Final = 600.0
_TRY_AGAIN_SECONDS: Final = 1.0
_DRAIN_LOOK_SECONDS: Final = 0.1


class Dispatch:
    """Sends on what waits, the channels beside each other, for as long as it runs."""

    def __init__(
        self, data_dir: Path, store: Database, channels: Sequence[Channel], clock: Clock, queue: DeliveryQueue
    ) -> None:
        """Send by these channels; nothing happens before `run`."""
        self._lock = data_dir / LOCK_NAME
        self._store = store
        self._clock = clock
        self._couriers = [Courier(channel, store, clock, queue.bell()) for channel in channels]

    async def run(self) -> None:
        """Send on until cancelled; where another process of this machine does, wait until it has ended."""
        async with sole_use(self._lock, self._clock):
            await self._settle_doubts()
            async with asyncio.TaskGroup() as group:
                for courier in self._couriers:
                    group.create_task(courier.run(), name=f"delivering to {courier.channel.name}")
                group.create_task(self._tidy(), name="delivery tidying")

    async def end(self, seconds: float) -> None:
        """Begin nothing more, and let what is under way end within these seconds; the rest waits in the file."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):
                await asyncio.gather(*(courier.end() for courier in self._couriers))

    async def drain(self, seconds: float) -> int:
        """Wait until all that is due was sent, by whomever, for so long at most; give how many still wait."""
        until = self._clock.monotonic() + seconds
        while (waiting := await self._store.transaction(self._count_due)) and self._clock.monotonic() < until:
            await self._clock.sleep(_DRAIN_LOOK_SECONDS)
        return waiting

    async def status(self) -> tuple[ChannelStatus, ...]:
        """Tell of each channel what waits, what became of the rest, and what stands in its way."""
        return tuple([await self._status_of(courier) for courier in self._couriers])

    async def _status_of(self, courier: Courier) -> ChannelStatus:
        counts = await self._store.transaction(partial(read_channel, channel=courier.channel.name))
        return replace(counts, failing_since=courier.failure.since, failure=courier.failure.words)

    def _count_due(self, connection: Connection) -> int:
        return count_due(connection, [courier.channel.name for courier in self._couriers], self._clock.now())

    async def _settle_doubts(self) -> None:
        """Set aside what the one before was cut off at: nobody else is sending now."""
        while True:
            try:
                doubts = await self._store.transaction(partial(settle_doubts, now=self._clock.now()))
            except StoreError:
                # Whoever writes the looks meets it too, and says so.
                await self._clock.sleep(_TRY_AGAIN_SECONDS)
            else:
                break
        for channel, count in doubts.items():
            log.left_in_doubt(channel, count)

    async def _tidy(self) -> None:
        while True:
            with suppress(StoreError):
                await self._store.transaction(partial(tidy, now=self._clock.now()))
            await self._clock.sleep(_TIDY_SECONDS)
