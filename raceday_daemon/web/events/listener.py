"""Whoever listens to the stream: what waits for one caller, bounded, the newest of each subject alone."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from raceday_daemon.model.shown_events import Reset
from raceday_daemon.web.events.event import ALERT, RESET, Event, event_of, news

MOST_WAITING: Final = 256
MOST_BYTES: Final = 1_000_000
"""What may wait for one listener; beyond that it is told to ask anew."""


class Listener:
    """One caller's queue."""

    def __init__(self, *, with_alerts: bool, user_id: str | None = None) -> None:
        """Wait for everything; for what is people's own only `with_alerts`, alerts of one user where one is named."""
        self._with_alerts = with_alerts
        self._user_id = user_id
        self._waiting: OrderedDict[str, Event] = OrderedDict()
        self._bytes = 0
        self._rung = asyncio.Event()
        self.is_closed = False

    def put(self, event: Event) -> None:
        """Let an event wait, in the place of an earlier one of its subject."""
        if not self._is_for(event):
            return
        self._forget(event.subject)
        self._waiting[event.subject] = event
        self._bytes += len(event.sent)
        if len(self._waiting) > MOST_WAITING or self._bytes > MOST_BYTES:
            self.reset("too much has changed since you last read")
        self._rung.set()

    def put_all(self, events: Iterable[Event]) -> None:
        """Let events wait, in their order."""
        for event in events:
            self.put(event)

    def reset(self, reason: str) -> None:
        """Let nothing wait but the word that everything has to be asked for anew."""
        self._waiting.clear()
        event = event_of(news(RESET, RESET, Reset(reason=reason)))
        self._waiting[RESET], self._bytes = event, len(event.sent)
        self._rung.set()

    def close(self) -> None:
        """Tell whoever sends that it is over."""
        self.is_closed = True
        self._rung.set()

    async def rest(self, seconds: float) -> None:
        """Return once something waits, or it is over; at the latest after so long."""
        if not self._waiting and not self.is_closed:
            try:
                await asyncio.wait_for(self._rung.wait(), seconds)
            except TimeoutError:
                return
        self._rung.clear()

    def take(self) -> Event | None:
        """Give the event that has waited longest, None for none."""
        if not self._waiting:
            return None
        _, event = self._waiting.popitem(last=False)
        self._bytes -= len(event.sent)
        return event

    def take_bytes(self, most: int) -> bytes:
        """Give the bytes of what has waited longest, of one event and of more where so many bytes hold them."""
        sent = bytearray()
        while self._waiting:
            following = next(iter(self._waiting.values()))
            if sent and len(sent) + len(following.sent) > most:
                break
            sent += following.sent
            self._forget(following.subject)
        return bytes(sent)

    def _is_for(self, event: Event) -> bool:
        if event.kind == ALERT:
            return self._with_alerts and self._user_id in (None, event.user_id)
        return event.is_open in (None, not self._with_alerts)

    def _forget(self, subject: str) -> None:
        if before := self._waiting.pop(subject, None):
            self._bytes -= len(before.sent)
