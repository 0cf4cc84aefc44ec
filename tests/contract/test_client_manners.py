"""The daemon is a guest: it says who it is, takes little, keeps its distance, and polls don't queue behind jobs."""

import asyncio
import gzip
from itertools import pairwise

import pytest
import stamina

from raceday_daemon.model.errors import SourceRefusedError
from raceday_daemon.nztab.lanes import Lane, daily_lane, poll_lane
from raceday_daemon.nztab.transport import Identification
from tests.fakes.answering_server import (
    Gate,
    answering,
    breaks_off,
    fails,
    sends,
    way_to,
    way_to_a_server,
)

DELAY = 0.05


class TestIdentification:
    async def test_every_call_says_who_asks(self) -> None:
        who = Identification(user_agent="raceday/1", sender="me@example.org", partner="Me & Co", partner_id="p-7")
        async with answering(sends("{}")) as server, way_to(server.url, identification=who) as way:
            await way.client().get("/meetings", {})
            headers = server.requests[0].headers
        assert {name: headers.get(name) for name in ("User-Agent", "From", "X-Partner", "X-Partner-ID")} == {
            "User-Agent": "raceday/1",
            "From": "me@example.org",
            "X-Partner": "Me & Co",
            "X-Partner-ID": "p-7",
        }
        assert headers["Accept"] == "application/json"

    @pytest.mark.parametrize("blank", [None, ""])
    async def test_what_is_not_known_is_not_sent(self, blank: str | None) -> None:
        who = Identification(user_agent="raceday/1", sender=blank, partner=blank, partner_id=blank)
        async with answering(sends("{}")) as server, way_to(server.url, identification=who) as way:
            await way.client().get("/meetings", {})
            headers = server.requests[0].headers
        assert not {"From", "X-Partner", "X-Partner-ID"} & set(headers)

    async def test_it_is_not_carried_to_where_a_redirect_points(self) -> None:
        async with answering(sends("{}")) as stranger:
            moved = fails(301, Location=f"{stranger.url}/meetings")
            async with way_to_a_server(moved) as (way, server):
                with pytest.raises(SourceRefusedError, match="HTTP 301"):
                    await way.client().get("/meetings", {})
                assert (len(server.requests), len(stranger.requests)) == (1, 0)

    async def test_cookies_are_not_kept(self) -> None:
        sets_cookie = sends("{}", headers={"Set-Cookie": "seen=1; Path=/"})
        # Nobody keeps the cookies of a bare address; those of a name would be.
        async with answering(sets_cookie) as server, way_to(server.url.replace("127.0.0.1", "localhost")) as way:
            for _ in range(2):
                await way.client().get("/meetings", {})
            assert ["Cookie" in request.headers for request in server.requests] == [False, False]

    async def test_a_proxy_is_taken_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        async with answering(sends("{}")) as proxy, way_to("http://source.invalid") as way:
            monkeypatch.setenv("http_proxy", proxy.url)
            assert await way.client().get("/meetings", {}) == b"{}"
            assert [request.host for request in proxy.requests] == ["source.invalid"]


class TestBody:
    async def test_gzip_is_asked_for_and_unpacked(self) -> None:
        packed = sends(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
        async with way_to_a_server(packed) as (way, server):
            assert await way.client().get("/meetings", {}) == b'{"a": 1}'
            assert server.requests[0].headers["Accept-Encoding"] == "gzip"

    @pytest.mark.parametrize(
        "content_type",
        ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/problem+json"],
    )
    async def test_json_by_any_of_its_names_is_taken(self, content_type: str) -> None:
        async with way_to_a_server(sends("[]", content_type=content_type)) as (way, _):
            assert await way.client().get("/meetings", {}) == b"[]"

    async def test_the_question_arrives_as_it_was_asked(self) -> None:
        async with answering(sends("{}")) as server, way_to(server.url + "/") as way:
            await way.client().get("/list", {"date_from": "2025-07-17", "page_token": "a+b/c= &d"})
            assert server.requests[0].path == "/list"
            assert server.queries == [{"date_from": "2025-07-17", "page_token": "a+b/c= &d"}]


class TestLanes:
    async def test_the_daily_lane_keeps_its_distance(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            client = way.client(daily_lane(DELAY))
            before = asyncio.get_running_loop().time()
            await asyncio.gather(*(client.get("/meetings", {}) for _ in range(5)))
        assert all(arrival - before >= place * DELAY - 0.001 for place, arrival in enumerate(server.arrivals)), (
            server.arrivals
        )

    async def test_idle_time_is_not_saved_up_for_a_burst(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            client = way.client(daily_lane(DELAY))
            await client.get("/meetings", {})
            await asyncio.sleep(4 * DELAY)
            before = asyncio.get_running_loop().time()
            await asyncio.gather(*(client.get("/meetings", {}) for _ in range(3)))
        assert all(arrival - before >= place * DELAY - 0.001 for place, arrival in enumerate(server.arrivals[1:]))

    async def test_clients_of_one_lane_keep_the_distance_together(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            lane = daily_lane(DELAY)
            before = asyncio.get_running_loop().time()
            await asyncio.gather(*(way.client(lane).get("/meetings", {}) for _ in range(3)))
        assert server.arrivals[-1] - before >= 2 * DELAY - 0.001

    async def test_a_second_try_keeps_the_distance_too(self) -> None:
        with stamina.set_testing(True, attempts=10, cap=True):
            async with way_to_a_server(breaks_off, fails(503), sends("{}")) as (way, server):
                before = asyncio.get_running_loop().time()
                await way.client(daily_lane(DELAY)).get("/meetings", {})
        assert len(server.arrivals) == 3
        assert server.arrivals[-1] - before >= 2 * DELAY - 0.001

    async def test_a_poll_does_not_queue_behind_a_daily_job(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            job, poll = way.client(daily_lane(30)), way.client(poll_lane(10))
            await job.get("/meetings", {})
            queued = asyncio.create_task(job.get("/meetings", {}))
            await asyncio.sleep(0)
            assert await poll.get("/events/race-1", {}) == b"{}"
            assert not queued.done()
            assert [request.path for request in server.requests] == ["/meetings", "/events/race-1"]
            assert (job.calls, poll.calls) == (1, 1)
            queued.cancel()
            await asyncio.wait([queued])

    async def test_a_call_given_up_in_the_queue_was_none(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            job = way.client(daily_lane(30))
            await job.get("/meetings", {})
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(DELAY):
                    await job.get("/meetings", {})
            assert (job.calls, len(server.requests)) == (1, 1)
            assert way.breaker.state == "closed"

    @pytest.mark.parametrize("lane", [daily_lane(0), poll_lane(0)], ids=["daily", "poll"])
    async def test_without_a_limit_calls_go_all_at_once(self, lane: Lane) -> None:
        gates = [Gate(sends("{}")) for _ in range(20)]
        async with way_to_a_server(*gates) as (way, _):
            client = way.client(lane)
            calls = [asyncio.create_task(client.get("/events/race-1", {})) for _ in gates]
            for gate in gates:
                await gate.reached.wait()
            assert client.calls == 20
            for gate in gates:
                gate.open()
            assert await asyncio.gather(*calls) == [b"{}"] * 20

    async def test_polls_beyond_their_rate_wait(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            client = way.client(poll_lane(20))
            before = asyncio.get_running_loop().time()
            await asyncio.gather(*(client.get("/events/race-1", {}) for _ in range(25)))
        assert server.arrivals[-1] - before >= 5 / 20 - 0.001
        assert all(earlier <= later for earlier, later in pairwise(server.arrivals))

    async def test_polls_within_their_rate_go_in_one_burst(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            client = way.client(poll_lane(60))
            async with asyncio.timeout(30):  # one by one they would take a minute
                await asyncio.gather(*(client.get("/events/race-1", {}) for _ in range(60)))
        assert len(server.requests) == 60

    async def test_polls_may_be_fewer_than_one_a_second(self) -> None:
        async with way_to_a_server(sends("{}")) as (way, server):
            client = way.client(poll_lane(0.8))
            before = asyncio.get_running_loop().time()
            for _ in range(2):
                await client.get("/events/race-1", {})
        assert server.arrivals[-1] - before >= 1 / 0.8 - 0.001
