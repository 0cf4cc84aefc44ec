"""The way to Appwrite, against the stand-in in a process of its own, with latency added to each answer.

The stand-in stores rows faster than a real server does, so what counts here are requests and round trips.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from sqlite3 import Connection
from time import perf_counter
from uuid import NAMESPACE_OID, uuid5

import pytest

from raceday_daemon.appwrite.connection import open_appwrite
from raceday_daemon.appwrite.forwarder import Forwarder
from raceday_daemon.model.changes import Record
from raceday_daemon.model.market import OddsPoint
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.appwrite_servers import Access, AppwriteServer
from tests.appwrite_tables import make_tables
from tests.benchmarks.conftest import Tell
from tests.builders import entrant, later, meeting, money_point, pools, race
from tests.fakes.appwrite import standing_in_beside

LATENCIES_MS = (0, 5, 50)
CHANGE_SETS = 10_000
DATABASE = "bench"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[AppwriteServer]:
    with standing_in_beside() as stand_in:
        server = AppwriteServer(Access(stand_in.endpoint, stand_in.project, stand_in.key), DATABASE, stand_in)
        make_tables(server)
        yield server


class Way:
    """A store and its forwarder."""

    def __init__(self, store: Database, forwarder: Forwarder, outbox: Outbox, server: AppwriteServer) -> None:
        self.store = store
        self.forwarder = forwarder
        self.outbox = outbox
        self.server = server

    async def write(self, records: Sequence[Record]) -> None:
        sending = self.outbox.sending(SystemClock().now(), is_patient=False)
        await self.store.transaction(lambda connection: write(connection, records, sending))
        self.outbox.ring()

    async def write_each(self, change_sets: Sequence[Sequence[Record]]) -> None:
        """Queue ChangeSets one by one, in one transaction: what is measured is their way, not their writing."""
        sending = self.outbox.sending(SystemClock().now(), is_patient=False)

        def work(connection: Connection) -> None:
            for records in change_sets:
                write(connection, records, sending)

        await self.store.transaction(work)

    async def arrived(self) -> None:
        while (await self.forwarder.state()).waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def requests(self) -> int:
        count = sum(self.server.control.requests.values())
        self.server.control.forget_traffic()
        return count


@asynccontextmanager
async def a_way(folder: Path, server: AppwriteServer) -> AsyncIterator[Way]:
    store, outbox = await open_working_store(folder), Outbox()
    async with open_appwrite(server.endpoint, server.project, server.key, DATABASE) as appwrite:
        forwarder = Forwarder(folder, store, appwrite, SystemClock(), outbox, 10_000_000)
        running = asyncio.create_task(forwarder.run())
        way = Way(store, forwarder, outbox, server)
        await way.write([meeting()])
        await way.arrived()
        yield way
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await store.close()


def poll_of(runners: int, turn: int, number: int = 1) -> list[Record]:
    """Give what a poll writes in which every price and every amount changed."""
    race_id = str(uuid5(NAMESPACE_OID, f"race {number}"))
    entrants = [
        replace(
            entrant(one),
            entrant_id=str(uuid5(NAMESPACE_OID, f"{number} {one}")),
            race_id=race_id,
            fixed_win_odds=turn + one,
        )
        for one in range(1, runners + 1)
    ]
    at = later(turn * 15)
    odds = [
        OddsPoint(
            entrant_id=one.entrant_id,
            race_id=race_id,
            type=kind,
            odds=turn + 1.5,
            event_timestamp=at,
            time_to_start_seconds=60,
        )
        for one in entrants
        for kind in ("fixed_win", "fixed_place", "pool_win", "pool_place")
    ]
    money = [
        replace(money_point(), entrant_id=one.entrant_id, race_id=race_id, event_timestamp=at, polling_timestamp=at)
        for one in entrants
    ]
    one_race = replace(race(), race_id=race_id, last_poll_time=at)
    return [one_race, *entrants, replace(pools(), race_id=race_id, win_pool_total=turn), *odds, *money]


@pytest.mark.parametrize("latency_ms", LATENCIES_MS)
@pytest.mark.parametrize("runners", [8, 20])
async def test_one_poll(tmp_path: Path, server: AppwriteServer, tell: Tell, runners: int, latency_ms: int) -> None:
    async with a_way(tmp_path, server) as way:
        await way.write(poll_of(runners, 0))
        await way.arrived()
        server.control.latency_ms(latency_ms)
        way.requests()
        times = []
        for turn in range(1, 12):
            began = perf_counter()
            await way.write(poll_of(runners, turn))
            await way.arrived()
            times.append(perf_counter() - began)
        each = way.requests() / len(times)
        tell(
            f"one poll of {runners} runners, {latency_ms} ms: {each:g} requests",
            sorted(times)[5] * 1000,
            "ms",
            "3 requests at most",
        )


@pytest.mark.parametrize("latency_ms", LATENCIES_MS)
async def test_five_races_at_once(tmp_path: Path, server: AppwriteServer, tell: Tell, latency_ms: int) -> None:
    async with a_way(tmp_path, server) as way:
        server.control.latency_ms(latency_ms)
        way.requests()
        times = []
        for turn in range(1, 12):
            began = perf_counter()
            await asyncio.gather(*(way.write(poll_of(8, turn, number)) for number in range(5)))
            await way.arrived()
            times.append(perf_counter() - began)
        each = way.requests() / len(times)
        tell(
            f"five races of 8 at once, {latency_ms} ms: {each:.1f} requests",
            sorted(times)[5] * 1000,
            "ms",
            "shared requests",
        )


@pytest.mark.parametrize("latency_ms", LATENCIES_MS)
async def test_catching_up(tmp_path: Path, server: AppwriteServer, tell: Tell, latency_ms: int) -> None:
    async with a_way(tmp_path, server) as way:
        server.control.down()
        for turn in range(CHANGE_SETS // 40):
            await way.write_each([poll_of(8, turn, number)[:20] for number in range(40)])
        waiting = (await way.forwarder.state()).waiting
        server.control.up()
        server.control.latency_ms(latency_ms)
        way.requests()
        while (await way.forwarder.status()).failing_since:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        began = perf_counter()
        await way.arrived()
        seconds = perf_counter() - began
        tell(
            f"{CHANGE_SETS:,} queued ChangeSets, {waiting:,} rows, {latency_ms} ms: {way.requests()} requests",
            seconds,
            "s",
            "faster than real time",
        )
