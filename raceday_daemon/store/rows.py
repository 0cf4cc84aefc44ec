"""Between the model's records and rows: a field of a record is the column of the same name in camelCase."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, TypeVar, get_type_hints

from raceday_daemon.model.alerts import AlertRule, Notification
from raceday_daemon.model.changes import Record
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.ids import row_id
from raceday_daemon.model.market import BigBet, MoneyFlowPoint, OddsPoint, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.store import schema
from raceday_daemon.store.schema import Table

RecordT = TypeVar("RecordT", bound=Record)
Value = str | int | float | None
Row = tuple[Value, ...]


def instant_text(instant: datetime) -> str:
    """Write an instant as ISO text in UTC, with milliseconds and Z."""
    return _utc_text(instant if instant.tzinfo is UTC else instant.astimezone(UTC))


# All rows of a look carry the same few instants.
@lru_cache(maxsize=256)
def _utc_text(utc: datetime) -> str:
    return f"{utc.isoformat(timespec='milliseconds')[:-6]}Z"


def read_instant(text: str) -> datetime:
    """Read what `instant_text` wrote."""
    return datetime.fromisoformat(text)


def day_text(day: date) -> str:
    """Write a calendar label as the instant 00:00Z that the tables keep it as."""
    return instant_text(datetime.combine(day, time(), UTC))


_KEPT_AS: Final[Mapping[type[Record], tuple[Table, Callable[[Any], str]]]] = {
    Meeting: (schema.MEETINGS, attrgetter("meeting_id")),
    Race: (schema.RACES, attrgetter("race_id")),
    Entrant: (schema.ENTRANTS, attrgetter("entrant_id")),
    RacePools: (schema.RACE_POOLS, attrgetter("race_id")),
    RaceResults: (schema.RACE_RESULTS, attrgetter("race_id")),
    BigBet: (schema.BIG_BETS, attrgetter("bet_id")),
    OddsPoint: (
        schema.ODDS_HISTORY,
        lambda point: row_id(point.entrant_id, point.type, instant_text(point.event_timestamp)),
    ),
    MoneyFlowPoint: (
        schema.MONEY_FLOW_HISTORY,
        lambda point: row_id(
            point.entrant_id, point.type, str(point.time_interval), instant_text(point.event_timestamp)
        ),
    ),
    AlertRule: (schema.USER_ALERT_CONFIGS, attrgetter("rule_id")),
    Notification: (schema.NOTIFICATIONS, attrgetter("notification_id")),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How one type of record lies in its table: the statements, and the way to a row and back."""

    table: Table
    upsert: str
    """Writes a row whole, new or not."""
    select: str
    """Reads rows in the order that `record_of` takes them, up to the WHERE."""
    row_id: Callable[[Any], str]
    values: Callable[[Any], Row]
    writers: tuple[tuple[int, Callable[[Any], Value]], ...]
    """The places in a row whose values SQLite does not take as they are, and how to write them."""
    readers: tuple[tuple[str, int, Callable[[Any], Any]], ...]
    """Each field of the record, its place in a row (the id has place 0), and how to read it."""


def layout(record_type: type[Any]) -> Layout:
    """Give the layout of a record type."""
    return _LAYOUTS[record_type]


def _layout(record_type: type[Record], table: Table, row_id_of: Callable[[Any], str]) -> Layout:
    names = ["id", *(column.name for column in table.columns)]
    columns = ", ".join(f'"{name}"' for name in names)
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in names[1:])
    places = ["id", *(snake_case(column.repeats or column.name) for column in table.columns)]
    hints = get_type_hints(record_type)
    return Layout(
        table=table,
        upsert=f'INSERT INTO "{table.sqlite_name}" ({columns}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608
        f' ON CONFLICT ("id") DO UPDATE SET {updates}',
        select=f'SELECT {columns} FROM "{table.sqlite_name}"',  # noqa: S608
        row_id=row_id_of,
        values=attrgetter(*places[1:]),
        writers=tuple(
            (place, write) for place, name in enumerate(places) if (write := _writer(hints.get(name))) is not None
        ),
        # A field without a column of its own (a bet's id) is the row's id.
        readers=tuple(
            (field.name, places.index(field.name) if field.name in places else 0, _reader(hints[field.name]))
            for field in fields(record_type)
        ),
    )


def snake_case(column_name: str) -> str:
    """Give the field of a column: raceDateNz is race_date_nz."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in column_name)


def row_of(record: Record) -> Row:
    """Give a record as its row, the id first."""
    how = layout(type(record))
    row = [how.row_id(record), *how.values(record)]
    for place, write in how.writers:
        if row[place] is not None:
            row[place] = write(row[place])
    return tuple(row)


def record_of(record_type: type[RecordT], row: Row) -> RecordT:
    """Give the record of a row that `Layout.select` read."""
    make: Callable[..., RecordT] = record_type
    return make(
        **{name: None if row[place] is None else read(row[place]) for name, place, read in layout(record_type).readers}
    )


def _kinds(hint: Any) -> set[Any]:
    return {kind for kind in getattr(hint, "__args__", (hint,)) if kind is not type(None)}


def _writer(hint: Any) -> Callable[[Any], Value] | None:
    writers: dict[Any, Callable[[Any], Value]] = {datetime: instant_text, date: day_text, bool: int}
    return writers.get(next(iter(_kinds(hint))))


def _reader(hint: Any) -> Callable[[Any], Any]:
    readers: dict[Any, Callable[[Any], Any]] = {
        datetime: read_instant,
        date: lambda text: read_instant(text).date(),
        bool: bool,
    }
    return readers.get(next(iter(_kinds(hint))), lambda value: value)


_LAYOUTS: Final = {record_type: _layout(record_type, *how) for record_type, how in _KEPT_AS.items()}
