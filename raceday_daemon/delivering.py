"""The way to people: from the data folder's queue to the channels, where the settings name any."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from loguru import logger

from raceday_daemon import __version__
from raceday_daemon.assembly import Files
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.status import ChannelStatus
from raceday_daemon.ops.tasks import beside
from raceday_daemon.settings import Settings
from raceday_daemon.store.deliveries import tidy
from raceday_daemon.store.delivery_queue import DeliveryQueue

if TYPE_CHECKING:
    from raceday_daemon.delivery.channel import Channel
    from raceday_daemon.delivery.dispatch import Dispatch

# The channels are imported only where there are any: apprise alone takes a quarter of a second.

_DRAIN_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The queue that notifications come into, and what sends them: None where no channel is named."""

    queue: DeliveryQueue
    dispatch: "Dispatch | None" = None

    async def status(self) -> tuple[ChannelStatus, ...]:
        """Tell of each channel."""
        return await self.dispatch.status() if self.dispatch else ()

    async def end(self, seconds: float) -> None:
        """Begin nothing more, and let what is under way end within these seconds."""
        if self.dispatch:
            await self.dispatch.end(seconds)

    async def drain(self) -> None:
        """Let what a command has told people be sent, for a while; the rest is for the daemon, or the next command."""
        if self.dispatch and (waiting := await self.dispatch.drain(_DRAIN_SECONDS)):
            logger.warning(
                "{count} notifications still wait for their channels", action="notifications_waiting", count=waiting
            )


async def open_channels(parts: AsyncExitStack, settings: Settings, clock: Clock) -> "list[Channel]":
    """Open the channels that the settings name; nothing is sent yet. Raises ChannelError where one can't be had."""
    if not settings.channel_names:
        return []
    from raceday_daemon.delivery.apprise_channel import open_apprise
    from raceday_daemon.delivery.targets import key_of
    from raceday_daemon.delivery.webhook import open_webhook

    channels: list[Channel] = []
    url, secret = settings.raceday_webhook_url, settings.raceday_webhook_secret
    if url and secret:
        place, key, agent = url.get_secret_value(), key_of(secret.get_secret_value()), f"raceday-daemon/{__version__}"
        channels.append(await parts.enter_async_context(open_webhook(place, key, clock, agent)))
    channels += await parts.enter_async_context(open_apprise(settings.notify_targets))
    return channels


async def open_delivery(parts: AsyncExitStack, settings: Settings, files: Files) -> Delivery:
    """Build what sends notifications onward; nothing is sent yet. Raises ChannelError as open_channels does."""
    channels = await open_channels(parts, settings, files.clock)
    queue = DeliveryQueue([channel.name for channel in channels])
    if not channels:
        # There may have been some once.
        await files.store.transaction(partial(tidy, now=files.clock.now()))
        return Delivery(queue=queue)
    from raceday_daemon.delivery.dispatch import Dispatch

    dispatch = Dispatch(settings.raceday_data_dir, files.store, channels, files.clock, queue)
    return Delivery(queue=queue, dispatch=dispatch)


@asynccontextmanager
async def delivering(delivery: Delivery) -> AsyncIterator[None]:
    """Send on what is queued as long as the block lasts."""
    if delivery.dispatch is None:
        yield
        return
    async with beside(delivery=delivery.dispatch.run()):
        yield
