"""The daemon's lives: when it began and whether it ended as it should, so that one that keeps crashing slows down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.status import LastLife
from raceday_daemon.store.rows import instant_text, read_instant

CREATE_LIVES: Final = """CREATE TABLE lives (
    began_at TEXT NOT NULL, waited_seconds REAL NOT NULL, ended_at TEXT
) STRICT"""

_SHORT: Final = timedelta(minutes=1)
_CRASHES_BORNE: Final = 2
_FIRST_WAIT_SECONDS: Final = 5.0
_LONGEST_WAIT_SECONDS: Final = 300.0
_LIVES_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Life:
    """One run of the daemon: it waited so long before its work; `ended_at` is None unless it ended as it should."""

    began_at: datetime
    waited_seconds: float
    ended_at: datetime | None


def begin_life(connection: Connection, now: datetime) -> float:
    """Note that a daemon begins; give the seconds to wait before its work."""
    rows = connection.execute("SELECT began_at, waited_seconds, ended_at FROM lives ORDER BY rowid DESC LIMIT 20")
    lives = [Life(read_instant(began), waited, read_instant(ended) if ended else None) for began, waited, ended in rows]
    wait_seconds = wait_after_crashes(lives, now)
    connection.execute("INSERT INTO lives VALUES (?, ?, NULL)", (instant_text(now), wait_seconds))
    connection.execute("DELETE FROM lives WHERE rowid <= (SELECT max(rowid) FROM lives) - ?", (_LIVES_KEPT,))
    return wait_seconds


def end_life(connection: Connection, now: datetime) -> None:
    """Note that the daemon ended as it should."""
    connection.execute(
        "UPDATE lives SET ended_at = ? WHERE rowid = (SELECT max(rowid) FROM lives)", (instant_text(now),)
    )


def read_last_life(connection: Connection) -> LastLife | None:
    """Read when the daemon last began and ended; one that did not end as it should was alive at its last slot."""
    row = connection.execute("SELECT began_at, ended_at FROM lives ORDER BY rowid DESC LIMIT 1").fetchone()
    if row is None:
        return None
    began_at, ended_at = row
    slot = connection.execute(
        "SELECT ended_at FROM polls WHERE began_at >= ? AND due_at IS NOT NULL ORDER BY began_at DESC LIMIT 1",
        (began_at,),
    ).fetchone()
    last_alive_at = ended_at or (slot[0] if slot else began_at)
    return LastLife(
        began_at=read_instant(began_at),
        ended_at=read_instant(ended_at) if ended_at else None,
        last_alive_at=read_instant(last_alive_at),
    )


def wait_after_crashes(lives: Sequence[Life], now: datetime) -> float:
    """Give the seconds to wait, by the lives so far, the newest first.

    Lives that ended badly within a minute of work count in a row: after the third, five seconds, then twice as long
    each time, five minutes at most.
    """
    crashes, followed_at = 0, now
    for life in lives:
        worked = followed_at - life.began_at - timedelta(seconds=life.waited_seconds)
        if life.ended_at or worked > _SHORT:
            break
        crashes, followed_at = crashes + 1, life.began_at
    if crashes <= _CRASHES_BORNE:
        return 0.0
    doubled: float = _FIRST_WAIT_SECONDS * 2 ** (crashes - _CRASHES_BORNE - 1)
    return min(doubled, _LONGEST_WAIT_SECONDS)
