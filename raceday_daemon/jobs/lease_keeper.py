"""Work under a lease: taken, kept alive with heartbeats, bounded by its limit, and let go at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from loguru import logger

from raceday_daemon.jobs.shared_hold import Post, SharedHold
from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import JobTimeoutError, LeaseLostError, StoreError
from raceday_daemon.model.lease import Lease, LeaseTerms, SharedLeases
from raceday_daemon.ops.identity import has_ended, owner_of_this_process
from raceday_daemon.store.leases import beat, refuse_if_held, release_lease, take_lease
from raceday_daemon.store.sqlite import Database

# A stop must not wait for a file that somebody has locked.
_RELEASE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LeaseKeeper:
    """Takes leases for this process: those of the data folder, and where rows go to Appwrite the shared ones too."""

    store: Database
    clock: Clock
    owner: str = field(default_factory=owner_of_this_process)
    shared: SharedLeases | None = None

    async def refuse_if_held(self, terms: LeaseTerms) -> None:
        """Raise LeaseHeldError if somebody holds the lease now; nothing is taken. Appwrite is asked last."""
        now = self.clock.now()
        await self.store.transaction(lambda connection: refuse_if_held(connection, terms, now, has_ended))
        if self.shared:
            with suppress(AppwriteError):
                await self.shared.refuse_if_held(terms, lambda lease: has_ended(lease.owner))

    @asynccontextmanager
    async def held(
        self, terms: LeaseTerms, progress: Callable[[], str], *, is_alone: bool = False, post: Post | None = None
    ) -> AsyncIterator[Lease]:
        """Hold a lease around some work; `progress` says at each heartbeat how far it is.

        `is_alone` says that whoever held it on this machine has ended, since a lock of the kernel's was had; `post` is
        told how the shared lease stands.
        Raises LeaseHeldError where it can't be taken. The work is cancelled, and the error raised, when somebody else
        has taken the lease over (LeaseLostError) or its limit is past (JobTimeoutError).
        """
        now, is_gone = self.clock.now(), _any if is_alone else has_ended
        lease = await self.store.transaction(
            lambda connection: take_lease(connection, terms, self.owner, str(uuid4()), now, is_gone)
        )
        shared = SharedHold(self.shared, terms, lease, self.clock, post) if self.shared else None
        try:
            if shared:
                await shared.take()
            async with self._kept(lease, terms, progress, shared):
                yield lease
        finally:
            if shared:
                await shared.release()
            await self._release(lease)

    @asynccontextmanager
    async def _kept(
        self, lease: Lease, terms: LeaseTerms, progress: Callable[[], str], shared: SharedHold | None
    ) -> AsyncIterator[None]:
        """Let the heartbeats go on beside the work, and end the work when one of them finds the lease lost."""
        lost: list[LeaseLostError] = []
        try:
            async with asyncio.timeout(terms.limit_seconds) as scope:
                beats = [
                    partial(self._beat, lease, terms, progress),
                    *([partial(shared.keep, progress)] if shared else []),
                ]
                beating = [_begin(terms, _until_lost(beat, scope, lost)) for beat in beats]
                try:
                    yield
                finally:
                    for one in beating:
                        one.cancel()
                    await asyncio.gather(*beating, return_exceptions=True)
        except TimeoutError as error:
            if lost:
                raise lost[0] from None
            raise JobTimeoutError(
                f"stopped after {terms.limit_seconds or 0:g} s, as {terms.lease_id} says; the next run goes on here"
            ) from error

    async def _release(self, lease: Lease) -> None:
        """Let the lease go; where that can't be written, the end of this process will tell as much."""
        try:
            async with asyncio.timeout(_RELEASE_SECONDS):
                await self.store.transaction(lambda connection: release_lease(connection, lease))
        except (StoreError, TimeoutError) as error:
            logger.warning(
                "{lease} was not released: {error}",
                action="release_failed",
                lease=lease.lease_id,
                error=str(error) or f"no answer within {_RELEASE_SECONDS:g} s",
            )

    async def _beat(self, lease: Lease, terms: LeaseTerms, progress: Callable[[], str]) -> None:
        while True:
            await self.clock.sleep(terms.heartbeat_seconds)
            now, words = self.clock.now(), progress()
            try:
                await self.store.transaction(lambda connection: beat(connection, lease, terms, now, words))  # noqa: B023
            except StoreError as error:
                logger.warning(
                    "{lease}: heartbeat failed: {error}",
                    action="heartbeat_failed",
                    lease=terms.lease_id,
                    error=str(error),
                )


def _begin(terms: LeaseTerms, beat: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    beating = asyncio.create_task(beat, name=f"heartbeat of {terms.lease_id}")
    beating.add_done_callback(_tell_if_broken)
    return beating


async def _until_lost(
    beat: Callable[[], Coroutine[Any, Any, None]], scope: asyncio.Timeout, lost: list[LeaseLostError]
) -> None:
    try:
        await beat()
    except LeaseLostError as error:
        lost.append(error)
        # The timeout ends the work at once, wherever it waits.
        scope.reschedule(asyncio.get_running_loop().time())


def _tell_if_broken(beating: asyncio.Task[None]) -> None:
    """A heartbeat that ends by a bug is told at once: without it the lease goes stale under the work."""
    if not beating.cancelled() and (error := beating.exception()):
        logger.opt(exception=error).error("{task} ended", action="heartbeat_ended", task=beating.get_name())


def _any(_owner: str) -> bool:
    return True
