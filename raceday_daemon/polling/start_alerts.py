"""People told that a race is about to start: at the instant, by the start as it is known then."""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from sqlite3 import Connection
from typing import Final

from loguru import logger

from raceday_daemon.alerting.rule_types import LONGEST_SECONDS
from raceday_daemon.alerting.starts import TOO_LATE, Starting
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import AlertsTimeoutError, StoreError
from raceday_daemon.model.race import is_over
from raceday_daemon.model.schedule import Schedule
from raceday_daemon.store.alert_states import forget_old
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.watch_queries import races_between

EVERY: Final = timedelta(minutes=1)
"""How often it is looked for rules that are new; what moves a start asks for a look at once."""

_NAME: Final = "start alerts"
_KEPT: Final = timedelta(days=7)
"""For how long states are kept of races that never came to an end here."""


class StartAlerts:
    """Sets its own next time: the next instant at which somebody is to be told, a minute from now at the latest."""

    def __init__(
        self, alerts: Alerts, store: Database, schedule: Schedule, clock: Clock, outbox: Outbox | None = None
    ) -> None:
        """Tell by `alerts`; nothing happens before `begin`."""
        self._alerts = alerts
        self._store = store
        self._schedule = schedule
        self._clock = clock
        self._outbox = outbox
        self._lock = asyncio.Lock()
        self._tidied_at: datetime | None = None
        self._asked = False

    def begin(self) -> None:
        """Look at once: somebody may have had to be told while nothing ran."""
        self.ask()

    def ask(self) -> None:
        """Look soon: a start has moved, or a race has come."""
        self._asked = True
        self._schedule.at(_NAME, self._clock.now(), self._look)

    def clock_was_set(self, _step_seconds: float) -> None:
        """Go by the new time."""
        self.ask()

    async def _look(self) -> None:
        async with self._lock:
            self._asked = False
            following = await self._tell_now(self._clock.now())
            # Whoever asked meanwhile must not have its time taken by this one.
            self._schedule.at(_NAME, self._clock.now() if self._asked else following, self._look)

    async def _tell_now(self, now: datetime) -> datetime:
        """Tell who is to be told now, and give when to look again; a failure is told, and ends nothing."""
        told, following = 0, None
        try:
            told, following = await self._store.transaction(partial(self._tell, now=now))
        except (StoreError, AlertsTimeoutError) as error:
            self._alerts.look_again_at_starts()
            logger.error("starts can't be told: {error}", action="start_alerts_failed", error=str(error))
        except Exception as error:
            logger.opt(exception=error).error("a bug keeps starts from being told", action="start_alerts_broken")
        self._alerts.observer.told(told)
        if told:
            self._alerts.ring()
            if self._outbox:
                self._outbox.ring()
        return min(following or now + EVERY, now + EVERY)

    def _tell(self, connection: Connection, now: datetime) -> tuple[int, datetime | None]:
        """Tell who is to be told now, in one transaction; give how many were, and when the next one is."""
        self._alerts.refresh(connection)
        self._tidy(connection, now)
        to_come = races_between(connection, now - TOO_LATE, now + timedelta(seconds=LONGEST_SECONDS) + EVERY)
        races = [
            Starting(race.race_id, race.label, race.times.start_time)
            for race in to_come
            if not is_over(race.times.status)
        ]
        sending = self._outbox.sending(now, is_patient=False) if self._outbox else None
        return self._alerts.tell_starts(connection, races, now, sending)

    def _tidy(self, connection: Connection, now: datetime) -> None:
        if self._tidied_at is None or abs(now - self._tidied_at) >= timedelta(days=1):
            self._tidied_at = now
            forget_old(connection, now - _KEPT)
