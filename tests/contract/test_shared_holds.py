"""A lease held on this machine and in Appwrite at once: refused by either, and without Appwrite had locally."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.appwrite.leases import AppwriteLeases
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.model.errors import HeldElsewhereError, LeaseHeldError, LeaseLostError
from raceday_daemon.model.lease import Lease, LeaseTerms
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.working_store import open_working_store
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import make_tables, way_to
from tests.end_to_end.beside import until
from tests.workbench import rows

TERMS = LeaseTerms(lease_id="daily-meetings-lock", heartbeat_seconds=0.05, stale_seconds=300)
ELSEWHERE = "another-machine/7/space/boot"


@pytest.fixture
async def shared(appwrite_server: AppwriteServer) -> AsyncIterator[AppwriteLeases]:
    make_tables(appwrite_server)
    async with way_to(appwrite_server, read_timeout_seconds=2.0) as appwrite:
        yield AppwriteLeases(appwrite, SystemClock())


@pytest.fixture
async def keeper(tmp_path: Path, shared: AppwriteLeases) -> AsyncIterator[LeaseKeeper]:
    store = await open_working_store(tmp_path)
    yield LeaseKeeper(store, SystemClock(), shared=shared)
    await store.close()


def local(tmp_path: Path) -> list[Any]:
    return [status for (status,) in rows(tmp_path / "raceday.db", "SELECT status FROM leases ORDER BY epoch")]


def remote(server: AppwriteServer) -> dict[str, Any]:
    return {row["$id"]: row["status"] for row in server.control.rows(server.database, "function-locks").values()}


async def elsewhere(shared: AppwriteLeases) -> Lease:
    return (await shared.take(TERMS, ELSEWHERE, "its run", lambda _: False)).lease


async def test_both_are_held_beaten_and_let_go(
    keeper: LeaseKeeper, appwrite_server: AppwriteServer, tmp_path: Path
) -> None:
    async with keeper.held(TERMS, lambda: "half done"):
        assert (local(tmp_path), remote(appwrite_server)) == (["held"], {"daily-meetings-lock.1": "held"})
        await until(lambda: "daily-meetings-lock" in remote(appwrite_server))
        (row,) = rows(tmp_path / "raceday.db", "SELECT progress, executionId FROM leases")
        there = appwrite_server.control.rows(appwrite_server.database, "function-locks")["daily-meetings-lock.1"]
        assert row == (there["progress"], there["executionId"]) == ("half done", row[1])
    assert local(tmp_path) == ["released"]
    assert remote(appwrite_server) == dict.fromkeys(("daily-meetings-lock", "daily-meetings-lock.1"), "released")


async def test_one_that_is_held_elsewhere_is_refused_with_who_and_the_local_one_is_free_again(
    keeper: LeaseKeeper, shared: AppwriteLeases, tmp_path: Path
) -> None:
    await elsewhere(shared)
    with pytest.raises(HeldElsewhereError, match="held by another-machine/7/space/boot since"):
        await keeper.refuse_if_held(TERMS)
    with pytest.raises(HeldElsewhereError, match="held by another-machine/7/space/boot since"):
        async with keeper.held(TERMS, str):
            pytest.fail("it was had")
    assert local(tmp_path) == ["released"]


async def test_one_that_is_held_on_this_machine_is_refused_without_asking_appwrite(
    keeper: LeaseKeeper, appwrite_server: AppwriteServer
) -> None:
    async with keeper.held(TERMS, str):
        requests = appwrite_server.control.requests.total()
        with pytest.raises(LeaseHeldError):
            await keeper.refuse_if_held(TERMS)
        assert appwrite_server.control.requests.total() - requests < 3


async def test_without_appwrite_the_local_one_does_and_the_other_is_taken_once_it_can_be(
    keeper: LeaseKeeper, appwrite_server: AppwriteServer
) -> None:
    appwrite_server.control.down()
    async with keeper.held(TERMS, str):
        await asyncio.sleep(0.2)
        appwrite_server.control.up()
        await until(lambda: remote(appwrite_server).get("daily-meetings-lock.1") == "held")
        # The server has it a moment before its answer is here.
        await asyncio.sleep(0.5)
    assert remote(appwrite_server)["daily-meetings-lock.1"] == "released"


async def test_work_begun_without_appwrite_stops_when_it_turns_out_to_be_done_elsewhere(
    keeper: LeaseKeeper, shared: AppwriteLeases, appwrite_server: AppwriteServer, tmp_path: Path
) -> None:
    await elsewhere(shared)
    appwrite_server.control.down()

    async def work() -> None:
        async with keeper.held(TERMS, str):
            appwrite_server.control.up()
            await asyncio.sleep(30)

    with pytest.raises(LeaseLostError, match=r"held by another-machine.*nothing is done twice"):
        await work()
    assert local(tmp_path) == ["released"]


async def test_work_that_is_taken_over_elsewhere_is_cancelled_wherever_it_waits(
    keeper: LeaseKeeper, shared: AppwriteLeases, appwrite_server: AppwriteServer
) -> None:
    async def work() -> None:
        async with keeper.held(TERMS, str):
            await shared.take(TERMS, ELSEWHERE, "its run", lambda _: True)
            await asyncio.sleep(30)

    with pytest.raises(LeaseLostError, match="taken over by another-machine"):
        await work()
    assert remote(appwrite_server)["daily-meetings-lock.2"] == "held"


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 401}, {"kind": "stall"}], ids=str)
async def test_an_outage_in_the_middle_stops_no_work(
    keeper: LeaseKeeper, appwrite_server: AppwriteServer, fault: dict[str, Any]
) -> None:
    async with keeper.held(TERMS, str):
        appwrite_server.control.fault(**fault)
        await asyncio.sleep(0.3)
        appwrite_server.control.behave()
        # A call that stalls ends by its timeout; the next one gets through.
        await until(lambda: "daily-meetings-lock" in remote(appwrite_server))
