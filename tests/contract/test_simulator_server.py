"""The simulator over HTTP, asked by the daemon's own client: whole answers, faults, and what it notes of them."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from raceday_daemon.model.errors import (
    MisfitError,
    NotFoundError,
    SourceAwayError,
    SourceBusyError,
    SourceError,
    SourceFaultError,
    SourceTimeoutError,
    WrongAnswerError,
)
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.simulator.answers import PREFIX
from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.faults import NO_FAULTS, Fault, Faults
from raceday_daemon.simulator.planning import plan_day, plan_of_starts
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving
from tests.fakes.answering_server import Way, way_to
from tests.fakes.clock import FakeClock
from tests.simulated import EVERYTHING, FIRST

DAY = date(2025, 7, 17)
WANTED = Wanted.of(("NZ", "AUS"), ("T", "H"))


@dataclass(frozen=True, kw_only=True)
class Always(Faults):
    """Switches with which every question meets the one fault."""

    fault: Fault

    def at(self, chance: Chance, path: str, at: datetime) -> Fault | None:
        return self.fault


@dataclass(frozen=True)
class Bench:
    """A simulator, its clock, and ways to it."""

    simulator: Simulator
    clock: FakeClock
    url: str
    way: Way
    session: aiohttp.ClientSession

    @property
    def race_id(self) -> str:
        return self.simulator.plan.races[0].race_id

    async def fetch(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        async with self.session.get(self.url + PREFIX + path, headers=headers) as response:
            return response.status, dict(response.headers), await response.read()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    clock = FakeClock(FIRST)
    simulator = Simulator(plan_day(1, FIRST), clock, cached=20)
    async with (
        serving(simulator) as url,
        way_to(url, timeout_seconds=1.0) as way,
        aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=["Accept-Encoding"]) as session,
    ):
        yield Bench(simulator, clock, url, way, session)


class TestAnswers:
    async def test_the_daemons_client_gets_the_day_its_meetings_races_and_list(self, bench: Bench) -> None:
        source, plan = bench.way.source(), bench.simulator.plan
        day = await source.day(DAY, WANTED)
        assert {card.meeting.meeting_id for card in day.cards} == {one.meeting_id for one in plan.meetings}
        meeting = await source.meeting(plan.meetings[0].meeting_id)
        assert [race.race_id for race in meeting.races] == [race.race_id for race in plan.meetings[0].races]
        assert [race.race_id for race in await source.list_races(DAY)] == [race.race_id for race in plan.races]
        for status in ("Open", "Final"):
            answer = await source.race(bench.race_id, status)
            assert answer.snapshot.set_aside == ()
        with pytest.raises(NotFoundError, match="event not found"):
            await source.race("nobody", None)

    async def test_answers_are_refreshed_seven_seconds_beside_whole_quarters_of_a_minute(self, bench: Bench) -> None:
        source, stamps = bench.way.source(), []
        for _ in range(30):
            stamps.append((await source.race(bench.race_id, None)).snapshot.generated_time)
            bench.clock.advance(1)
        assert list(dict.fromkeys(stamps)) == [FIRST + timedelta(seconds=shift) for shift in (-8, 7, 22)]
        assert stamps == [bench.simulator.refreshed_at(FIRST + timedelta(seconds=n)) for n in range(30)]

    async def test_between_two_refreshes_the_bytes_are_the_same(self, bench: Bench) -> None:
        path = f"/events/{bench.race_id}?{EVERYTHING}"
        bodies = []
        for _ in range(30):
            bodies.append((await bench.fetch(path))[2])
            bench.clock.advance(1)
        assert len(set(bodies)) == 3

    async def test_two_runs_with_one_seed_answer_the_same_bytes(self, bench: Bench) -> None:
        path = f"/events/{bench.race_id}?{EVERYTHING}"
        clock = FakeClock(FIRST)
        async with serving(Simulator(plan_day(1, FIRST), clock, cached=0)) as url:
            for step in range(5):
                _, _, first = await bench.fetch(path)
                async with bench.session.get(url + PREFIX + path) as response:
                    assert await response.read() == first
                bench.clock.advance(100)
                clock.advance(100)
                if step % 2:
                    await bench.fetch("/meetings")

    async def test_an_answer_is_packed_where_that_is_asked_for(self, bench: Bench) -> None:
        path = f"/events/{bench.race_id}"
        status, headers, plain = await bench.fetch(path)
        assert (status, headers["Content-Type"], headers.get("Content-Encoding")) == (200, "application/json", None)
        _, headers, packed = await bench.fetch(path, **{"Accept-Encoding": "gzip"})
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed) == plain
        assert len(packed) < len(plain) / 3

    async def test_the_offset_of_the_refreshes_can_be_chosen(self) -> None:
        simulator = Simulator(plan_of_starts(1, [FIRST]), FakeClock(FIRST), grid_offset_seconds=0)
        assert simulator.refreshed_at(FIRST) == FIRST

    async def test_only_so_many_answers_are_kept_as_bytes(self, bench: Bench) -> None:
        for _ in range(10):
            for race in bench.simulator.plan.races[:6]:
                await bench.fetch(f"/events/{race.race_id}")
            bench.clock.advance(15)
        assert bench.simulator.cached_answers == 20


class TestNotes:
    async def test_what_was_served_can_be_had_again(self, bench: Bench) -> None:
        bodies = []
        for query in ("", EVERYTHING):
            bodies.append((await bench.fetch(f"/events/{bench.race_id}?{query}"))[2])
            bench.clock.advance(40)
        bodies.append((await bench.fetch("/events/nobody"))[2])
        served = list(bench.simulator.served)
        assert [bench.simulator.document(one) for one in served] == [json.loads(body) for body in bodies]
        assert [one.status for one in served] == [200, 200, 404]
        assert [one.at for one in served] == [FIRST + timedelta(seconds=40 * n) for n in range(3)]
        assert [one.generated_time for one in served] == [bench.simulator.refreshed_at(one.at) for one in served]
        assert served[1].query_string == EVERYTHING
        assert bench.simulator.served.of("nobody") == served[2:]

    @pytest.mark.parametrize(("keep", "kept"), [(3, 3), (0, 0)])
    async def test_only_so_many_answers_are_noted_but_all_are_counted(self, keep: int, kept: int) -> None:
        simulator = Simulator(plan_of_starts(1, [FIRST]), FakeClock(FIRST), keep=keep)
        async with serving(simulator) as url, aiohttp.ClientSession() as session:
            for place in range(5):
                async with session.get(f"{url}{PREFIX}/events/{place}") as response:
                    assert response.status == 404
        assert (len(simulator.served), simulator.served.total) == (kept, 5)
        assert [one.path[-1] for one in simulator.served] == ["2", "3", "4"][:kept]

    async def test_notes_can_be_forgotten(self, bench: Bench) -> None:
        await bench.fetch("/meetings")
        bench.simulator.served.clear()
        assert (len(bench.simulator.served), bench.simulator.served.total) == (0, 1)


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "kind", "status"),
        [
            (Fault.INTERNAL_ERROR, SourceFaultError, 500),
            (Fault.UNAVAILABLE, SourceFaultError, 503),
            (Fault.TOO_MANY, SourceBusyError, 429),
            (Fault.HANG_UP, SourceAwayError, 0),
            (Fault.TIMEOUT, SourceTimeoutError, 0),
            (Fault.STALL, SourceTimeoutError, 200),
            (Fault.HALF_BODY, SourceAwayError, 200),
            (Fault.BROKEN_JSON, MisfitError, 200),
            (Fault.PAGE, MisfitError, 200),
            (Fault.WRONG_DAY, WrongAnswerError, 200),
        ],
    )
    async def test_the_daemons_client_meets_each_fault_as_one_of_its_kind(
        self, bench: Bench, fault: Fault, kind: type[SourceError], status: int
    ) -> None:
        bench.simulator.faults = Always(fault=fault)
        source = bench.way.source()
        with pytest.raises(kind) as raised:
            await source.race(bench.race_id, None)
        assert type(raised.value) is kind
        assert {(one.fault, one.status) for one in bench.simulator.served} == {(fault, status)}
        bench.simulator.faults = NO_FAULTS
        assert (await source.race(bench.race_id, None)).snapshot.race.race_id == bench.race_id

    async def test_too_many_says_when_to_come_back(self, bench: Bench) -> None:
        bench.simulator.faults = Always(fault=Fault.TOO_MANY, retry_after_seconds=7)
        with pytest.raises(SourceBusyError, match="too many requests") as raised:
            await bench.way.source().race(bench.race_id, None)
        assert raised.value.retry_after_seconds == 7

    async def test_the_wrong_day_is_refused_by_its_echo(self, bench: Bench) -> None:
        bench.simulator.faults = Always(fault=Fault.WRONG_DAY)
        with pytest.raises(WrongAnswerError, match="date_from"):
            await bench.way.source().day(DAY, WANTED)
        (served,) = bench.simulator.served
        document = bench.simulator.document(served)
        assert document
        assert document["params"]["date_from"] == "2025-07-18T00:00:00Z"

    async def test_a_question_that_has_no_other_is_answered(self, bench: Bench) -> None:
        bench.simulator.faults = Always(fault=Fault.WRONG_DAY)
        status, _, _ = await bench.fetch("/meetings")
        assert status == 200
        assert [one.fault for one in bench.simulator.served] == [None]

    async def test_what_was_spoilt_is_no_document(self, bench: Bench) -> None:
        bench.simulator.faults = Always(fault=Fault.PAGE)
        await bench.fetch("/meetings")
        (served,) = bench.simulator.served
        assert bench.simulator.document(served) is None

    async def test_a_silence_ends_when_nobody_listens_or_its_time_is_over(self, bench: Bench) -> None:
        bench.simulator.faults = Always(fault=Fault.TIMEOUT, silence_seconds=0.2)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await bench.fetch("/meetings")
        bench.simulator.faults = Always(fault=Fault.STALL, silence_seconds=60)
        with pytest.raises(SourceTimeoutError):
            await bench.way.source().day(DAY, WANTED)

    async def test_a_server_with_silent_answers_stops_all_the_same(self) -> None:
        came = asyncio.Event()

        class Telling(Always):
            def at(self, chance: Chance, path: str, at: datetime) -> Fault | None:
                came.set()
                return self.fault

        simulator = Simulator(plan_of_starts(1, [FIRST]), FakeClock(FIRST), faults=Telling(fault=Fault.TIMEOUT))
        async with aiohttp.ClientSession() as session:
            async with asyncio.timeout(20), serving(simulator) as url:
                asking = asyncio.create_task(session.get(url))
                await came.wait()
            with pytest.raises(aiohttp.ClientError):
                await asking

    async def test_faults_meet_the_same_questions_in_every_run(self) -> None:
        met = []
        for _ in range(2):
            clock = FakeClock(FIRST)
            simulator = Simulator(plan_day(1, FIRST), clock, faults=Faults(errors=0.2, garbage=0.2, wrong_day=0.1))
            async with TestServer(simulator.app) as server, way_to(str(server.make_url("")).rstrip("/")) as way:
                for race in simulator.plan.races * 3:
                    # Each a client of its own: an open breaker would keep the next ones from asking.
                    way = Way(way.transport, type(way.breaker)(clock), clock)
                    try:
                        await way.source().race(race.race_id, None)
                    except SourceError as error:
                        met.append((race.race_id, clock.now(), type(error)))
                    clock.advance(15)
        half = len(met) // 2
        assert half > 8
        assert met[:half] == met[half:]
