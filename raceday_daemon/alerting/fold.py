"""No user is flooded: ten notifications a minute, and one more that says how many there would have been."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from raceday_daemon.alerting.happenings import spelled
from raceday_daemon.model.alerts import MORE_ALERTS, Notification
from raceday_daemon.model.ids import row_id

MOST_A_MINUTE: Final = 10
MINUTE: Final = timedelta(minutes=1)
"""So long a fold lasts; after that its row is not written again."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one user was told of late: the instants of the last notifications, soonest first, and the fold.

    A fold is the notification in place of `folded` others; it began at `folding_since` and lasts a minute.
    """

    told_at: tuple[datetime, ...] = ()
    folding_since: datetime | None = None
    folded: int = 0


def folded(
    user_id: str, wanted: Sequence[Notification], tally: Tally, now: datetime
) -> tuple[tuple[Notification, ...], Tally]:
    """Give what a user is told of all that is wanted now, in its order, and the tally after it.

    What is more than ten in any sixty seconds goes into the fold, whose row is written again with its new number.
    """
    # A clock that was set back must not leave anybody without news.
    recent = tuple(at for at in tally.told_at if now - MINUTE < at <= now)
    room = max(MOST_A_MINUTE - len(recent), 0)
    told, rest = tuple(wanted[:room]), wanted[room:]
    recent += (now,) * len(told)
    since, count = tally.folding_since, tally.folded
    if since is None or not now - MINUTE < since <= now:
        since, count = None, 0
    if rest:
        since, count = since or now, count + len(rest)
        told += (_fold(user_id, since, count, rest[-1], now),)
    return told, Tally(recent, since, count)


def _fold(user_id: str, since: datetime, count: int, last: Notification, now: datetime) -> Notification:
    more = "1 more alert" if count == 1 else f"{count:,} more alerts"
    return Notification(
        notification_id=row_id(MORE_ALERTS, user_id, spelled(since)),
        user_id=user_id,
        title=more,
        message=f"{more} within a minute, besides the {MOST_A_MINUTE} that you were told singly.",
        type=MORE_ALERTS,
        value=float(count),
        event_timestamp=last.event_timestamp,
        created_at=now,
    )
