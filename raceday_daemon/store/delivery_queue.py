"""Notifications queued for their channels, in the transaction that writes them."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from loguru import logger

from raceday_daemon.store.deliveries import State
from raceday_daemon.store.of_bands import IS_BAND
from raceday_daemon.store.rows import instant_text

MOST_WAITING: Final = 1_000
"""So many wait for one channel; of more, the oldest are dropped."""

NOWHERE: Final = "none"
"""A rule's channel that says: only the notifications table."""

_MOST_NAMES_TOLD: Final = 1_000


@dataclass(frozen=True, slots=True)
class Passing:
    """A notification to be sent onward; where to, the rules say that it comes from.

    One whose row is still written again rests until that is over.
    """

    notification_id: str
    rule_ids: Sequence[str | None]
    rests_until: datetime | None = None


class DeliveryQueue:
    """The queue as those see it who tell people: they queue, and ring once that is committed."""

    def __init__(self, channels: Sequence[str]) -> None:
        """Queue for these channels; have nobody to tell yet."""
        self._channels = tuple(channels)
        self._bells: list[asyncio.Event] = []
        self._unknown: set[str] = set()
        self._full: set[str] = set()
        self._is_broken = False

    def bell(self) -> asyncio.Event:
        """Give an event that is set whenever notifications were queued."""
        self._bells.append(asyncio.Event())
        return self._bells[-1]

    def ring(self) -> None:
        """Tell that notifications were queued."""
        for bell in self._bells:
            bell.set()

    def queue(self, connection: Connection, passing: Sequence[Passing], now: datetime) -> None:
        """Queue notifications, in their order, in the transaction that writes them.

        A bug here keeps them from being sent onward, and nothing else: they are told all the same.
        """
        connection.execute("SAVEPOINT deliveries")
        try:
            self._queue(connection, passing, now)
        except sqlite3.OperationalError:
            # The file can't be written now, whatever is written.
            raise
        except Exception as error:
            connection.execute("ROLLBACK TO deliveries")
            if not self._is_broken:
                logger.opt(exception=error).error(
                    "a bug keeps notifications from being sent onward", action="delivery_queue_broken"
                )
            self._is_broken = True
        connection.execute("RELEASE deliveries")

    def _queue(self, connection: Connection, passing: Sequence[Passing], now: datetime) -> None:
        named = _named_channels(connection, passing)
        queued_at = instant_text(now)
        rows = [
            (one.notification_id, channel, queued_at, instant_text(one.rests_until) if one.rests_until else None)
            for one in passing
            for channel in dict.fromkeys(self._channels_of(one, named))
        ]
        connection.executemany(
            "INSERT OR IGNORE INTO deliveries VALUES (NULL, ?, ?, ?, ?, 0, FALSE, 'waiting', NULL, NULL)", rows
        )
        for channel in {channel for _, channel, _, _ in rows}:
            self._keep_bound(connection, channel, now)

    def _channels_of(self, one: Passing, named: dict[str, str]) -> Iterator[str]:
        for rule_id in one.rule_ids:
            name = named.get(rule_id or "", "")
            if name in self._channels:
                yield name
            elif not name:
                yield from self._channels
            elif name != NOWHERE:
                self._tell_unknown(name, rule_id)

    def _tell_unknown(self, name: str, rule_id: str | None) -> None:
        if name in self._unknown or len(self._unknown) >= _MOST_NAMES_TOLD:
            return
        self._unknown.add(name)
        logger.warning(
            "an alert rule names the channel {channel}, and there is none: its notifications are only in their table",
            action="channel_unknown",
            channel=name,
            rule_id=rule_id,
        )

    def _keep_bound(self, connection: Connection, channel: str, now: datetime) -> None:
        """Drop the oldest of too many; what is on its way, or was, stays."""
        (count,) = connection.execute(
            "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'waiting'", (channel,)
        ).fetchone()
        if count <= MOST_WAITING:
            self._full.discard(channel)
            return
        connection.execute(
            "UPDATE deliveries SET state = ?, settledAt = ? WHERE position IN (SELECT position FROM deliveries"
            " WHERE channel = ? AND state = 'waiting' AND attempts = 0 ORDER BY position LIMIT ?)",
            (State.DROPPED, instant_text(now), channel, count - MOST_WAITING),
        )
        if channel not in self._full:
            self._full.add(channel)
            logger.warning(
                "{channel}: more than {most} notifications wait, the oldest are dropped and counted",
                action="delivery_full",
                channel=channel,
                most=MOST_WAITING,
            )


def _named_channels(connection: Connection, passing: Sequence[Passing]) -> dict[str, str]:
    """Read the channels that rules name, by the rule's id; the others are for every channel, bands for none."""
    rule_ids = sorted({rule_id for one in passing for rule_id in one.rule_ids if rule_id})
    rows = connection.execute(
        f'SELECT "id", trim(coalesce("channel", \'\')), {IS_BAND} FROM "user_alert_configs"'  # noqa: S608
        ' WHERE "id" IN (SELECT value FROM json_each(?))',
        (json.dumps(rule_ids),),
    )
    # Bands tell of every race, whoever made them: they call people by a channel that they name, and by no other.
    return {rule_id: channel or (NOWHERE if is_band else "") for rule_id, channel, is_band in rows}
