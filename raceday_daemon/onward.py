"""The way onward: from the data folder's outbox to the user's Appwrite, where the settings name one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from loguru import logger

from raceday_daemon.assembly import Files
from raceday_daemon.ops.groups import refusals_alone
from raceday_daemon.settings import Settings
from raceday_daemon.store.outbox import aim_at

if TYPE_CHECKING:
    from raceday_daemon.appwrite.connection import Appwrite
    from raceday_daemon.appwrite.forwarder import Forwarder

# The SDK is imported only where rows go to Appwrite: it takes a quarter of a second.


async def aim(files: Files, settings: Settings) -> None:
    """Send the rows of the data folder where the settings say, those too that went nowhere or elsewhere until now."""
    target, now = settings.appwrite_target, files.clock.now()
    queued = await files.store.transaction(lambda connection: aim_at(connection, target, now))
    if queued:
        logger.info("{rows} stored rows wait for Appwrite, which has none yet", action="outbox_aimed", rows=queued)


async def open_appwrite_of(parts: AsyncExitStack, settings: Settings) -> "Appwrite | None":
    """Open the way to Appwrite, None where rows stay on this machine; nothing is asked yet."""
    if settings.store != "appwrite" or settings.appwrite_api_key is None:
        return None
    from raceday_daemon.appwrite.connection import open_appwrite

    return await parts.enter_async_context(
        open_appwrite(
            settings.appwrite_endpoint or "",
            settings.appwrite_project_id or "",
            settings.appwrite_api_key.get_secret_value(),
            settings.appwrite_database_id,
        )
    )


@asynccontextmanager
async def forwarding(settings: Settings, files: Files) -> "AsyncIterator[Forwarder | None]":
    """Send on what is queued as long as the block lasts; None where rows stay on this machine.

    A bug in the forwarder ends the block.
    """
    async with AsyncExitStack() as parts:
        appwrite = await open_appwrite_of(parts, settings)
        if appwrite is None or files.outbox is None:
            yield None
            return
        from raceday_daemon.appwrite.forwarder import Forwarder

        most_rows = settings.raceday_outbox_max_rows
        forwarder = Forwarder(settings.raceday_data_dir, files.store, appwrite, files.clock, files.outbox, most_rows)
        with refusals_alone():
            async with asyncio.TaskGroup() as group:
                running = group.create_task(forwarder.run(), name="forwarder")
                try:
                    yield forwarder
                finally:
                    running.cancel()
