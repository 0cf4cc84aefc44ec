"""A second try where one can help, after a pause that the source may choose, and none where it cannot help."""

import asyncio
from collections.abc import Iterator

import pytest
import stamina
from loguru import logger
from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

from raceday_daemon.model.errors import (
    BreakerOpenError,
    NotFoundError,
    SourceBusyError,
    SourceError,
    SourceFaultError,
    SourceTimeoutError,
)
from raceday_daemon.nztab.breaker import FAILURES_TO_OPEN
from raceday_daemon.nztab.client import tell_retry
from raceday_daemon.nztab.lanes import DAILY_ATTEMPTS, Lane, daily_lane, poll_lane
from tests.fakes.answering_server import (
    Handler,
    breaks_off,
    fails,
    hangs_up,
    never,
    sends,
    way_to_a_server,
)

DAILY, POLL = daily_lane(0), poll_lane(0)
LANES = pytest.mark.parametrize(("lane", "attempts"), [(DAILY, 3), (POLL, 1)], ids=["daily", "poll"])


@pytest.fixture
def no_waits() -> Iterator[None]:
    """Leave out the waits between tries; as many are made as ever."""
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture
def restored_hooks() -> Iterator[None]:
    before = get_on_retry_hooks()
    yield
    set_on_retry_hooks(before)


@pytest.mark.usefixtures("no_waits")
class TestTries:
    @LANES
    @pytest.mark.parametrize("answer", [fails(408), fails(429), fails(500), fails(503), breaks_off])
    async def test_what_may_pass_is_tried_as_often_as_the_lane_allows(
        self, lane: Lane, attempts: int, answer: Handler
    ) -> None:
        async with way_to_a_server(answer) as (way, server):
            client = way.client(lane)
            with pytest.raises(SourceError):
                await client.get("/meetings", {"offset": "0"})
            assert server.queries == [{"offset": "0"}] * attempts
            assert client.calls == attempts

    async def test_each_try_of_a_source_that_hangs_up_is_made_on_a_second_connection_at_most(self) -> None:
        # aiohttp itself asks once more where a connection ended before the answer: it may have been an old one, kept
        # open, that the source had closed meanwhile.
        async with way_to_a_server(hangs_up) as (way, server):
            client = way.client(DAILY)
            with pytest.raises(SourceError):
                await client.get("/meetings", {})
            assert client.calls == DAILY_ATTEMPTS
            assert len(server.requests) <= 2 * DAILY_ATTEMPTS

    async def test_a_timeout_is_tried_again(self) -> None:
        async with way_to_a_server(never, timeout_seconds=0.1) as (way, server):
            with pytest.raises(SourceTimeoutError):
                await way.client(DAILY).get("/meetings", {})
            assert len(server.requests) == DAILY_ATTEMPTS

    @pytest.mark.parametrize(
        "answer", [fails(400), fails(404), fails(302, Location="/"), sends("<p>", content_type="text/html")]
    )
    async def test_what_will_not_pass_is_not_tried_again(self, answer: Handler) -> None:
        async with way_to_a_server(answer) as (way, server):
            client = way.client(DAILY)
            with pytest.raises(SourceError):
                await client.get("/meetings", {})
            assert (len(server.requests), client.calls) == (1, 1)

    async def test_the_last_try_may_bring_the_answer(self) -> None:
        async with way_to_a_server(fails(503), breaks_off, sends("[1]")) as (way, server):
            assert await way.client(DAILY).get("/meetings", {}) == b"[1]"
            assert len(server.requests) == DAILY_ATTEMPTS
            assert way.breaker.state == "closed"

    async def test_the_last_failure_is_the_one_that_is_told(self) -> None:
        async with way_to_a_server(fails(503), fails(404)) as (way, _):
            with pytest.raises(NotFoundError):
                await way.client(DAILY).get("/meetings", {})

    @pytest.mark.parametrize(
        ("lane", "retry_after", "tries"),
        [
            (POLL, "1", 1),
            (DAILY, "Thu, 17 Jul 2025 00:01:00 GMT", 3),
            (DAILY, "Thu, 17 Jul 2025 00:01:01 GMT", 1),
            (DAILY, "60", 3),
            (DAILY, "61", 1),
            (DAILY, "9" * 400, 1),
            (DAILY, "soon", 3),
        ],
    )
    async def test_a_source_that_wants_a_longer_pause_than_the_lane_bears_is_not_asked_again(
        self, lane: Lane, retry_after: str, tries: int
    ) -> None:
        async with way_to_a_server(fails(429, Retry_After=retry_after)) as (way, server):
            with pytest.raises(SourceBusyError):
                await way.client(lane).get("/meetings", {})
            assert len(server.requests) == tries

    async def test_calls_of_one_client_at_a_time_are_tried_again_each_for_itself(self) -> None:
        async with way_to_a_server(*[fails(503)] * 4, sends("{}")) as (way, server):
            client = way.client(DAILY)
            bodies = await asyncio.gather(client.get("/events/a", {}), client.get("/events/b", {}))
            assert list(bodies) == [b"{}", b"{}"]
            assert sorted(request.path for request in server.requests) == ["/events/a"] * 3 + ["/events/b"] * 3
            assert client.calls == 6


@pytest.mark.usefixtures("restored_hooks")
class TestPauses:
    async def test_the_pause_that_the_source_asks_for_is_kept(self) -> None:
        async with way_to_a_server(fails(429, Retry_After="1"), sends("{}")) as (way, server):
            assert await way.client(DAILY).get("/meetings", {}) == b"{}"
            first, second = server.arrivals
            assert second - first > 0.95

    async def test_no_pause_asked_for_is_no_pause(self) -> None:
        pauses: list[float] = []
        set_on_retry_hooks([lambda details: pauses.append(details.wait_for)])
        async with way_to_a_server(fails(429, Retry_After="0"), sends("{}")) as (way, _):
            await way.client(DAILY).get("/meetings", {})
        assert pauses == [0.0]

    async def test_otherwise_it_is_half_a_second_and_up_to_another_one(self) -> None:
        pause: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        set_on_retry_hooks([lambda details: pause.set_result(details.wait_for)])
        async with way_to_a_server(fails(503)) as (way, server):
            call = asyncio.create_task(way.client(DAILY).get("/meetings", {}))
            await pause
            call.cancel()
            await asyncio.wait([call])
            assert call.cancelled()
            assert 0.5 <= pause.result() <= 1.5
            assert len(server.requests) == 1

    async def test_while_the_source_is_left_alone_a_call_is_refused_without_a_pause(self) -> None:
        pauses: list[float] = []
        set_on_retry_hooks([lambda details: pauses.append(details.wait_for)])
        async with way_to_a_server(fails(503)) as (way, _):
            for _ in range(FAILURES_TO_OPEN):
                with pytest.raises(SourceFaultError):
                    await way.client().get("/meetings", {})
            with pytest.raises(BreakerOpenError):
                await way.client(DAILY).get("/meetings", {})
        assert pauses == []

    @pytest.mark.usefixtures("no_waits")
    async def test_a_second_try_is_logged_with_its_cause(self) -> None:
        lines: list[dict[str, object]] = []
        sink = logger.add(lambda message: lines.append(message.record["extra"]), filter="raceday_daemon")
        set_on_retry_hooks([tell_retry])
        async with way_to_a_server(fails(503), sends("{}")) as (way, _):
            await way.client(DAILY).get("/meetings", {})
        logger.remove(sink)
        assert [(line["action"], line["attempt"], line["error"]) for line in lines] == [
            ("source_retry", 1, "/meetings: HTTP 503 (Failure)")
        ]
