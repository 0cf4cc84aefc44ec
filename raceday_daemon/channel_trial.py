"""The command that sends one notification through each channel, to see whether it arrives."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

from raceday_daemon.delivering import open_channels
from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import DeliveryError
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.settings import Settings

if TYPE_CHECKING:
    from raceday_daemon.delivery.channel import Channel


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the notification in one channel: `error` is None where it arrived, after `ms` milliseconds."""

    channel: str
    ms: int
    error: str | None

    def facts(self) -> dict[str, str | int | bool | None]:
        """Give it as a JSON object."""
        return {"channel": self.channel, "arrived": self.error is None, "ms": self.ms, "error": self.error}


async def try_channels(settings: Settings, names: Sequence[str], user_id: str) -> list[Tried]:
    """Send a notification through these channels, all at once and each once; nothing is stored.

    Raises ChannelError where a channel can't be had as the settings name it.
    """
    clock = SystemClock()
    async with AsyncExitStack() as parts:
        channels = [one for one in await open_channels(parts, settings, clock) if one.name in names]
        return list(await asyncio.gather(*(_try(channel, user_id, clock) for channel in channels)))


async def _try(channel: "Channel", user_id: str, clock: Clock) -> Tried:
    began, error = perf_counter(), None
    try:
        await channel.send(_notification(channel.name, user_id, clock))
    except DeliveryError as failure:
        error = f"{failure.kind}: {failure}"
    return Tried(channel.name, round((perf_counter() - began) * 1000), error)


def _notification(channel: str, user_id: str, clock: Clock) -> Notification:
    now = clock.now()
    return Notification(
        notification_id=str(uuid4()),
        user_id=user_id,
        title="Test of raceday-daemon",
        message=f"Alerts of raceday-daemon reach you through {channel}.",
        type="test",
        event_timestamp=now,
        created_at=now,
    )
