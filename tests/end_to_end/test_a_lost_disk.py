"""A day half lived through when the working store is lost: with Appwrite it ends as if nothing had happened."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.forwarder import Forwarder
from raceday_daemon.appwrite.rules import RulesMirror
from raceday_daemon.appwrite.succession import Heir
from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.tasks import cut_off
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.appwrite_servers import AppwriteServer, an_appwrite_server
from tests.appwrite_tables import make_tables, way_to
from tests.fakes.clock import FakeClock
from tests.virtual_daemon import simulated_source, virtual_daemon
from tests.workbench import House, dump

BEGIN = datetime(2026, 2, 7, 1, tzinfo=UTC)
LOST_AT = BEGIN + timedelta(minutes=52, seconds=20)
END = BEGIN + timedelta(hours=4)
TABLES = (
    "meetings",
    "races",
    "entrants",
    "odds-history",
    "money-flow-history",
    "race-pools",
    "race-results",
    "big-bets",
)

Stored = dict[str, dict[str, dict[str, object]]]


@pytest.fixture
def plan() -> DayPlan:
    """Twelve races, in which everything happens that can: some are over, some near, some far when the store is lost."""
    return plan_of_starts(3, [BEGIN + timedelta(minutes=20 + 9 * place) for place in range(12)])


@pytest.fixture
def other_server() -> Iterator[AppwriteServer]:
    with an_appwrite_server(None) as server:
        yield server


@asynccontextmanager
async def sending(house: House, folder: Path, appwrite: Appwrite, outbox: Outbox) -> AsyncIterator[None]:
    """Send all that was queued before the block is left."""
    clock = SystemClock()
    forwarder = Forwarder(folder, house.store, appwrite, clock, outbox, 1_000_000)
    running = asyncio.create_task(forwarder.run())
    yield
    assert await forwarder.drain(60) == 0
    await cut_off(running)


async def live(folder: Path, url: str, clock: FakeClock, appwrite: Appwrite, until: datetime) -> None:
    """Let the daemon live until an instant, and all its rows arrive."""
    outbox = Outbox()
    async with (
        virtual_daemon(folder, url, clock, outbox=outbox) as daemon,
        sending(daemon.house, folder, appwrite, outbox),
    ):
        await daemon.run_until(until)


def lose_store(folder: Path) -> None:
    for file in folder.glob(f"{FILE_NAME}*"):
        file.unlink()


def forget_jobs(folder: Path) -> None:
    """Let the jobs run again, as they do where their checkpoints were lost with the store."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("DELETE FROM checkpoints")
        connection.commit()


async def refill(folder: Path, clock: FakeClock, appwrite: Appwrite) -> None:
    store = await open_working_store(folder)
    await Heir(appwrite, store, RulesMirror(appwrite, store, clock)).catch_up([racing_day(clock.now())])
    await store.close()


async def day(folder: Path, plan: DayPlan, server: AppwriteServer, *, loses_store: bool) -> Stored:
    """Live a day with a restart in the middle; give what is in Appwrite at the end."""
    make_tables(server)
    clock = FakeClock(BEGIN)
    async with simulated_source(plan, clock) as (_, url), way_to(server) as appwrite:
        await live(folder, url, clock, appwrite, LOST_AT)
        if loses_store:
            lose_store(folder)
            await refill(folder, clock, appwrite)
            assert dump(folder / FILE_NAME)["outbox"] == [], "what is taken over is not sent back"
        else:
            forget_jobs(folder)
        await live(folder, url, clock, appwrite, END)
    return {table: server.control.rows(server.database, table) for table in TABLES}


@pytest.mark.timeout(280)
async def test_the_day_ends_in_appwrite_as_an_undisturbed_one(
    tmp_path: Path, plan: DayPlan, appwrite_server: AppwriteServer, other_server: AppwriteServer
) -> None:
    whole = await day(tmp_path / "whole", plan, other_server, loses_store=False)
    lost = await day(tmp_path / "lost", plan, appwrite_server, loses_store=True)
    assert {table: len(rows) for table, rows in lost.items()} == {table: len(rows) for table, rows in whole.items()}
    for table in TABLES:
        assert differing(whole[table], lost[table]) == [], table


def differing(whole: dict[str, dict[str, object]], lost: dict[str, dict[str, object]]) -> list[str]:
    """Name the first few rows that are not the same."""
    return sorted(row_id for row_id in whole.keys() | lost.keys() if whole.get(row_id) != lost.get(row_id))[:5]
