"""Leases in Appwrite: one holder, seen by all machines, whatever their clocks show and whichever answers are lost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.leases import AppwriteLeases
from raceday_daemon.model.appwrite_errors import AppwriteAwayError, AppwriteError
from raceday_daemon.model.errors import HeldElsewhereError, LeaseLostError
from raceday_daemon.model.lease import Lease, LeaseTerms, Taken
from raceday_daemon.store.rows import instant_text
from tests.appwrite_servers import AppwriteServer
from tests.fakes.clock import FakeClock

TERMS = LeaseTerms(lease_id="daily-meetings-lock", heartbeat_seconds=120, stale_seconds=300)


def never(_lease: Lease) -> bool:
    return False


@pytest.fixture
def server(appwrite_server: AppwriteServer, appwrite: Appwrite) -> AppwriteServer:
    return appwrite_server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class Machine:
    """A machine with a clock of its own, on the one Appwrite."""

    def __init__(self, appwrite: Appwrite, name: str, clock: FakeClock) -> None:
        self.name, self.clock = name, clock
        self.leases = AppwriteLeases(appwrite, clock)

    async def take(self, run: str = "a run") -> Taken:
        return await self.leases.take(TERMS, f"{self.name}/7/space/boot", f"{run} of {self.name}", never)

    async def is_refused(self) -> bool:
        try:
            await self.leases.refuse_if_held(TERMS, never)
        except HeldElsewhereError:
            return True
        return False


@pytest.fixture
def north(appwrite: Appwrite, clock: FakeClock) -> Machine:
    return Machine(appwrite, "north", clock)


@pytest.fixture
def south(appwrite: Appwrite, clock: FakeClock) -> Machine:
    return Machine(appwrite, "south", clock)


def rows(server: AppwriteServer) -> dict[str, dict[str, Any]]:
    listed = server.send("GET", f"/tablesdb/{server.database}/tables/function-locks/rows").json()
    return {row["$id"]: row for row in listed["rows"]}


async def test_the_first_to_come_takes_it_and_the_second_is_told_who_and_since_when(
    north: Machine, south: Machine, server: AppwriteServer
) -> None:
    taken = await north.take()
    assert (taken.lease.epoch, taken.before) == (1, None)
    with pytest.raises(HeldElsewhereError, match=r"held by north/7/space/boot since 2025-07-17T00:00:00\.") as error:
        await south.take()
    assert error.value.lease.execution_id == "a run of north"
    assert list(rows(server)) == ["daily-meetings-lock.1"]


async def test_of_many_that_come_at_the_same_moment_exactly_one_has_it(appwrite: Appwrite, clock: FakeClock) -> None:
    machines = [Machine(appwrite, f"machine-{number}", clock) for number in range(6)]
    outcomes = await asyncio.gather(*(one.take() for one in machines), return_exceptions=True)
    assert len([one for one in outcomes if isinstance(one, Taken)]) == 1
    assert len([one for one in outcomes if isinstance(one, HeldElsewhereError)]) == 5


async def test_a_released_lease_is_free_and_its_row_stays(
    north: Machine, south: Machine, server: AppwriteServer
) -> None:
    first = (await north.take()).lease
    await north.leases.release(first)
    taken = await south.take()
    assert (taken.lease.epoch, taken.before and taken.before.execution_id) == (2, "a run of north")
    assert rows(server)["daily-meetings-lock.1"]["status"] == "released"


async def test_a_heartbeat_goes_into_the_epoch_and_into_the_copy_for_people(
    north: Machine, south: Machine, server: AppwriteServer, clock: FakeClock
) -> None:
    lease = (await north.take()).lease
    clock.advance(120)
    await north.leases.beat(lease, TERMS, "40 of 96 done")
    found = rows(server)
    for row_id in ("daily-meetings-lock", "daily-meetings-lock.1"):
        assert (found[row_id]["progress"], found[row_id]["epoch"]) == ("40 of 96 done", 1)
        assert found[row_id]["lastHeartbeat"] == "2025-07-17T00:02:00.000+00:00"
        assert found[row_id]["expiresAt"] == "2025-07-17T00:07:00.000+00:00"
    with pytest.raises(HeldElsewhereError, match="40 of 96 done"):
        await south.take()


async def test_a_former_holder_neither_beats_nor_releases_the_new_epoch(
    north: Machine, south: Machine, server: AppwriteServer, clock: FakeClock
) -> None:
    former = (await north.take()).lease
    assert await south.is_refused()
    clock.advance(301)
    await south.take()
    for step in (north.leases.beat(former, TERMS, ""), north.leases.release(former)):
        with pytest.raises(LeaseLostError, match="taken over by south"):
            await step
    found = rows(server)
    assert (found["daily-meetings-lock.2"]["status"], found["daily-meetings-lock.1"]["status"]) == ("held", "held")
    assert "daily-meetings-lock" not in found, "the copy is the newest holder's alone"


async def test_only_the_last_two_epochs_are_kept(north: Machine, server: AppwriteServer) -> None:
    for number in range(4):
        await north.leases.release((await north.take(f"run {number}")).lease)
    assert sorted(rows(server)) == ["daily-meetings-lock", "daily-meetings-lock.3", "daily-meetings-lock.4"]


async def test_a_heartbeat_and_a_look_that_was_made_before_are_told_their_own_epoch_alone(
    north: Machine, south: Machine, appwrite: Appwrite, server: AppwriteServer, clock: FakeClock
) -> None:
    others = AppwriteLeases(appwrite, clock)
    for number in range(4):
        other = LeaseTerms(lease_id=f"another-{number}", heartbeat_seconds=120, stale_seconds=300)
        await others.take(other, "somebody/1/x/y", "a run", never)
    await north.leases.release((await north.take("first")).lease)
    lease = (await north.take("second")).lease
    assert await south.is_refused()
    server.control.forget_traffic()
    await north.leases.beat(lease, TERMS, "")
    assert server.control.read == {"function-locks": 1}
    assert await south.is_refused()
    assert server.control.read == {"function-locks": 2}


async def test_a_look_finds_the_newest_epoch_however_many_have_come_and_gone_since_the_last_one(
    north: Machine, south: Machine, appwrite: Appwrite, clock: FakeClock
) -> None:
    await north.take("first")
    assert await south.is_refused()
    other = Machine(appwrite, "other", clock)
    clock.advance(301)
    assert not await south.is_refused()
    for number in range(12):
        taken = await other.leases.take(TERMS, "other/1/x/y", f"run {number}", lambda _: True)
        await other.leases.release(taken.lease)
    last = await other.leases.take(TERMS, "other/1/x/y", "the last", never)
    with pytest.raises(HeldElsewhereError) as error:
        await south.leases.refuse_if_held(TERMS, never)
    assert error.value.lease.epoch == last.lease.epoch == 14


async def test_other_leases_and_strange_rows_do_not_count(north: Machine, server: AppwriteServer) -> None:
    instants = dict.fromkeys(("startTime", "lastHeartbeat", "expiresAt"), instant_text(FakeClock().now()))
    data = {"executionId": "x", "owner": "somebody", "epoch": 99, "status": "held", **instants}
    for row_id in ("daily-meetings-lock", "daily-meetings-lock.x", "daily-meetings-lock.0", "daily-races-lock.7"):
        path = f"/tablesdb/{server.database}/tables/function-locks/rows"
        assert server.send("POST", path, {"rowId": row_id, "data": data}).status_code == 201
    assert (await north.take()).lease.epoch == 1


class TestClocksThatDiffer:
    async def test_a_holder_that_shows_signs_is_never_taken_over_whatever_its_clock_shows(
        self, appwrite: Appwrite, south: Machine, clock: FakeClock
    ) -> None:
        for hours in (-0.05, 2):
            theirs = FakeClock(clock.now() + timedelta(hours=hours))
            holder = Machine(appwrite, f"off by {hours} h".replace(" ", "-"), theirs)
            lease = (await holder.take()).lease
            for _ in range(6):
                assert await south.is_refused()
                for each in (clock, theirs):
                    each.advance(120)
                await holder.leases.beat(lease, TERMS, "")
            await holder.leases.release(lease)

    async def test_one_without_a_new_sign_for_the_stale_time_is_silent_by_the_contenders_own_clock(
        self, appwrite: Appwrite, south: Machine, clock: FakeClock
    ) -> None:
        await Machine(appwrite, "ahead", FakeClock(clock.now() + timedelta(hours=2))).take()
        assert await south.is_refused()
        clock.advance(300)
        assert await south.is_refused()
        clock.advance(1)
        assert (await south.take()).lease.epoch == 2

    async def test_a_sign_that_is_older_than_clocks_may_explain_counts_at_once(
        self, appwrite: Appwrite, south: Machine, clock: FakeClock
    ) -> None:
        await Machine(appwrite, "long gone", FakeClock(clock.now() - timedelta(seconds=601))).take()
        assert (await south.take()).lease.epoch == 2

    async def test_but_not_after_a_failure_that_the_holder_may_have_met_too(
        self, appwrite: Appwrite, server: AppwriteServer, south: Machine, clock: FakeClock
    ) -> None:
        await Machine(appwrite, "north", FakeClock(clock.now() - timedelta(seconds=601))).take()
        server.control.fault(status=503, times=1)
        with pytest.raises(AppwriteAwayError):
            await south.take()
        assert await south.is_refused()
        clock.advance(200)
        assert await south.is_refused()
        server.control.fault(status=503, times=1)
        with pytest.raises(AppwriteAwayError):
            await south.take()
        clock.advance(200)
        assert await south.is_refused(), "what was seen before the failure counts no more"
        clock.advance(301)
        assert not await south.is_refused()


class TestAnswersThatAreLost:
    @pytest.mark.parametrize("kind", ["reset", "garbage"])
    async def test_a_lease_that_was_had_without_knowing_it_is_taken_by_the_same_run_again(
        self, north: Machine, server: AppwriteServer, kind: Any
    ) -> None:
        server.control.fault(kind=kind, method="POST", path="/rows", applied=True, times=1)
        with pytest.raises(AppwriteError):
            await north.take()
        taken = await north.take()
        assert (taken.lease.epoch, taken.before) == (1, None)

    async def test_somebody_who_looked_long_ago_and_creates_an_epoch_that_was_removed_since_does_not_have_it(
        self, north: Machine, south: Machine, server: AppwriteServer
    ) -> None:
        await north.leases.release((await north.take("first")).lease)
        for number in range(3):
            last = await north.take(f"run {number}")
            if number < 2:
                await north.leases.release(last.lease)
        assert last.lease.epoch == 4
        before = await south.leases._epochs(TERMS.lease_id)
        assert [one.epoch for one in before] == [3, 4]
        stale = Lease(**{**{f: getattr(last.lease, f) for f in last.lease.__slots__}, "epoch": 1, "status": "released"})
        south.leases.refuse_if_held = lambda *_: _given(stale)  # type: ignore[method-assign]
        with pytest.raises(HeldElsewhereError, match="north"):
            await south.take()

    async def test_a_row_that_somebody_removed_ends_the_holding(self, north: Machine, server: AppwriteServer) -> None:
        lease = (await north.take()).lease
        server.send("DELETE", f"/tablesdb/{server.database}/tables/function-locks/rows/daily-meetings-lock.1")
        with pytest.raises(LeaseLostError, match="somebody has removed it"):
            await north.leases.beat(lease, TERMS, "")


async def _given(lease: Lease) -> Lease:
    return lease


async def test_a_refusal_takes_one_request_and_a_heartbeat_two(
    north: Machine, south: Machine, server: AppwriteServer
) -> None:
    lease = (await north.take()).lease
    server.control.forget_traffic()
    assert await south.is_refused()
    assert server.control.requests.total() == 1
    await north.leases.beat(lease, TERMS, "")
    assert server.control.requests.total() == 3
