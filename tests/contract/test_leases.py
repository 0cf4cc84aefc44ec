"""A lease has one holder, who shows that it lives; a silent or dead one is followed by exactly one other."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.model.errors import JobTimeoutError, LeaseHeldError, LeaseLostError
from raceday_daemon.model.lease import HELD, LEASE_OF_JOB, RELEASED, Lease, LeaseTerms, is_silent
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.identity import owner_of_this_process
from raceday_daemon.store.leases import beat, check_lease, newest_lease, release_lease, take_lease
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.builders import NOW, later
from tests.workbench import rows

TERMS = LeaseTerms(lease_id="daily-meetings-lock", heartbeat_seconds=0.02, stale_seconds=300, limit_seconds=None)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


async def take(store: Database, owner: str, now: datetime = NOW, ended: tuple[str, ...] = ()) -> Lease:
    return await store.transaction(
        lambda connection: take_lease(connection, TERMS, owner, f"run of {owner}", now, lambda one: one in ended)
    )


async def newest(store: Database) -> Lease:
    lease = await store.transaction(partial(newest_lease, lease_id=TERMS.lease_id))
    assert lease is not None
    return lease


class TestTaking:
    async def test_the_first_to_come_takes_it_and_the_second_is_told_who_and_since_when(self, store: Database) -> None:
        first = await take(store, "north/7/x")
        assert (first.epoch, first.status) == (1, HELD)
        with pytest.raises(LeaseHeldError, match=r"held by north/7/x since 2025-07-17T00:40:01\.500Z; .* heard of at"):
            await take(store, "south/8/y", later(299, NOW))
        assert await newest(store) == first

    async def test_a_silent_holder_is_followed_by_the_next_epoch(self, store: Database) -> None:
        await take(store, "north/7/x")
        second = await take(store, "south/8/y", later(301, NOW))
        assert (second.epoch, second.owner) == (2, "south/8/y")
        with pytest.raises(LeaseHeldError, match="south"):
            await take(store, "west/9/z", later(302, NOW))

    async def test_a_holder_of_this_machine_that_has_ended_is_followed_at_once(self, store: Database) -> None:
        await take(store, "north/7/x")
        assert (await take(store, "south/8/y", later(1, NOW), ended=("north/7/x",))).epoch == 2

    async def test_a_released_lease_is_free_and_its_row_stays(self, store: Database) -> None:
        first = await take(store, "north/7/x")
        await store.transaction(partial(release_lease, lease=first))
        assert (await newest(store)).status == RELEASED
        assert (await take(store, "south/8/y", later(1, NOW))).epoch == 2

    async def test_heartbeats_keep_it_and_tell_the_next_one_how_far_the_work_is(self, store: Database) -> None:
        lease = await take(store, "north/7/x")
        await store.transaction(lambda c: beat(c, lease, TERMS, later(290, NOW), "40 of 96 done, 0 failed"))
        with pytest.raises(LeaseHeldError, match="40 of 96 done"):
            await take(store, "south/8/y", later(589, NOW))
        assert (await take(store, "south/8/y", later(591, NOW))).epoch == 2

    async def test_only_the_last_two_epochs_are_kept(self, store: Database, tmp_path: Path) -> None:
        for turn in range(4):
            lease = await take(store, f"north/{turn}/x", later(1_000 * turn, NOW))
        await store.transaction(lambda c: beat(c, lease, TERMS, later(3_001, NOW), ""))
        assert rows(tmp_path / "raceday.db", "SELECT id FROM leases ORDER BY epoch") == [
            ("daily-meetings-lock.3",),
            ("daily-meetings-lock.4",),
        ]


class TestBeingTakenOver:
    async def test_the_former_holder_neither_beats_nor_writes_nor_releases_the_new_epoch(self, store: Database) -> None:
        former = await take(store, "north/7/x")
        await take(store, "south/8/y", later(301, NOW))
        for step in (
            lambda c: beat(c, former, TERMS, later(302, NOW), ""),
            lambda c: check_lease(c, former),
        ):
            with pytest.raises(LeaseLostError, match="taken over by south/8/y"):
                await store.transaction(step)
        await store.transaction(partial(release_lease, lease=former))
        assert ((await newest(store)).epoch, (await newest(store)).status) == (2, HELD)

    async def test_its_work_is_cancelled_wherever_it_waits(self, store: Database) -> None:
        async def work() -> None:
            async with LeaseKeeper(store, SystemClock()).held(TERMS, lambda: "waiting"):
                await take(store, "south/8/y", SystemClock().now(), ended=(owner_of_this_process(),))
                await asyncio.sleep(30)

        with pytest.raises(LeaseLostError, match="nothing is done twice"):
            await work()


class TestHolding:
    async def test_the_work_is_done_under_the_lease_which_is_let_go_at_the_end(self, store: Database) -> None:
        keeper, asked, asked_again = LeaseKeeper(store, SystemClock()), asyncio.Event(), asyncio.Event()

        def progress() -> str:
            (asked_again if asked.is_set() else asked).set()
            return "half done"

        async with keeper.held(TERMS, progress) as lease:
            assert (lease.status, lease.owner) == (HELD, owner_of_this_process())
            await asked_again.wait()
            assert (await newest(store)).progress == "half done"
            with pytest.raises(LeaseHeldError):
                await keeper.refuse_if_held(TERMS)
        assert (await newest(store)).status == RELEASED
        await keeper.refuse_if_held(TERMS)

    async def test_work_that_fails_lets_it_go_too(self, store: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            async with LeaseKeeper(store, SystemClock()).held(TERMS, str):
                raise ZeroDivisionError
        assert (await newest(store)).status == RELEASED

    async def test_past_its_limit_the_work_is_cancelled(self, store: Database) -> None:
        brief = replace(TERMS, limit_seconds=0.05)
        with pytest.raises(JobTimeoutError, match=r"after 0.05 s, as daily-meetings-lock says"):
            async with LeaseKeeper(store, SystemClock()).held(brief, str):
                await asyncio.sleep(30)
        assert (await newest(store)).status == RELEASED

    async def test_a_heartbeat_that_cannot_be_written_does_not_stop_the_work(
        self, store: Database, tmp_path: Path
    ) -> None:
        await store.transaction(lambda connection: None)
        other = sqlite3.connect(tmp_path / "raceday.db", isolation_level=None)
        async with LeaseKeeper(store, SystemClock()).held(TERMS, str):
            await store.transaction(lambda connection: connection.execute("DROP TABLE leases").close())
            await asyncio.sleep(0.1)
            other.execute(
                "CREATE TABLE leases (id TEXT, leaseId TEXT, epoch INTEGER, executionId TEXT, owner TEXT,"
                " startTime TEXT, lastHeartbeat TEXT, expiresAt TEXT, status TEXT, progress TEXT)"
            )
            other.close()


def test_every_job_has_the_terms_that_the_operations_page_promises() -> None:
    assert {job: (t.heartbeat_seconds, t.stale_seconds, t.limit_seconds) for job, t in LEASE_OF_JOB.items()} == {
        "meetings": (120, 300, 780),
        "races": (90, 360, 780),
        "entrants": (60, 180, None),
        "refresh": (60, 180, 780),
        "statuses": (120, 240, 270),
    }


@given(st.integers(-100_000, 100_000))
def test_a_holder_is_silent_when_its_last_sign_is_too_old_or_too_far_in_the_future(seconds: int) -> None:
    lease = Lease(lease_id="any", epoch=1, execution_id="x", owner="y", start_time=NOW, last_heartbeat=NOW, status=HELD)
    assert is_silent(lease, TERMS, NOW + timedelta(seconds=seconds)) is (abs(seconds) > TERMS.stale_seconds)
