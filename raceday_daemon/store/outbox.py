"""The outbox: which rows still have to reach Appwrite, in the order in which they were last written.

It names rows and does not copy them: what is sent is the row as it stands then. So a row that is written again while it
waits is sent once, with its last values, at its newest place; a row of history is never written again, and each is
sent. A `reason` without `refusedAt` says why a row that waits is in doubt (see store/superseded.py).
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.status import OnwardStatus
from raceday_daemon.store import schema
from raceday_daemon.store.rows import instant_text, read_instant
from raceday_daemon.store.schema import Table
from raceday_daemon.store.thinning import release, thin

CREATE_OUTBOX: Final = (
    """CREATE TABLE outbox (
        tableName TEXT NOT NULL, rowId TEXT NOT NULL, lane TEXT NOT NULL, position INTEGER NOT NULL,
        isPatient INTEGER NOT NULL, queuedAt TEXT NOT NULL, refusedAt TEXT, reason TEXT,
        PRIMARY KEY (tableName, rowId)
    ) STRICT, WITHOUT ROWID""",
    "CREATE INDEX outbox_order ON outbox (lane, refusedAt, position)",
    # One row: the database that this file's rows go to, and the rows of history not queued because it was full.
    "CREATE TABLE outbox_facts (target TEXT, leftOut INTEGER NOT NULL) STRICT",
    "INSERT INTO outbox_facts VALUES (NULL, 0)",
)


class Lane(StrEnum):
    """What is sent one after the other; lanes don't wait for each other, so people are told while markets catch up."""

    MARKET = "market"
    PEOPLE = "people"


HISTORY: Final = (schema.ODDS_HISTORY, schema.MONEY_FLOW_HISTORY, schema.BIG_BETS)
"""Tables whose rows are facts of an instant: they grow without end, the others with the number of races."""

# The order of a ChangeSet on its way: what others point to first, a result before the race that turns Final by it.
MARKET_ORDER: Final = (
    schema.MEETINGS,
    schema.RACE_RESULTS,
    schema.ENTRANTS,
    schema.RACE_POOLS,
    *HISTORY,
    schema.RACES,
)
_PEOPLE_ORDER: Final = (schema.NOTIFICATIONS, schema.USER_ALERT_CONFIGS)

LANES: Final = {table.name: Lane.MARKET for table in MARKET_ORDER} | {
    table.name: Lane.PEOPLE for table in _PEOPLE_ORDER
}
_RANKS: Final = {table.name: rank for rank, table in enumerate((*MARKET_ORDER, *_PEOPLE_ORDER))}
_TABLES: Final = {table.name: table for table in (*MARKET_ORDER, *_PEOPLE_ORDER)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that waits; `position` is that of the ChangeSet which wrote it last, shared by all rows of that.

    `is_patient` says that it may wait a little for company.
    """

    table: Table
    row_id: str
    position: int
    is_patient: bool
    queued_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """Give its table's name and its row's id, which are an entry's alone."""
        return self.table.name, self.row_id

    @property
    def rank(self) -> int:
        """Give the place of its table within a ChangeSet."""
        return _RANKS[self.table.name]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that Appwrite refuses for good, since when, and its words."""

    table: str
    row_id: str
    refused_at: datetime
    reason: str


Sending = Callable[[Connection, Sequence[tuple[Table, str]]], None]
"""Queues rows, by table and id, in the transaction that writes them."""


class Outbox:
    """The outbox as those see it who write rows: they queue them, and ring once that is committed."""

    def __init__(self, *, if_aimed: bool = False, is_thinned: bool = False) -> None:
        """Have nobody to tell yet; `if_aimed` queues rows only while the file says that they go somewhere.

        `is_thinned` holds back rows of history that tell little; see `store.thinning`.
        """
        self._if_aimed = if_aimed
        self._is_thinned = is_thinned
        self._bells: list[asyncio.Event] = []
        self.is_full = False

    def sending(self, now: datetime, *, is_patient: bool) -> Sending:
        """Give the way to queue the rows of one ChangeSet; patient ones may wait a little for company."""
        return partial(
            append,
            now=now,
            is_patient=is_patient,
            without_history=self.is_full,
            if_aimed=self._if_aimed,
            is_thinned=self._is_thinned,
        )

    def bell(self) -> asyncio.Event:
        """Give an event that is set whenever rows were queued."""
        self._bells.append(asyncio.Event())
        return self._bells[-1]

    def set_full(self, is_full: bool) -> None:
        """Say whether there is no more room for history."""
        self.is_full = is_full

    def ring(self) -> None:
        """Tell that rows were queued."""
        for bell in self._bells:
            bell.set()


def append(
    connection: Connection,
    rows: Sequence[tuple[Table, str]],
    now: datetime,
    *,
    is_patient: bool,
    without_history: bool = False,
    if_aimed: bool = False,
    is_thinned: bool = False,
) -> None:
    """Queue rows, by table and id, as one ChangeSet, in the transaction that writes them.

    `without_history` leaves out what grows without end, and counts it: the outbox is full. `if_aimed` queues nothing
    where the file's rows go nowhere. `is_thinned` holds back rows of history that tell little.
    """
    if if_aimed and read_target(connection) is None:
        return
    _queue(connection, thin(connection, rows, is_thinned=is_thinned), now, is_patient, without_history)


def append_released(connection: Connection, now: datetime, *, without_history: bool = False) -> int:
    """Queue what was held back of the history and whose time is over; give the number of rows."""
    rows = release(connection, now)
    if rows:
        _queue(connection, rows, now, is_patient=True, without_history=without_history)
    return len(rows)


def _queue(
    connection: Connection, rows: Sequence[tuple[Table, str]], now: datetime, is_patient: bool, without_history: bool
) -> None:
    if without_history:
        left_out = sum(table in HISTORY for table, _ in rows)
        connection.execute("UPDATE outbox_facts SET leftOut = leftOut + ?", (left_out,))
        rows = [(table, row_id) for table, row_id in rows if table not in HISTORY]
    position, queued_at = last_position(connection) + 1, instant_text(now)
    # A row that was refused is tried again with its new values.
    connection.executemany(
        "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, NULL, NULL) ON CONFLICT (tableName, rowId) DO UPDATE SET"
        " position = excluded.position, isPatient = min(isPatient, excluded.isPatient),"
        " refusedAt = NULL, reason = NULL",
        [(table.name, row_id, LANES[table.name], position, is_patient, queued_at) for table, row_id in rows],
    )
    _keep_behind(connection, schema.RACES, [row_id for table, row_id in rows if table is schema.RACE_RESULTS], position)


def last_position(connection: Connection) -> int:
    """Give the newest position of what waits, and so of what is on its way too; each lane's is the end of an index."""
    newest = "SELECT max(position) FROM outbox WHERE refusedAt IS NULL AND lane = ?"
    return max(connection.execute(newest, (lane,)).fetchone()[0] or 0 for lane in Lane)


def _keep_behind(connection: Connection, table: Table, row_ids: Sequence[str], position: int) -> None:
    """Let rows that wait wait on for others: a race is not Final in Appwrite before its result is there."""
    connection.executemany(
        "UPDATE outbox SET position = ? WHERE tableName = ? AND rowId = ? AND refusedAt IS NULL",
        [(position, table.name, row_id) for row_id in row_ids],
    )


def waiting_entries(connection: Connection, lane: Lane, most: int) -> list[Entry]:
    """Read the entries to send next: meetings before all, since races point to them; then ChangeSet by ChangeSet."""
    select = "SELECT tableName, rowId, position, isPatient, queuedAt FROM outbox WHERE refusedAt IS NULL"
    meetings = schema.MEETINGS.name
    first = connection.execute(f"{select} AND lane = ? AND tableName = ? LIMIT ?", (lane, meetings, most)).fetchall()
    others = connection.execute(
        f"{select} AND lane = ? AND tableName <> ? ORDER BY position LIMIT ?", (lane, meetings, most - len(first))
    ).fetchall()
    return [
        Entry(_TABLES[name], row_id, position, bool(is_patient), read_instant(queued_at))
        for name, row_id, position, is_patient, queued_at in (*first, *others)
    ]


def acknowledge(connection: Connection, entries: Sequence[Entry]) -> None:
    """Take out what has arrived; a row that was written again meanwhile waits on."""
    connection.executemany(
        "DELETE FROM outbox WHERE tableName = ? AND rowId = ? AND position = ?",
        [(entry.table.name, entry.row_id, entry.position) for entry in entries],
    )


def set_aside(connection: Connection, entry: Entry, reason: str, now: datetime) -> None:
    """Keep a refused row out of the way, with the words of whoever refused it."""
    connection.execute(
        "UPDATE outbox SET refusedAt = ?, reason = ? WHERE tableName = ? AND rowId = ? AND position = ?",
        (instant_text(now), reason, entry.table.name, entry.row_id, entry.position),
    )


def try_again(connection: Connection) -> int:
    """Queue all refused rows again; give their number."""
    return connection.execute("UPDATE outbox SET refusedAt = NULL, reason = NULL WHERE refusedAt IS NOT NULL").rowcount


def read_refused(connection: Connection, most: int) -> Sequence[Refused]:
    """Read refused rows, those refused longest ago first."""
    rows = connection.execute(
        "SELECT tableName, rowId, refusedAt, reason FROM outbox WHERE refusedAt IS NOT NULL"
        " ORDER BY refusedAt, tableName, rowId LIMIT ?",
        (most,),
    )
    return [Refused(name, row_id, read_instant(refused_at), reason) for name, row_id, refused_at, reason in rows]


def read_state(connection: Connection) -> OnwardStatus:
    """Count what waits and what was refused."""
    waiting, oldest, refused = connection.execute(
        "SELECT count(*) FILTER (WHERE refusedAt IS NULL), min(queuedAt) FILTER (WHERE refusedAt IS NULL),"
        " count(*) FILTER (WHERE refusedAt IS NOT NULL) FROM outbox"
    ).fetchone()
    (left_out,) = connection.execute("SELECT leftOut FROM outbox_facts").fetchone()
    return OnwardStatus(
        waiting=waiting, oldest=read_instant(oldest) if oldest else None, refused=refused, left_out=left_out
    )


def read_target(connection: Connection) -> str | None:
    """Read which database the file's rows go to, None for none."""
    (target,) = connection.execute("SELECT target FROM outbox_facts").fetchone()
    return None if target is None else str(target)
