"""What is kept for a time only: from which racing day on, of each kind of rows."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from raceday_daemon.cadence.racing_day import racing_day


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrom:
    """The first racing day that is kept: of history, of whole races, of what people were told; None keeps all.

    Today's racing day is always kept, and so are those to come.

    What goes with a race goes at the latest when the race does, so `history` is never an earlier day than `races`.
    """

    today: date
    history: date | None = None
    races: date | None = None
    notifications: date | None = None


def kept_from(now: datetime, *, history_days: int, races_days: int, notifications_days: int) -> KeptFrom:
    """Give what is kept at an instant, by the racing days that are kept before today (0: all of them)."""
    today = racing_day(now)
    history, races = first_kept(today, history_days), first_kept(today, races_days)
    return KeptFrom(
        today=today,
        history=max(filter(None, (history, races)), default=None),
        races=races,
        notifications=first_kept(today, notifications_days),
    )


def first_kept(today: date, days: int) -> date | None:
    """Give the first day that is kept where so many days before today are (0: all, None)."""
    return today - timedelta(days=days) if days else None
