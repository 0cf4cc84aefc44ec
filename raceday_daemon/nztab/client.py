"""Asking with manners: rate lanes, the breaker, and a second try where one can help."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import count

import stamina
from loguru import logger
from stamina.instrumentation import RetryDetails

from raceday_daemon.model.errors import SourceAwayError, SourceTimeoutError
from raceday_daemon.nztab.breaker import Breaker
from raceday_daemon.nztab.lanes import Lane
from raceday_daemon.nztab.transport import Transport

_FIRST_WAIT_SECONDS = 0.5


def _unnoticed() -> None:
    return


class Client:
    """Calls of one caller: shares transport and breaker with the others, counts its own calls.

    `calls` is the number of requests made so far, repeated ones included.
    """

    def __init__(self, transport: Transport, breaker: Breaker, lane: Lane) -> None:
        """Go to the source by `lane`."""
        self._transport = transport
        self._breaker = breaker
        self._lane = lane
        self._retrying = stamina.AsyncRetryingCaller(
            attempts=lane.attempts,
            timeout=None,
            wait_initial=_FIRST_WAIT_SECONDS,
            wait_max=lane.longest_wait_seconds,
        )
        self.calls = 0

    async def get(
        self,
        path: str,
        params: Mapping[str, str],
        longest_seconds: float | None = None,
        due_at: datetime | None = None,
        leaving: Callable[[], None] = _unnoticed,
    ) -> bytes:
        """Give the body of the answer, after further tries on what is retryable; takes and raises as Transport.get.

        `longest_seconds` bounds the wait in the lane, and then each try; `leaving` is called as a request leaves.
        """
        call = partial(self._transport.get, path, params, longest_seconds, due_at)
        try:
            return await self._retrying(self._pause, self._try_once, call, longest_seconds, leaving, count(1))
        except SourceAwayError as error:
            if (error.retry_after_seconds or 0) > self._lane.longest_wait_seconds:
                # Too long to wait here, so the pause is everybody's.
                self._breaker.rest(error.retry_after_seconds or 0)
            raise

    def _pause(self, error: Exception) -> bool | float:
        """Tell stamina whether to try again, and when: as the source asks, where that is bearable."""
        if not isinstance(error, SourceAwayError) or not error.retryable:
            return False
        if error.retry_after_seconds is not None:
            bearable = error.retry_after_seconds <= self._lane.longest_wait_seconds
            return error.retry_after_seconds if bearable else False
        return True

    async def _try_once(
        self,
        call: Callable[[], Awaitable[bytes]],
        longest_seconds: float | None,
        leaving: Callable[[], None],
        tries: Iterator[int],
    ) -> bytes:
        try:
            async with asyncio.timeout(longest_seconds):
                await self._lane.limiter.acquire()
        except TimeoutError as error:
            raise SourceTimeoutError(f"the {self._lane.name} lane had no room in time") from error
        # Asked after the queue of the lane: the breaker may have opened meanwhile.
        with self._breaker.call(is_last_try=next(tries) >= self._lane.attempts):
            self.calls += 1
            leaving()
            return await call()


def tell_retry(details: RetryDetails) -> None:
    """Log that a call failed and is tried again: stamina's hook for the whole process."""
    logger.info(
        "trying again in {wait:.1f} s: {error}",
        action="source_retry",
        wait=round(details.wait_for, 1),
        attempt=details.retry_num,
        error=str(details.caused_by),
    )
