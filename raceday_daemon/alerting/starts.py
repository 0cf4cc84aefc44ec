"""Races about to start: who is to be told now, and when the next one is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import inf
from typing import Final, NamedTuple

from raceday_daemon.alerting.rule_index import Group, Watch
from raceday_daemon.alerting.texts import start_text
from raceday_daemon.model.alerts import RACE_START, Notification
from raceday_daemon.model.ids import row_id

TOO_LATE: Final = timedelta(minutes=1)
"""So long after its advertised start nobody is told any more that a race is about to start."""


class Starting(NamedTuple):
    """A race to come: its id, its name for people, and its advertised start."""

    race_id: str
    label: str
    start_time: datetime


def due_watches(groups: Iterable[Group], race: Starting, now: datetime, below: float = inf) -> list[Watch]:
    """Give the rules whose time before the start has come; `below` leaves out those of this many seconds and more."""
    left = (race.start_time - now).total_seconds()
    if left < -TOO_LATE.total_seconds():
        return []
    return [watch for group in _of_starts(groups) for watch in group.from_on(left) if watch.bound < below]


def next_due(groups: Iterable[Group], race: Starting, now: datetime) -> datetime | None:
    """Give the next instant at which a rule's time comes, None where none is left."""
    left = (race.start_time - now).total_seconds()
    to_come = [watch.bound for group in _of_starts(groups) if (watch := group.last_below(left))]
    return race.start_time - timedelta(seconds=max(to_come)) if to_come else None


def start_notification(watch: Watch, race: Starting, now: datetime) -> Notification:
    """Tell one user, once for the race however often its start is moved."""
    title, message = start_text(race.label, race.start_time, now)
    return Notification(
        notification_id=row_id(watch.rule_id, race.race_id, "", RACE_START),
        user_id=watch.user_id,
        title=title,
        message=message,
        type=RACE_START,
        race_id=race.race_id,
        rule_id=watch.rule_id,
        value=(race.start_time - now).total_seconds(),
        threshold=watch.bound,
        event_timestamp=now,
        created_at=now,
    )


def _of_starts(groups: Iterable[Group]) -> list[Group]:
    return [group for group in groups if group.kind == RACE_START]
