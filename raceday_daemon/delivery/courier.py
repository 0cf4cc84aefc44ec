"""One channel's queue on its way: one notification after the other, in order, each until it has arrived or is late."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from sqlite3 import Connection
from typing import Final

from raceday_daemon.delivery import delivery_log as log
from raceday_daemon.delivery.channel import Channel
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import DeliveryAwayError, DeliveryError, DeliveryUncertainError, StoreError
from raceday_daemon.ops.backoff import backoff_seconds
from raceday_daemon.ops.tasks import rest
from raceday_daemon.store.deliveries import Attempt, State, postpone, settle, take
from raceday_daemon.store.sqlite import Database

LOOK_SECONDS: Final = 1.0
"""What another process on this machine has queued rings no bell here."""

_LONGEST_PAUSE_SECONDS: Final = 60.0
_AFTER_A_BUG_SECONDS: Final = 60.0
_NOTE_AGAIN_SECONDS: Final = 1.0


class Courier:
    """Sends what waits for one channel; nobody else may at the same time."""

    def __init__(self, channel: Channel, store: Database, clock: Clock, bell: asyncio.Event) -> None:
        """Send by the channel what waits in the store; `bell` is set when there is more."""
        self.channel = channel
        self.failure = log.Failure(channel.name)
        self._store = store
        self._clock = clock
        self._bell = bell
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_ending = False
        self._tries = 0

    async def run(self) -> None:
        """Send on for ever, whatever fails."""
        self._is_ending = False
        while True:
            self._bell.clear()
            try:
                pause = await self.send_next()
            except (DeliveryAwayError, StoreError) as error:
                await self._clock.sleep(self._pause_after(error))
            except Exception as error:
                log.broken(self.channel.name, error)
                await self._clock.sleep(_AFTER_A_BUG_SECONDS)
            else:
                self._tries = 0
                await rest(self._clock, pause, self._bell)

    def _pause_after(self, error: DeliveryAwayError | StoreError) -> float:
        self._tries += 1
        self.failure.happened(error, self._clock.now())
        wish_seconds = error.retry_after_seconds if isinstance(error, DeliveryAwayError) else None
        return backoff_seconds(self._tries, _LONGEST_PAUSE_SECONDS, wish_seconds)

    async def end(self) -> None:
        """Begin nothing more, and return once what is under way is over and noted."""
        self._is_ending = True
        await self._idle.wait()

    async def send_next(self) -> float:
        """Send the next notification, if there is one; give the seconds until there may be another.

        Raises DeliveryAwayError where it waits on, and StoreError where the file can't be used.
        """
        if self._is_ending:
            return LOOK_SECONDS
        self._idle.clear()
        try:
            return await self._send_next()
        finally:
            self._idle.set()

    async def _send_next(self) -> float:
        now = self._clock.now()
        taken = await self._store.transaction(partial(take, channel=self.channel.name, now=now))
        if self.failure.kind == StoreError.kind:
            self.failure.over(now)
        self.failure.expired(taken.expired)
        if taken.attempt:
            await self._send(taken.attempt)
            return 0.0
        rest = taken.rests_until - now if taken.rests_until else timedelta(seconds=LOOK_SECONDS)
        return min(max(rest.total_seconds(), 0.0), LOOK_SECONDS)

    async def _send(self, attempt: Attempt) -> None:
        """Send, and note what came of it. Only what may be sent again raises."""
        try:
            await self.channel.send(attempt.notification)
        except DeliveryAwayError as error:
            in_doubt, words = error.may_have_arrived, str(error)
            await self._note(partial(postpone, position=attempt.position, reason=words, in_doubt=in_doubt))
            raise
        except DeliveryError as error:
            self.failure.happened(error, self._clock.now())
            is_uncertain = isinstance(error, DeliveryUncertainError)
            await self._settle(attempt, State.UNCERTAIN if is_uncertain else State.REFUSED, str(error))
        except Exception as error:
            # A bug, while this one was under way: the next one must not wait for it.
            log.broken(self.channel.name, error)
            await self._settle(attempt, State.UNCERTAIN, f"bug: {type(error).__name__}")
        else:
            await self._settle(attempt, State.SENT, None)
            self.failure.over(self._clock.now())

    async def _settle(self, attempt: Attempt, state: State, reason: str | None) -> None:
        now = self._clock.now()
        await self._note(partial(settle, position=attempt.position, state=state, now=now, reason=reason))

    async def _note(self, work: Callable[[Connection], None]) -> None:
        """Write down what came of an attempt, however long that takes: without it, it would be sent again."""
        while True:
            try:
                return await self._store.transaction(work)
            except StoreError as error:
                self.failure.happened(error, self._clock.now())
                await self._clock.sleep(_NOTE_AGAIN_SECONDS)
