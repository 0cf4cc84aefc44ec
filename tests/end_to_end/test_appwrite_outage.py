"""An hour of racing while Appwrite is down, throttles and flaps in turn, and the daemon is killed in the middle."""

import asyncio
import shutil
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.schema import MONEY_FLOW_HISTORY, Table
from raceday_daemon.store.working_store import FILE_NAME
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import SENT, differences, make_tables, rows_there
from tests.auditor.audit import audit
from tests.auditor.written import WrittenAnswers
from tests.end_to_end.beside import MOST_SECONDS, assert_files_are_sound, until
from tests.end_to_end.test_killed_days import BEGIN, last_sign, size_of, started
from tests.fakes.appwrite import Control
from tests.fakes.scaled_process import day_of

SEED, SPEED = 3, 240
PHASE_SECONDS = 2.5


async def down(control: Control) -> None:
    control.down()
    await asyncio.sleep(PHASE_SECONDS)
    control.up()


async def throttled(control: Control) -> None:
    control.fault(status=429, retry_after=1, every=2)
    await asyncio.sleep(PHASE_SECONDS)
    control.behave()


async def flapping(control: Control) -> None:
    control.fault(status=500, every=3, applied=True)
    control.fault(kind="reset", every=4)
    control.latency_ms(20)
    await asyncio.sleep(PHASE_SECONDS)
    control.behave()


PHASES: list[Callable[[Control], Awaitable[None]]] = [down, throttled, flapping]


@pytest.mark.timeout(300)
async def test_nothing_is_lost_or_doubled_or_out_of_order(
    tmp_path: Path, appwrite_server: AppwriteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, plan = appwrite_server, day_of(SEED)
    make_tables(server)
    for name, value in {**server.environment, "APPWRITE_DATABASE_ID": server.database}.items():
        monkeypatch.setenv(name, value)
    end = plan.over_at + timedelta(minutes=45)
    process = await started(tmp_path, SEED, BEGIN, end, SPEED)
    await until(lambda: size_of(tmp_path / "served.jsonl") > 0)
    for phase in PHASES:
        await phase(server.control)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    again = last_sign(tmp_path, BEGIN) + timedelta(minutes=1)
    process = await started(tmp_path, SEED, again, end, SPEED)
    for phase in PHASES:
        await phase(server.control)
    assert await asyncio.wait_for(process.wait(), 3 * MOST_SECONDS) == 0
    assert_files_are_sound(tmp_path / "data")
    assert {429, 500} <= server.control.statuses.keys()
    assert len(rows_there(server, MONEY_FLOW_HISTORY)) > 500
    assert differences(tmp_path / "data", server) == {}
    answers = WrittenAnswers(tmp_path / "served.jsonl", plan)
    assert audit(what_arrived(server, tmp_path), answers, until=end) == []
    outbox = "SELECT count(*) FROM outbox"
    with closing(sqlite3.connect(tmp_path / "data" / FILE_NAME)) as connection:
        assert connection.execute(outbox).fetchone() == (0,)


def what_arrived(server: AppwriteServer, folder: Path) -> Path:
    """Give a data folder whose tables hold what Appwrite has."""
    copy = folder / "arrived"
    shutil.copytree(folder / "data", copy)
    with closing(sqlite3.connect(copy / FILE_NAME)) as connection, connection:
        for table in SENT:
            put_back(connection, server, table)
    return copy


def put_back(connection: sqlite3.Connection, server: AppwriteServer, table: Table) -> None:
    names = ["id", *(column.name for column in table.columns)]
    places = ", ".join("?" * len(names))
    connection.execute(f'DELETE FROM "{table.sqlite_name}"')
    for row_id, row in rows_there(server, table).items():
        values = [row_id, *(as_kept(row[name]) for name in names[1:])]
        connection.execute(f'INSERT INTO "{table.sqlite_name}" VALUES ({places})', values)


def as_kept(value: Any) -> Any:
    """Give a value as SQLite keeps it."""
    return instant_text(value) if isinstance(value, datetime) else value
