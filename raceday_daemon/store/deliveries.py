"""The notifications that are sent onward: which wait for which channel, in their order, and what became of them.

A row names its notification and does not copy it. Before an attempt leaves, its row is in doubt; what the channel
answers, or that it was not even reached, takes the doubt away. So whoever finds a row in doubt that nobody is sending
knows that it may have arrived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.status import ChannelStatus
from raceday_daemon.store.race_queries import read_one
from raceday_daemon.store.rows import instant_text, read_instant

OLDEST: Final = timedelta(minutes=15)
"""What is older when its turn comes is not sent any more: nobody wants to hear of a start an hour late."""

LONGEST_REST: Final = timedelta(minutes=1)
KEPT: Final = timedelta(days=1)
"""For how long it is known what became of a notification."""

CREATE_DELIVERIES: Final = (
    """CREATE TABLE deliveries (
        position INTEGER PRIMARY KEY NOT NULL, notificationId TEXT NOT NULL, channel TEXT NOT NULL,
        queuedAt TEXT NOT NULL, restsUntil TEXT, attempts INTEGER NOT NULL, inDoubt INTEGER NOT NULL,
        state TEXT NOT NULL, settledAt TEXT, reason TEXT,
        UNIQUE (channel, notificationId)
    ) STRICT""",
    "CREATE INDEX deliveries_order ON deliveries (channel, position) WHERE state = 'waiting'",
    "CREATE INDEX deliveries_state ON deliveries (channel, state, settledAt, queuedAt)",
)


class State(StrEnum):
    """What becomes of a row: sent, refused, nobody knows whether it arrived, too old, or one of too many."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    EXPIRED = "expired"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A notification on its way for the `number`th time; `position` is its row's."""

    position: int
    notification: Notification
    number: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What a channel sends next (None: nothing now), how many were too old, and until when the next one rests."""

    attempt: Attempt | None = None
    expired: int = 0
    rests_until: datetime | None = None


def add_deliveries(connection: Connection) -> None:
    """Bring a file of layout 4 to layout 5, which sends notifications onward."""
    for statement in CREATE_DELIVERIES:
        connection.execute(statement)


def take(connection: Connection, channel: str, now: datetime) -> Taken:
    """Take what a channel sends next, in doubt from here on: what was tried before first, then as it was queued.

    What is too old is settled. A row that rests stands in nobody's way.
    """
    expired = _expire(connection, now, channel)
    while head := _head(connection, channel, now):
        position, notification_id, attempts = head
        try:
            notification = read_one(connection, Notification, notification_id)
        except ValueError as error:
            settle(connection, position, State.REFUSED, now, f"the row can't be read: {error}")
            continue
        if notification is None:
            # It was removed before its turn came.
            connection.execute("DELETE FROM deliveries WHERE position = ?", (position,))
            continue
        connection.execute(
            "UPDATE deliveries SET attempts = attempts + 1, inDoubt = TRUE WHERE position = ?", (position,)
        )
        return Taken(Attempt(position, notification, attempts + 1), expired)
    return Taken(None, expired, _next_rest(connection, channel))


def _expire(connection: Connection, now: datetime, channel: str) -> int:
    return connection.execute(
        "UPDATE deliveries SET state = ?, settledAt = ?"
        " WHERE channel = ? AND state = 'waiting' AND coalesce(restsUntil, queuedAt) < ?",
        (State.EXPIRED, instant_text(now), channel, instant_text(now - OLDEST)),
    ).rowcount


def _head(connection: Connection, channel: str, now: datetime) -> tuple[int, str, int] | None:
    # A rest longer than any is one of before the clock was set back.
    row: tuple[int, str, int] | None = connection.execute(
        "SELECT position, notificationId, attempts FROM deliveries WHERE channel = ? AND state = 'waiting'"
        " AND (restsUntil IS NULL OR restsUntil <= ? OR restsUntil > ?) ORDER BY attempts = 0, position LIMIT 1",
        (channel, instant_text(now), instant_text(now + LONGEST_REST)),
    ).fetchone()
    return row


def _next_rest(connection: Connection, channel: str) -> datetime | None:
    (until,) = connection.execute(
        "SELECT min(restsUntil) FROM deliveries WHERE channel = ? AND state = 'waiting'", (channel,)
    ).fetchone()
    return read_instant(until) if until else None


def settle(connection: Connection, position: int, state: State, now: datetime, reason: str | None = None) -> None:
    """Note what became of a row for good."""
    connection.execute(
        "UPDATE deliveries SET state = ?, settledAt = ?, reason = ?, inDoubt = FALSE WHERE position = ?",
        (state, instant_text(now), reason, position),
    )


def postpone(connection: Connection, position: int, reason: str, *, in_doubt: bool) -> None:
    """Let a row wait on after an attempt that failed; `in_doubt` where it may have arrived nevertheless."""
    connection.execute("UPDATE deliveries SET reason = ?, inDoubt = ? WHERE position = ?", (reason, in_doubt, position))


def settle_doubts(connection: Connection, now: datetime) -> dict[str, int]:
    """Set aside what earlier senders left in doubt, for whoever may send now; give how many rows a channel."""
    rows = connection.execute(
        "UPDATE deliveries SET state = ?, settledAt = ?, reason = coalesce(reason, 'cut off while it was sent')"
        " WHERE state = 'waiting' AND inDoubt RETURNING channel",
        (State.UNCERTAIN, instant_text(now)),
    ).fetchall()
    channels = [channel for (channel,) in rows]
    return {channel: channels.count(channel) for channel in channels}


def tidy(connection: Connection, now: datetime) -> None:
    """Forget what was settled a day ago, and settle what waits for channels that nobody has any more."""
    connection.execute("DELETE FROM deliveries WHERE settledAt < ?", (instant_text(now - KEPT),))
    for (channel,) in connection.execute("SELECT DISTINCT channel FROM deliveries").fetchall():
        _expire(connection, now, channel)


def count_due(connection: Connection, channels: Sequence[str], now: datetime) -> int:
    """Count what waits for these channels and does not rest."""
    due = "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'waiting' AND coalesce(restsUntil <= ?, TRUE)"
    return sum(int(connection.execute(due, (channel, instant_text(now))).fetchone()[0]) for channel in channels)


def read_channel(connection: Connection, channel: str) -> ChannelStatus:
    """Count what waits for a channel, and what became of the others within a day."""
    rows = connection.execute(
        "SELECT state, count(*), max(settledAt), min(queuedAt) FROM deliveries WHERE channel = ? GROUP BY state",
        (channel,),
    ).fetchall()
    counts = {state: count for state, count, _, _ in rows}
    last_sent_at = next((settled for state, _, settled, _ in rows if state == State.SENT), None)
    oldest = next((queued for state, _, _, queued in rows if state == State.WAITING), None)
    return ChannelStatus(
        channel=channel,
        waiting=counts.get(State.WAITING, 0),
        oldest=read_instant(oldest) if oldest else None,
        sent=counts.get(State.SENT, 0),
        last_sent_at=read_instant(last_sent_at) if last_sent_at else None,
        refused=counts.get(State.REFUSED, 0),
        expired=counts.get(State.EXPIRED, 0),
        uncertain=counts.get(State.UNCERTAIN, 0),
        dropped=counts.get(State.DROPPED, 0),
    )


def read_channels(connection: Connection) -> tuple[ChannelStatus, ...]:
    """Do so for every channel that anything was queued for."""
    rows = connection.execute("SELECT DISTINCT channel FROM deliveries ORDER BY channel").fetchall()
    return tuple(read_channel(connection, channel) for (channel,) in rows)
