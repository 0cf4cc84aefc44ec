"""The history thinned on its way to the outbox: a line remembers which of its rows was sent last, which is held back.

A line is a price of an entrant, or its money. What is held back follows from rows that are stored, in the transaction
that stores them, so that a kill leaves both or neither. A line without memory (a new one, or one that another machine
has told of meanwhile) sends its next row.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.market.thinning import Shares, is_bucket_over, is_whole, money_tells, price_tells
from raceday_daemon.model.market import BUCKETED_AGGREGATION
from raceday_daemon.model.race import OPEN
from raceday_daemon.store.rows import read_instant
from raceday_daemon.store.schema import MONEY_FLOW_HISTORY, ODDS_HISTORY, Table

CREATE_THINNING: Final = """CREATE TABLE thinned_lines (
    raceId TEXT NOT NULL, entrantId TEXT NOT NULL, type TEXT NOT NULL, sentId TEXT NOT NULL, heldId TEXT,
    PRIMARY KEY (raceId, entrantId, type)
) STRICT, WITHOUT ROWID"""

THINNED: Final = (ODDS_HISTORY, MONEY_FLOW_HISTORY)

Key = tuple[Table, str]
"""A row, by its table and id."""
Name = tuple[str, str, str]
"""A line: its race, its entrant, and its type."""

_COLUMNS: Final = {
    ODDS_HISTORY.name: '"odds", "timeToStartSeconds"',
    MONEY_FLOW_HISTORY.name: (
        '"timeInterval", "winPoolPercentage", "placePoolPercentage", "holdPercentage", "intervalType"'
    ),
}
# The part of a race's approach in which money is told whole, as `interval_type` names it.
_WHOLE_INTERVALS: Final = ("15s", "live")


@dataclass(frozen=True, slots=True)
class _Point:
    """A row of history as far as thinning goes: its figures are a price or Shares."""

    table: Table
    row_id: str
    figures: Any
    is_whole: bool

    @property
    def key(self) -> Key:
        return self.table, self.row_id

    def tells(self, sent: Any) -> bool:
        tells = price_tells if self.table is ODDS_HISTORY else money_tells
        return tells(sent, self.figures)

    def is_needed_before(self, later: "_Point", *, is_whole: bool) -> bool:
        """Say whether this one, held back, has to go before a later one of its line that goes.

        A price does where from the later one on all go (`is_whole`), money where it was the last of its bucket.
        """
        if self.table is ODDS_HISTORY:
            return is_whole
        return bool(self.figures.time_interval != later.figures.time_interval)


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line remembers."""

    sent: _Point
    held: _Point | None


def thin(connection: Connection, rows: Sequence[Key], *, is_thinned: bool) -> list[Key]:
    """Give the rows to queue of those that were just written, and those held back before that have to go with them.

    Without `is_thinned` all go, and with each what was held back before it and is needed there.
    """
    if not is_thinned and not connection.execute("SELECT EXISTS (SELECT 1 FROM thinned_lines)").fetchone()[0]:
        return list(rows)
    queued = [key for key in rows if key[0] is not ODDS_HISTORY and key[0] is not MONEY_FLOW_HISTORY]
    for table in THINNED:
        points = _points(connection, table, [row_id for of, row_id in rows if of is table])
        lines = _read_lines(connection, table, {race_id for (race_id, *_), _ in points})
        changed: dict[Name, _Line | None] = {}
        for name, point in points:
            line = lines.get(name)
            goes, after = _step(line, point, is_whole=point.is_whole or not is_thinned)
            queued += (one.key for one in goes)
            if after is not line:
                lines[name] = changed[name] = after
        _note(connection, changed)
    return queued


def release(connection: Connection, now: datetime) -> list[Key]:
    """Give the rows held back whose time is over, although no look has told so: of buckets, and of races near a start.

    Lines of races of which every row goes are forgotten.
    """
    found = connection.execute(
        'SELECT l.raceId, l.entrantId, l.type, l.heldId, "startTime", "status", "timeInterval" FROM thinned_lines l'
        ' LEFT JOIN "races" r ON r."id" = l.raceId LEFT JOIN "money_flow_history" m ON m."id" = l.heldId'
    ).fetchall()
    gone: list[Key] = []
    for race_id, entrant_id, kind, held_id, start, status, time_interval in found:
        start_time = read_instant(start) if start else now
        whole = is_whole(status or "", (start_time - now).total_seconds())
        if not whole and (time_interval is None or not is_bucket_over(time_interval, start_time, now)):
            continue
        if held_id:
            gone.append((MONEY_FLOW_HISTORY if kind == BUCKETED_AGGREGATION else ODDS_HISTORY, held_id))
        connection.execute(
            "DELETE FROM thinned_lines WHERE (raceId, entrantId, type) = (?, ?, ?)"
            if whole
            else "UPDATE thinned_lines SET sentId = heldId, heldId = NULL WHERE (raceId, entrantId, type) = (?, ?, ?)",
            (race_id, entrant_id, kind),
        )
    return gone


def forget_lines(connection: Connection, race_ids: Iterable[str] | None = None) -> None:
    """Forget the lines of races, or all: somebody else has told of them meanwhile, and what is held here stays here."""
    if race_ids is None:
        connection.execute("DELETE FROM thinned_lines")
    else:
        connection.executemany("DELETE FROM thinned_lines WHERE raceId = ?", [(race_id,) for race_id in race_ids])


def thinned_ids(connection: Connection, table: Table) -> Iterator[str]:
    """Give the ids of all stored rows of a table that thinning sends, line by line; it asks while they are taken."""
    rows = connection.execute(
        f'SELECT "entrantId", "type", "id", {_COLUMNS[table.name]} FROM "{table.sqlite_name}"'  # noqa: S608
        ' ORDER BY "raceId", "entrantId", "type", "eventTimestamp"'
    )
    for _, of_line in groupby(rows, lambda row: row[:2]):
        line: _Line | None = None
        for _, _, row_id, *figures in of_line:
            goes, line = _step(line, _point(table, row_id, figures, OPEN))
            yield from (one.row_id for one in goes)
        if line and line.held:
            yield line.held.row_id


def _step(line: _Line | None, point: _Point, *, is_whole: bool | None = None) -> tuple[list[_Point], _Line | None]:
    """Give what goes because a line has come to a point, and what it remembers from then on."""
    whole = point.is_whole if is_whole is None else is_whole
    if line is None:
        return [point], None if whole else _Line(point, None)
    # A row that was sent and is written again under its id has other values now.
    if not whole and point.row_id != line.sent.row_id and not point.tells(line.sent.figures):
        return [], _Line(line.sent, point)
    held = line.held
    before = [held] if held and held.row_id != point.row_id and held.is_needed_before(point, is_whole=whole) else []
    return [*before, point], None if whole else _Line(point, None)


def _points(connection: Connection, table: Table, ids: Sequence[str]) -> list[tuple[Name, _Point]]:
    """Read points with the names of their lines."""
    if not ids:
        return []
    found = connection.execute(
        f'SELECT h."raceId", h."entrantId", h."type", "status", h."id", {_COLUMNS[table.name]}'  # noqa: S608
        f' FROM "{table.sqlite_name}" h LEFT JOIN "races" r ON r."id" = h."raceId"'
        ' WHERE h."id" IN (SELECT value FROM json_each(?))',
        (json.dumps(ids),),
    )
    return [
        ((race_id, entrant_id, kind), _point(table, row_id, figures, status or OPEN))
        for race_id, entrant_id, kind, status, row_id, *figures in found
    ]


def _point(table: Table, row_id: str, figures: Sequence[Any], status: str) -> _Point:
    if table is ODDS_HISTORY:
        odds, seconds = figures
        return _Point(table, row_id, odds, is_whole(status, seconds or 0))
    *shares, interval_type = figures
    return _Point(table, row_id, Shares(*shares), status != OPEN or interval_type in _WHOLE_INTERVALS)


def _read_lines(connection: Connection, table: Table, race_ids: Collection[str]) -> dict[Name, _Line | None]:
    """Read what lines of races remember; one whose last sent row is stored no more remembers nothing."""
    if not race_ids:
        return {}
    found = connection.execute(
        "SELECT raceId, entrantId, type, sentId, heldId FROM thinned_lines"
        " WHERE raceId IN (SELECT value FROM json_each(?))",
        (json.dumps(list(race_ids)),),
    ).fetchall()
    ids = [row_id for *_, sent_id, held_id in found for row_id in (sent_id, held_id) if row_id]
    points = {point.row_id: point for _, point in _points(connection, table, ids)}
    return {
        (race_id, entrant_id, kind): _Line(points[sent_id], points.get(held_id))
        for race_id, entrant_id, kind, sent_id, held_id in found
        if sent_id in points
    }


def _note(connection: Connection, lines: Mapping[Name, _Line | None]) -> None:
    connection.executemany(
        "DELETE FROM thinned_lines WHERE (raceId, entrantId, type) = (?, ?, ?)",
        [name for name, line in lines.items() if line is None],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO thinned_lines VALUES (?, ?, ?, ?, ?)",
        [
            (*name, line.sent.row_id, line.held.row_id if line.held else None)
            for name, line in lines.items()
            if line is not None
        ],
    )
