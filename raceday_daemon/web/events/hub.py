"""Where news meet listeners: each event built once, numbered, kept for those who come back, handed to all."""

import asyncio
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from raceday_daemon.web.events.event import STATUS, Event, News, event_of, number_of
from raceday_daemon.web.events.listener import Listener

MOST_KEPT: Final = 1_000
"""Events kept for listeners that come back."""

_GROUP: Final = 20
_BETWEEN_GROUPS_SECONDS: Final = 0.002


def life_of(since: str) -> str:
    """Name a life of the daemon by the instant that it began."""
    return re.sub(r"\W", "", since, flags=re.ASCII)


class Hub:
    """The listeners of one life of the daemon, and what they were told of late."""

    def __init__(self, life: str) -> None:
        """Number events in this life, which no other has."""
        self.life = life
        self._kept: deque[Event] = deque(maxlen=MOST_KEPT)
        self._number = 0
        self._status: dict[bool | None, Event] = {}
        self._listeners: set[Listener] = set()

    @property
    def listening(self) -> int:
        """Count the listeners."""
        return len(self._listeners)

    def join(self, listener: Listener, last_event_id: str | None) -> None:
        """Tell a listener from now on; before that what it missed since an event, or that this can't be told."""
        if last_event_id is not None:
            missed = self._since(last_event_id)
            if missed is None:
                listener.reset("what came since is no longer known")
            else:
                listener.put_all(missed)
        listener.put_all(self._status.values())
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Tell a listener no more."""
        self._listeners.discard(listener)

    def publish(self, some: Iterable[News]) -> None:
        """Tell all, and keep it; the status is kept as its newest alone, without a number."""
        for _ in self._telling(some):
            pass

    async def spread(self, some: Iterable[News]) -> None:
        """Do the same a few listeners at a time: what is due meanwhile must not wait until hundreds were written to."""
        for _ in self._telling(some):
            await asyncio.sleep(_BETWEEN_GROUPS_SECONDS)

    def _telling(self, some: Iterable[News]) -> Iterator[None]:
        """Tell listeners, and yield after each group of them."""
        events = [self._kept_event(one) for one in some]
        listeners = list(self._listeners) if events else []
        for first in range(0, len(listeners), _GROUP):
            for listener in listeners[first : first + _GROUP]:
                listener.put_all(events)
            yield

    def _kept_event(self, one: News) -> Event:
        if one.kind == STATUS:
            self._status[one.is_open] = event_of(one)
            return self._status[one.is_open]
        self._number += 1
        event = event_of(one, self.life, self._number)
        self._kept.append(event)
        return event

    def forget(self) -> None:
        """Keep nothing: events were missed here, so nobody can be told what came since."""
        self._kept.clear()
        self._status.clear()
        self._number += 1

    def reset(self, reason: str) -> None:
        """Tell all that everything has to be asked for anew."""
        self.forget()
        for listener in self._listeners:
            listener.reset(reason)

    def close(self) -> None:
        """End all streams."""
        for listener in self._listeners:
            listener.close()

    def _since(self, last_event_id: str) -> list[Event] | None:
        """Give what came after an event, None where it is of another life, or not all of that is kept."""
        number = number_of(last_event_id, self.life)
        oldest_known = self._number - len(self._kept)
        if number is None or not oldest_known <= number <= self._number:
            return None
        return [event for event in self._kept if event.number is not None and event.number > number]
