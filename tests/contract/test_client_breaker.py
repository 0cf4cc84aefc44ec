"""While the source is away it is left alone: no call is made, until one finds it back."""

import asyncio
from collections.abc import Iterator

import pytest
import stamina

from raceday_daemon.model.errors import BreakerOpenError, MisfitError, NotFoundError, SourceFaultError
from raceday_daemon.nztab.breaker import FAILURES_TO_OPEN, REST_SECONDS
from raceday_daemon.nztab.lanes import Lane, daily_lane, poll_lane
from tests.fakes.answering_server import Gate, Way, fails, never, sends, way_to_a_server

DAILY, POLL = daily_lane(0), poll_lane(0)


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    """Leave out the waits between tries; as many are made as ever."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


async def fail(way: Way, times: int = FAILURES_TO_OPEN) -> None:
    for _ in range(times):
        with pytest.raises(SourceFaultError):
            await way.client().get("/meetings", {})


async def test_after_five_failures_in_a_row_no_call_is_made() -> None:
    async with way_to_a_server(fails(503)) as (way, server):
        client = way.client(DAILY)
        for _ in range(FAILURES_TO_OPEN):
            with pytest.raises(SourceFaultError):
                await client.get("/meetings", {})
        for _ in range(3):
            with pytest.raises(BreakerOpenError):
                await client.get("/meetings", {})
        tries = FAILURES_TO_OPEN * DAILY.attempts
        assert (len(server.requests), client.calls) == (tries, tries), "a call counts once, however often it is tried"


async def test_after_its_rest_one_call_finds_the_source_back() -> None:
    async with way_to_a_server(*[fails(503)] * FAILURES_TO_OPEN, sends("{}")) as (way, _):
        await fail(way)
        way.clock.advance(REST_SECONDS)
        assert await way.client().get("/meetings", {}) == b"{}"
        assert way.breaker.state == "closed"


async def test_after_its_rest_a_failed_call_opens_it_again() -> None:
    async with way_to_a_server(fails(503)) as (way, _):
        await fail(way)
        way.clock.advance(REST_SECONDS)
        with pytest.raises(SourceFaultError):
            await way.client(DAILY).get("/meetings", {})
        assert way.breaker.state == "open"


async def test_a_source_that_answers_at_all_is_there() -> None:
    html = sends("<p>", content_type="text/html")
    async with way_to_a_server(*[*[fails(503)] * 4, fails(404), *[fails(503)] * 4, html, fails(503)]) as (way, _):
        for kind in [*[SourceFaultError] * 4, NotFoundError, *[SourceFaultError] * 4, MisfitError]:
            with pytest.raises(kind):
                await way.client().get("/meetings", {})
        assert way.breaker.state == "closed"


async def test_two_callers_share_the_breaker_and_count_their_own_calls() -> None:
    async with way_to_a_server(fails(503)) as (way, server):
        job, poll = way.client(DAILY), way.client(POLL)
        for client in (job, poll, job, poll, poll):
            with pytest.raises(SourceFaultError):
                await client.get("/meetings", {})
        for client in (job, poll):
            with pytest.raises(BreakerOpenError):
                await client.get("/meetings", {})
        assert (job.calls, poll.calls, len(server.requests)) == (6, 3, 9)


async def test_while_one_call_tries_the_others_are_refused() -> None:
    gate = Gate(sends("{}"))
    async with way_to_a_server(*[fails(503)] * FAILURES_TO_OPEN, gate) as (way, server):
        await fail(way)
        way.clock.advance(REST_SECONDS)
        trying = asyncio.create_task(way.client().get("/meetings", {}))
        await gate.reached.wait()
        with pytest.raises(BreakerOpenError):
            await way.client(DAILY).get("/meetings", {})
        gate.open()
        assert await trying == b"{}"
        assert len(server.requests) == FAILURES_TO_OPEN + 1
        assert await way.client().get("/meetings", {}) == b"{}"


@pytest.mark.parametrize("failures", [0, FAILURES_TO_OPEN], ids=["closed", "half open"])
async def test_a_call_that_is_given_up_leaves_the_breaker_usable(failures: int) -> None:
    gate = Gate(never)
    async with way_to_a_server(*[fails(503)] * failures, gate, sends("{}")) as (way, _):
        await fail(way, failures)
        way.clock.advance(REST_SECONDS)
        call = asyncio.create_task(way.client(DAILY).get("/meetings", {}))
        await gate.reached.wait()
        call.cancel()
        await asyncio.wait([call])
        assert call.cancelled()
        assert await way.client().get("/meetings", {}) == b"{}"
        assert way.breaker.state == "closed"


class Turnstile:
    """A limiter that the test turns."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(0)

    def let_through(self, calls: int) -> None:
        for _ in range(calls):
            self._turns.release()

    async def acquire(self) -> None:
        await self._turns.acquire()


class TestQueueingWhileTheSourceIsAway:
    @pytest.fixture
    def turnstile(self) -> Turnstile:
        return Turnstile()

    @pytest.fixture
    def queue(self, turnstile: Turnstile) -> Lane:
        return Lane("queue", turnstile, attempts=1, longest_wait_seconds=2.0)

    async def test_calls_still_queueing_when_the_breaker_opens_are_not_made(
        self, queue: Lane, turnstile: Turnstile
    ) -> None:
        async with way_to_a_server(fails(503)) as (way, server):
            client = way.client(queue)
            calls = [asyncio.create_task(client.get("/meetings", {})) for _ in range(FAILURES_TO_OPEN + 3)]
            turnstile.let_through(FAILURES_TO_OPEN)
            await asyncio.wait(calls[:FAILURES_TO_OPEN])
            turnstile.let_through(3)
            errors = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(error) for error in errors] == [SourceFaultError] * FAILURES_TO_OPEN + [BreakerOpenError] * 3
            assert len(server.requests) == FAILURES_TO_OPEN

    async def test_a_queueing_job_does_not_keep_polls_from_finding_the_source_back(self, queue: Lane) -> None:
        async with way_to_a_server(*[fails(503)] * FAILURES_TO_OPEN, sends("{}")) as (way, _):
            await fail(way)
            way.clock.advance(REST_SECONDS)
            job = asyncio.create_task(way.client(queue).get("/meetings", {}))
            await asyncio.sleep(0)
            try:
                assert await way.client(poll_lane(10)).get("/events/race-1", {}) == b"{}"
            finally:
                job.cancel()
                await asyncio.wait([job])
