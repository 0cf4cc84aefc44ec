"""The tables as SQLite is told to make them."""

from sqlite3 import Connection
from typing import Final

from raceday_daemon.store.alert_states import CREATE_ALERTS
from raceday_daemon.store.deliveries import CREATE_DELIVERIES
from raceday_daemon.store.leases import CREATE_LEASES
from raceday_daemon.store.outbox import CREATE_OUTBOX
from raceday_daemon.store.prunings import CREATE_PRUNINGS
from raceday_daemon.store.schema import FUNCTION_LOCKS, SCHEMA_VERSION, TABLES, Column, Kind, Table
from raceday_daemon.store.sightings import CREATE_SIGHTINGS
from raceday_daemon.store.thinning import CREATE_THINNING

_SQLITE_TYPES: Final = {
    Kind.TEXT: "TEXT",
    Kind.LONG_TEXT: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.FLOAT: "REAL",
    Kind.BOOLEAN: "INTEGER",
    Kind.INSTANT: "TEXT",
}

LOCAL_TABLES: Final = tuple(table for table in TABLES if table not in (FUNCTION_LOCKS, SCHEMA_VERSION))
"""The declared tables that the working store has; leases and the version it keeps in its own way."""

_HOUSEKEEPING: Final = (
    # The generated times of the last card and of the last event answer taken of a race or meeting.
    "CREATE TABLE looks (id TEXT PRIMARY KEY NOT NULL, cardTime TEXT, eventTime TEXT) STRICT",
    # Races and meetings that the newest answers lacked: how many in a row, and when the last of those was made.
    """CREATE TABLE absences (
        id TEXT PRIMARY KEY NOT NULL, answers INTEGER NOT NULL, generatedTime TEXT NOT NULL
    ) STRICT""",
    # How far a daily job has come: its status, and while it is not done the items that are, and those that failed.
    """CREATE TABLE checkpoints (
        job TEXT NOT NULL, racingDay TEXT NOT NULL, status TEXT NOT NULL, done TEXT NOT NULL,
        failed TEXT NOT NULL,
        PRIMARY KEY (job, racingDay)
    ) STRICT, WITHOUT ROWID""",
    CREATE_LEASES,
    *CREATE_OUTBOX,
    CREATE_SIGHTINGS,
    *CREATE_ALERTS,
    *CREATE_DELIVERIES,
    CREATE_THINNING,
    CREATE_PRUNINGS,
)


def create_statements() -> tuple[str, ...]:
    """Give the statements that make an empty working store."""
    declared = tuple(statement for table in LOCAL_TABLES for statement in (_create(table), *_create_indexes(table)))
    return (*declared, *_HOUSEKEEPING)


def add_outbox(connection: Connection) -> None:
    """Bring a file of layout 1 to layout 2, which has an outbox."""
    for statement in CREATE_OUTBOX:
        connection.execute(statement)


def add_sightings(connection: Connection) -> None:
    """Bring a file to the layout that remembers the shared leases it last saw."""
    connection.execute(CREATE_SIGHTINGS)


def add_thinning(connection: Connection) -> None:
    """Bring a file to the layout that remembers what of the history was held back."""
    connection.execute(CREATE_THINNING)


def _create(table: Table) -> str:
    columns = ",\n    ".join(_spelled(column) for column in table.columns)
    return f'CREATE TABLE "{table.sqlite_name}" (\n    "id" TEXT PRIMARY KEY NOT NULL,\n    {columns}\n) STRICT'


def _spelled(column: Column) -> str:
    return f'"{column.name}" {_SQLITE_TYPES[column.kind]}{" NOT NULL" if column.required else ""}'


def _create_indexes(table: Table) -> tuple[str, ...]:
    return tuple(
        f'CREATE INDEX "{table.sqlite_name}_{"_".join(index)}" ON "{table.sqlite_name}" ({_quoted(index)})'
        for index in table.indexes
    )


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
