"""One lane a race: what looks at the same race queues there."""

import asyncio
from weakref import WeakValueDictionary


class Lanes:
    """A lock for each race that somebody looks at or waits for."""

    def __init__(self) -> None:
        """Begin without any."""
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, race_id: str) -> asyncio.Lock:
        """Give the lock of a race, the same one as long as anybody holds it."""
        lock = self._locks.get(race_id)
        if lock is None:
            lock = self._locks[race_id] = asyncio.Lock()
        return lock
