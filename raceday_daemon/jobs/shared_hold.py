"""A lease that all machines see, held beside the local one for as long as Appwrite can be asked."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from loguru import logger

from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import LeaseHeldError, LeaseLostError
from raceday_daemon.model.lease import Lease, LeaseTerms, SharedLeases, Taken
from raceday_daemon.ops.identity import has_ended

AGAIN_SECONDS: Final = 5.0
"""After a failure the next try comes so soon, where heartbeats are rarer."""

# A stop must not wait for a server that does not answer.
_RELEASE_SECONDS: Final = 2.0


class Post(Protocol):
    """Whoever wants to know how a shared lease stands."""

    def is_own(self, lease: Lease) -> bool:
        """Say whether a lease was held by an earlier life of this process's own data folder, which has ended."""

    async def taken(self, taken: Taken, *, late: bool) -> None:
        """Learn that it was had, `late` for one that could not be asked for when the work began.

        Raises LeaseLostError where the work has to begin anew.
        """

    def confirmed(self, since: float) -> None:
        """Learn that it was still held at a monotonic instant; raises LeaseLostError as `taken` does."""

    def doubtful(self, error: AppwriteError) -> None:
        """Learn that it cannot be told now whether it is still held."""


class NobodysPost:
    """Of jobs nobody wants to know: they are bounded, and end by themselves."""

    def is_own(self, lease: Lease) -> bool:
        """Say no: only the lock of a data folder proves it."""
        return False

    async def taken(self, taken: Taken, *, late: bool) -> None:
        """Do nothing."""

    def confirmed(self, since: float) -> None:
        """Do nothing."""

    def doubtful(self, error: AppwriteError) -> None:
        """Leave it to those who send rows to tell people."""
        logger.debug("no word of the shared lease: {error}", action="lease_doubtful", error=str(error))


class SharedHold:
    """One shared lease, had or not: without Appwrite the local one alone has to do."""

    def __init__(
        self, shared: SharedLeases, terms: LeaseTerms, lease: Lease, clock: Clock, post: Post | None = None
    ) -> None:
        """Take and hold it for the owner and the run of the local `lease`."""
        self._shared = shared
        self._terms = terms
        self._local = lease
        self._clock = clock
        self._post = post or NobodysPost()
        self._lease: Lease | None = None

    async def take(self) -> None:
        """Take it, or leave that to the heartbeats where Appwrite can't be asked; raises HeldElsewhereError."""
        try:
            await self._take(late=False)
        except AppwriteError as error:
            self._post.doubtful(error)

    async def keep(self, progress: Callable[[], str]) -> None:
        """Beat for ever, and try to take it where it was not had; raises LeaseLostError when the work must stop."""
        again_seconds = min(AGAIN_SECONDS, self._terms.heartbeat_seconds)
        pause = self._terms.heartbeat_seconds if self._lease else again_seconds
        while True:
            await self._clock.sleep(pause)
            pause = self._terms.heartbeat_seconds
            try:
                await self._beat(progress())
            except AppwriteError as error:
                self._post.doubtful(error)
                pause = again_seconds
            except LeaseHeldError as error:
                raise LeaseLostError(f"{error}; stopped, so that nothing is done twice") from error

    async def release(self) -> None:
        """Let it go where it was had; where that can't be done it goes stale."""
        if self._lease is None:
            return
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self._shared.release(self._lease)
        except LeaseLostError:
            return
        except (AppwriteError, TimeoutError) as error:
            logger.warning(
                "{lease} was not released in Appwrite: {error}",
                action="release_failed",
                lease=self._terms.lease_id,
                error=str(error) or f"no answer within {_RELEASE_SECONDS:g} s",
            )

    async def _beat(self, progress: str) -> None:
        if self._lease is None:
            await self._take(late=True)
            return
        began = self._clock.monotonic()
        await self._shared.beat(self._lease, self._terms, progress)
        self._post.confirmed(began)

    async def _take(self, *, late: bool) -> None:
        began = self._clock.monotonic()
        taken = await self._shared.take(self._terms, self._local.owner, self._local.execution_id, self._is_over)
        self._lease = taken.lease
        await self._post.taken(taken, late=late)
        self._post.confirmed(began)

    def _is_over(self, lease: Lease) -> bool:
        return has_ended(lease.owner) or self._post.is_own(lease)
