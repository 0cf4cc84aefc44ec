"""The newsroom: while anybody listens, it looks for news whenever something was written here, and once a second."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Final

from loguru import logger

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.intake.commit import Commit
from raceday_daemon.model.errors import RacedayError
from raceday_daemon.model.health import Health
from raceday_daemon.web.events.event import STATUS, News, news
from raceday_daemon.web.events.gathering import Hints, Told, begin, gather
from raceday_daemon.web.events.hub import Hub
from raceday_daemon.web.inside import Inside

TICK_SECONDS: Final = 1.0
"""How late news may be of what another process has written, or who was told that a race starts."""
STATUS_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 0.25
"""From something written to the look for news: what else is written meanwhile is told with it."""
LINGER_SECONDS: Final = 60.0
"""For how long news are kept for listeners that come back, once nobody listens."""


class Newsroom:
    """Fills the hub. Nothing is read while nobody listens."""

    def __init__(self, hub: Hub, inside: Callable[[], Inside | None], linger_seconds: float = LINGER_SECONDS) -> None:
        """Tell of the daemon that `inside` shows, None before it has begun."""
        self._linger_seconds = linger_seconds
        self._hub = hub
        self._inside = inside
        self._bell = asyncio.Event()
        self._wanted = asyncio.Event()
        self._ready = asyncio.Event()
        self._race_ids: set[str] = set()
        self._card = False
        self._health: Health | None = None
        self._health_at = 0.0
        self._is_broken = False

    def committed(self, commit: Commit) -> None:
        """Take note of what was written; costs nothing while nobody listens."""
        if not self._wanted.is_set():
            return
        self._race_ids.update(commit.changed)
        self._card = self._card or commit.card_changed
        if commit.changed or commit.card_changed or commit.told:
            self._bell.set()

    async def ready(self) -> None:
        """Return once news are looked for: what is written from then on will be told."""
        self._wanted.set()
        await self._ready.wait()

    async def run(self) -> None:
        """Work until cancelled; a bug or a file that can't be read costs a round, never the work."""
        while True:
            await self._wanted.wait()
            try:
                if inside := self._inside():
                    told = await asyncio.to_thread(begin, inside.data_dir, racing_day(inside.clock.now()))
                    self._ready.set()
                    await self._work(told)
                self._rest()
            except Exception as error:
                self._report(error)
                self._hub.reset("news were lost here")
                await asyncio.sleep(TICK_SECONDS)

    async def _work(self, told: Told) -> None:
        """Look for news until nobody has listened for a while."""
        left_at: float | None = None
        while left_at is None or monotonic() - left_at < self._linger_seconds:
            if inside := self._inside():
                told = await self._look(inside, told)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), TICK_SECONDS)
                # Races are polled at the same instants: all of these polls come before any telling.
                await asyncio.sleep(PAUSE_SECONDS)
            self._bell.clear()
            left_at = None if self._hub.listening else left_at or monotonic()

    def _rest(self) -> None:
        """Look for nothing, and keep nothing, until somebody listens again."""
        self._wanted.clear()
        self._ready.clear()
        self._health = None
        self._hub.forget()

    async def _look(self, inside: Inside, told: Told) -> Told:
        """Tell what is new, and give what is told then."""
        hints, self._race_ids, self._card = Hints(frozenset(self._race_ids), self._card), set(), False
        try:
            day = racing_day(inside.clock.now())
            found, told_then = await asyncio.to_thread(gather, inside.data_dir, told, day, hints)
            found += await self._health_news(inside)
        except Exception as error:
            # The next round has the same hints, and knows no more to be told: nothing is lost.
            self._race_ids |= hints.race_ids
            self._card = self._card or hints.card
            self._report(error)
            return told
        self._is_broken = False
        await self._hub.spread(found)
        return told_then

    async def _health_news(self, inside: Inside) -> list[News]:
        if self._health and monotonic() - self._health_at < STATUS_SECONDS:
            return []
        before, self._health = self._health, await inside.health()
        self._health_at = monotonic()
        return _health_news(before, self._health)

    def _report(self, error: Exception) -> None:
        """Tell of a failure once, until a round has worked again."""
        if not self._is_broken:
            is_known = isinstance(error, RacedayError)
            logger.opt(exception=None if is_known else error).error(
                "no news can be told: {error}", action="news_failed", error=str(error)
            )
        self._is_broken = True


def _health_news(before: Health | None, now: Health) -> list[News]:
    """Give what is told of a change to those who may see what is people's own, and to those who may not."""
    found = [news(STATUS, STATUS, now, is_open=False)] if now != before else []
    shown = now.for_strangers()
    if before is None or shown != before.for_strangers():
        found.append(news(STATUS, STATUS, shown, is_open=True))
    return found
