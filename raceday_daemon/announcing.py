"""What the log and the service manager are told of a daemon's life: what it watches, whom it waits for, its end."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from zoneinfo import ZoneInfo

from loguru import logger

from raceday_daemon.jobs.polling_post import PollingPost
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.status import OnwardStatus
from raceday_daemon.polling.supervisor import Supervisor

_IMPORT_LOOK_SECONDS: Final = 2.0


def standing_words(post: PollingPost) -> str:
    """Say for whom this daemon stands by."""
    return f"standing by: {post.standing_by.holder} polls" if post.standing_by else "seeing who polls"


def polling_words(supervisor: Supervisor, zone: ZoneInfo) -> str:
    """Say how many races are watched, and when the next look at one of them is, in a time zone."""
    turns = supervisor.next_turns(1)
    following = f", next look {turns[0][0].astimezone(zone):%H:%M:%S %Z}" if turns else ""
    return f"watching {len(supervisor.loops)} races{following}"


async def tell_up(supervisor: Supervisor, clock: Clock, zone: ZoneInfo, url: str | None) -> None:
    """Log that the polling has begun; where no race is known yet, also which are watched once the import has any."""
    races = len(supervisor.loops)
    logger.info(f"{polling_words(supervisor, zone)}; the page is at {{url}}", action="up", races=races, url=url)
    if races:
        return
    # An import brings them one after the other.
    while races == 0 or races != len(supervisor.loops):
        races = len(supervisor.loops)
        await clock.sleep(_IMPORT_LOOK_SECONDS)
    logger.info(polling_words(supervisor, zone), action="watching", races=races)


async def tell_end(onward: Callable[[], Awaitable[OnwardStatus]] | None) -> None:
    """Log that all of it has stopped, and how many rows wait to be sent; `onward` counts them, where they are sent."""
    waiting = 0
    if onward:
        with suppress(StoreError):
            waiting = (await onward()).waiting
    left = "{rows_waiting} rows wait for Appwrite" if waiting else "nothing waits"
    logger.info(f"stopped; {left}", action="stopped", rows_waiting=waiting or None)
