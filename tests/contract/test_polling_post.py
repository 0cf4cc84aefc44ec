"""The post that races are polled from: who stands by, who goes on, what comes first, and when rows may leave."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from loguru import logger

from raceday_daemon.appwrite.leases import AppwriteLeases
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.jobs.polling_post import Place, PollingPost
from raceday_daemon.model.appwrite_errors import AppwriteAwayError
from raceday_daemon.model.errors import LeaseLostError
from raceday_daemon.model.lease import Lease, LeaseTerms
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.gate import Gate
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import make_tables, way_to
from tests.end_to_end.beside import until

TERMS = LeaseTerms(lease_id="enhanced-race-poller-lock", heartbeat_seconds=0.1, stale_seconds=2.0)
TODAY = date(2025, 7, 17)
ELSEWHERE = "another-machine/7/space/boot"


class Asked:
    """A Succession that notes what it was asked, and fails where a test says so."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.fails = False

    async def give_way(self) -> None:
        self._step("give way")

    async def catch_up(self, days: Sequence[date]) -> None:
        self._step("catch up")

    async def begin(self, days: Sequence[date]) -> None:
        self._step("begin")

    def _step(self, name: str) -> None:
        if self.fails:
            raise AppwriteAwayError("away")
        self.steps.append(name)


class Seat:
    """A process with its folder: its post, the gate of its rows, and what it was asked to take over."""

    def __init__(self, store: Database, shared: AppwriteLeases, file: str = "this file") -> None:
        clock = SystemClock()
        self.asked, self.gate = Asked(), Gate(clock)
        self.keeper = LeaseKeeper(store, clock, owner=f"{file}/7/space/boot", shared=shared)
        place = Place(file=file, target="there")
        self.post = PollingPost(TERMS, shared, store, clock, self.gate, place, self.asked)

    async def hold(self, let_go: asyncio.Event) -> None:
        """Live as the daemon does, until told to let go."""
        await self.post.wait()
        async with self.keeper.held(TERMS, str, is_alone=True, post=self.post):
            await self.post.settle()
            await let_go.wait()


@pytest.fixture
async def shared(appwrite_server: AppwriteServer) -> AsyncIterator[AppwriteLeases]:
    make_tables(appwrite_server)
    async with way_to(appwrite_server, read_timeout_seconds=2.0) as appwrite:
        yield AppwriteLeases(appwrite, SystemClock())


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


async def elsewhere(shared: AppwriteLeases) -> Lease:
    return (await shared.take(TERMS, ELSEWHERE, "its run", lambda _: False)).lease


async def held_once(seat: Seat) -> None:
    let_go = asyncio.Event()
    let_go.set()
    await seat.hold(let_go)


def newest_epoch(server: AppwriteServer) -> int:
    return max(int(row["epoch"]) for row in server.control.rows(server.database, "function-locks").values())


async def test_the_first_takes_over_what_appwrite_has_and_its_rows_leave_while_it_holds(
    store: Database, shared: AppwriteLeases
) -> None:
    seat, let_go = Seat(store, shared), asyncio.Event()
    assert not seat.gate.is_open()
    holding = asyncio.create_task(seat.hold(let_go))
    await until(seat.gate.is_open)
    assert seat.asked.steps == ["give way", "catch up"]
    let_go.set()
    await holding


async def test_the_same_file_goes_on_where_it_was_without_asking_for_its_own_rows(
    store: Database, shared: AppwriteLeases
) -> None:
    await held_once(Seat(store, shared))
    again = Seat(store, shared)
    await held_once(again)
    assert again.asked.steps == []


async def test_a_crash_of_the_same_file_is_followed_at_once_although_nobody_can_tell_that_it_ended(
    store: Database, shared: AppwriteLeases, appwrite_server: AppwriteServer
) -> None:
    crashed = Seat(store, shared)
    await crashed.post.wait()
    taken = await shared.take(TERMS, ELSEWHERE, "before the crash", lambda _: False)
    await crashed.post.taken(taken, late=False)
    await crashed.post.settle()
    again = Seat(store, shared)
    await held_once(again)
    assert (again.asked.steps, newest_epoch(appwrite_server)) == ([], 2)


async def test_a_copy_of_a_file_waits_like_any_other(store: Database, shared: AppwriteLeases) -> None:
    original = Seat(store, shared, "the original")
    let_go = asyncio.Event()
    holding = asyncio.create_task(original.hold(let_go))
    await until(original.gate.is_open)
    copy = Seat(store, shared, "a copy")
    waiting = asyncio.create_task(copy.post.wait())
    await until(lambda: copy.post.standing_by is not None)
    let_go.set()
    await asyncio.gather(holding, waiting)


@pytest.fixture
def told_in_log() -> Iterator[list[str]]:
    messages: list[str] = []
    handler = logger.add(lambda message: messages.append(message.record["message"]), level="INFO")
    yield messages
    logger.remove(handler)


async def test_whoever_stands_by_says_who_polls_gives_way_and_takes_over_once_that_is_silent(
    store: Database, shared: AppwriteLeases, appwrite_server: AppwriteServer, told_in_log: list[str]
) -> None:
    await elsewhere(shared)
    seat, let_go = Seat(store, shared), asyncio.Event()
    holding = asyncio.create_task(seat.hold(let_go))
    await until(lambda: seat.asked.steps == ["give way"])
    standing_by = seat.post.standing_by
    assert standing_by is not None
    assert (standing_by.holder, standing_by.trouble) == (ELSEWHERE, None)
    (told,) = [message for message in told_in_log if message.startswith("standing by")]
    assert told == f"standing by: {ELSEWHERE} polls since {standing_by.since:%Y-%m-%d %H:%M:%S} UTC"
    await until(lambda: seat.asked.steps[1:] == ["give way", "catch up"])
    assert (seat.post.standing_by, newest_epoch(appwrite_server)) == (None, 2)
    let_go.set()
    await holding


async def test_whoever_saw_another_alive_stays_standing_by_without_appwrite_also_after_a_restart(
    store: Database, shared: AppwriteLeases, appwrite_server: AppwriteServer
) -> None:
    await elsewhere(shared)
    seat = Seat(store, shared)
    waiting = asyncio.create_task(seat.post.wait())
    await until(lambda: seat.asked.steps == ["give way"])
    appwrite_server.control.down()
    await until(lambda: seat.post.standing_by is not None and seat.post.standing_by.trouble is not None)
    assert not seat.gate.is_open()
    waiting.cancel()
    again = Seat(store, shared)
    waiting = asyncio.create_task(again.post.wait())
    await until(lambda: again.post.standing_by is not None)
    assert not waiting.done()
    waiting.cancel()


async def test_whoever_never_saw_another_goes_on_without_appwrite_but_its_rows_wait(
    store: Database, shared: AppwriteLeases, appwrite_server: AppwriteServer
) -> None:
    appwrite_server.control.down()
    seat, let_go = Seat(store, shared), asyncio.Event()
    await seat.post.wait()
    holding = asyncio.create_task(seat.hold(let_go))
    await asyncio.sleep(0.3)
    assert not holding.done()
    assert not seat.gate.is_open()
    appwrite_server.control.up()
    with pytest.raises(LeaseLostError, match="comes before what is polled here"):
        await holding
    await held_once(seat)
    assert seat.asked.steps == ["give way", "catch up"]


async def test_whoever_held_it_goes_on_through_an_outage_and_begins_nothing_anew(
    store: Database, shared: AppwriteLeases, appwrite_server: AppwriteServer
) -> None:
    await held_once(Seat(store, shared))
    appwrite_server.control.down()
    seat, let_go = Seat(store, shared), asyncio.Event()
    holding = asyncio.create_task(seat.hold(let_go))
    await asyncio.sleep(0.3)
    appwrite_server.control.up()
    await until(seat.gate.is_open)
    appwrite_server.control.down()
    await until(lambda: not seat.gate.is_open())
    appwrite_server.control.up()
    await until(seat.gate.is_open)
    assert seat.asked.steps == []
    let_go.set()
    await holding


async def test_where_appwrite_fails_in_the_middle_of_the_taking_over_it_is_begun_anew_later(
    store: Database, shared: AppwriteLeases
) -> None:
    seat, let_go = Seat(store, shared), asyncio.Event()
    seat.asked.fails = True
    with pytest.raises(LeaseLostError, match="comes before what is polled here"):
        await seat.hold(let_go)
    assert not seat.gate.is_open()
    seat.asked.fails = False
    await held_once(seat)
    assert seat.asked.steps == ["give way", "catch up"]


async def test_a_command_takes_over_only_what_others_have_sent(store: Database, shared: AppwriteLeases) -> None:
    seat = Seat(store, shared)
    await seat.post.visit([TODAY])
    assert (seat.asked.steps, seat.gate.is_open()) == (["begin"], True)

    await held_once(Seat(store, shared))
    of_this_file = Seat(store, shared)
    await of_this_file.post.visit([TODAY])
    assert of_this_file.asked.steps == []

    await elsewhere(shared)
    beside_another = Seat(store, shared)
    await beside_another.post.visit([TODAY])
    assert beside_another.asked.steps == ["give way", "catch up"]
