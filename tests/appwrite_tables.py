"""The tables of the house in an Appwrite of the tests, and what its rows look like beside those in SQLite."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from appwrite.services.tables_db import TablesDB

from raceday_daemon.appwrite.client import FitClient
from raceday_daemon.appwrite.connection import Appwrite, open_appwrite
from raceday_daemon.appwrite.session import open_session
from raceday_daemon.store import schema
from raceday_daemon.store.schema import TABLES, Column, Kind, Table
from raceday_daemon.store.working_store import FILE_NAME
from tests.appwrite_servers import Access, AppwriteServer
from tests.fakes.appwrite import Settings, standing_in
from tests.fakes.appwrite.model import Database, State
from tests.workbench import named_rows

SENT = [
    table for table in TABLES if table not in (schema.FUNCTION_LOCKS, schema.SCHEMA_VERSION, schema.USER_ALERT_CONFIGS)
]
"""The tables that this machine fills."""


def make_tables(server: AppwriteServer) -> None:
    """Make every table; the requests for it don't count. A stand-in in this process is given those made once before."""
    if server.stand_in and server.stand_in.inside:
        _give_tables(server.stand_in.inside, server.database)
    else:
        _set_up(server)


def _give_tables(state: State, database_id: str) -> None:
    database = deepcopy(_tables_once_made())
    database.id = database_id
    for table in database.tables.values():
        table.database_id = database_id
    state.databases[database_id.lower()] = database
    # Whatever is written from here on comes later.
    for _ in range(max(row.tick for table in database.tables.values() for row in table.rows.values())):
        state.tick()


@cache
def _tables_once_made() -> Database:
    with standing_in(Settings(settle_seconds=0.0)) as stand_in:
        access = Access(stand_in.endpoint, stand_in.project, stand_in.key)
        _set_up(AppwriteServer(access, "made-once", stand_in))
        return stand_in.state.database("made-once")


def _set_up(server: AppwriteServer) -> None:
    """Make every table by the command."""
    ours = {**server.environment, "APPWRITE_DATABASE_ID": server.database}
    command = (sys.executable, "-m", "raceday_daemon", "setup", "--json")
    with TemporaryDirectory() as folder:
        environment = os.environ | ours | {"RACEDAY_DATA_DIR": folder}
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    if server.stand_in:
        server.control.forget_traffic()


def tables_of(server: AppwriteServer) -> TablesDB:
    """Give the SDK as the daemon uses it, for callers that may block."""
    session = open_session(server.endpoint, 8)
    way = (server.endpoint, server.project, server.key)
    return TablesDB(FitClient(session, *way, connect_timeout_seconds=5.0, read_timeout_seconds=30.0))


@asynccontextmanager
async def way_to(server: AppwriteServer, **options: Any) -> AsyncIterator[Appwrite]:
    """Open the daemon's own way to the server."""
    async with open_appwrite(server.endpoint, server.project, server.key, server.database, **options) as appwrite:
        yield appwrite


def stored_rows(folder: Path, table: Table) -> dict[str, dict[str, Any]]:
    """Read a table of the working store as Appwrite would show it."""
    rows = named_rows(folder / FILE_NAME, f'SELECT * FROM "{table.sqlite_name}"')
    return {row.pop("id"): {column.name: _shown(column, row[column.name]) for column in table.columns} for row in rows}


def rows_there(server: AppwriteServer, table: Table) -> dict[str, dict[str, Any]]:
    """Read a table of the stand-in, its rows' values alone."""
    rows = server.control.rows(server.database, table.name)
    return {
        row["$id"]: {column.name: _shown(column, row.get(column.name)) for column in table.columns}
        for row in rows.values()
    }


def differences(folder: Path, server: AppwriteServer) -> dict[str, list[str]]:
    """Give, a table, the ids of rows that are not the same in the store and in Appwrite."""
    found = {}
    for table in SENT:
        here, there = stored_rows(folder, table), rows_there(server, table)
        wrong = sorted(row_id for row_id in here.keys() | there.keys() if here.get(row_id) != there.get(row_id))
        if wrong:
            found[table.name] = wrong
    return found


def _shown(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind is Kind.BOOLEAN:
        return bool(value)
    if column.kind is Kind.INSTANT:
        return datetime.fromisoformat(value)
    if column.kind is Kind.FLOAT:
        return float(value)
    return value
