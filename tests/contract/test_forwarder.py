"""The forwarder against an Appwrite that works, is away, throttles, refuses rows, or is full."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.appwrite.connection import open_appwrite
from raceday_daemon.appwrite.forwarder import Forwarder
from raceday_daemon.appwrite.parcel import MOST_ROWS
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.changes import Record
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store import schema
from raceday_daemon.store.aiming import aim_at
from raceday_daemon.store.outbox import Outbox, read_refused, try_again
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import differences, make_tables, rows_there
from tests.builders import entrant, later, meeting, minutes_before, pools, race, results

PATIENCE_SECONDS = 30.0


@pytest.fixture
def server(appwrite_server: AppwriteServer, tmp_path: Path) -> AppwriteServer:
    make_tables(appwrite_server)
    return appwrite_server


class Bench:
    """A working store whose rows are forwarded."""

    def __init__(self, folder: Path, store: Database, outbox: Outbox, server: AppwriteServer) -> None:
        self.folder = folder
        self.store = store
        self.outbox = outbox
        self.server = server

    async def wrote(self, *records: Record, is_patient: bool = False) -> None:
        sending = self.outbox.sending(SystemClock().now(), is_patient=is_patient)
        await self.store.transaction(lambda connection: write(connection, records, sending))
        self.outbox.ring()

    @asynccontextmanager
    async def forwarding(self, most_rows: int = 100_000, target: str | None = None) -> AsyncIterator[Forwarder]:
        """Forward with short waits for a silent server."""
        place = (self.server.endpoint, self.server.project, self.server.key, self.server.database)
        async with open_appwrite(*place, read_timeout_seconds=1) as appwrite:
            how = (self.outbox, most_rows, lambda: True, target)
            forwarder = Forwarder(self.folder, self.store, appwrite, SystemClock(), *how)
            running = asyncio.create_task(forwarder.run())
            try:
                yield forwarder
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def arrived(self) -> None:
        """Send all that waits, and look that it is all there, value for value."""
        async with self.forwarding() as forwarder:
            assert await forwarder.drain(PATIENCE_SECONDS) == 0
        assert differences(self.folder, self.server) == {}

    @property
    def requests(self) -> int:
        return sum(self.server.control.requests.values())


@pytest.fixture
async def bench(tmp_path: Path, server: AppwriteServer) -> AsyncIterator[Bench]:
    store = await open_working_store(tmp_path)
    yield Bench(tmp_path, store, Outbox(), server)
    await store.close()


RACE = (meeting(), race(), entrant(1), entrant(2), pools(), results())


async def test_rows_arrive_value_for_value(bench: Bench) -> None:
    await bench.wrote(*RACE)
    await bench.arrived()
    assert len(rows_there(bench.server, schema.ENTRANTS)) == 2


async def test_a_poll_with_every_table_takes_three_requests_and_an_unchanged_one_none(bench: Bench) -> None:
    await bench.wrote(*RACE)
    await bench.arrived()
    bench.server.control.forget_traffic()
    answer = minutes_before(5, win=100_000)
    async with bench.forwarding() as forwarder:
        for _ in range(2):
            sending = bench.outbox.sending(later(1), is_patient=False)
            await bench.store.transaction(partial(commit_race, snapshot=answer, now=later(1), sending=sending))
            bench.outbox.ring()
            assert await forwarder.drain(PATIENCE_SECONDS) == 0
            assert bench.requests == 3
    assert differences(bench.folder, bench.server) == {}


async def test_a_column_that_became_null_is_cleared(bench: Bench) -> None:
    await bench.wrote(*RACE)
    await bench.arrived()
    await bench.wrote(replace(entrant(1), fixed_win_odds=None, jockey=None))
    await bench.arrived()


async def test_rows_of_jobs_wait_for_company_and_those_of_polls_do_not(bench: Bench) -> None:
    async with bench.forwarding() as forwarder:
        await bench.wrote(entrant(1), is_patient=True)
        await bench.wrote(entrant(2), is_patient=True)
        await asyncio.sleep(0.5)
        assert (bench.requests, (await forwarder.state()).waiting) == (0, 2)
        await bench.wrote(entrant(3))
        while (await forwarder.state()).waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert bench.requests == 1


async def test_an_outage_loses_nothing_and_delivery_goes_on_by_itself(bench: Bench) -> None:
    bench.server.control.down()
    async with bench.forwarding() as forwarder:
        await bench.wrote(*RACE)
        while not (await forwarder.status()).failing_since:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert (await forwarder.state()).waiting == len(RACE)
        bench.server.control.up()
        assert await forwarder.drain(PATIENCE_SECONDS) == 0
        assert (await forwarder.status()).failing_since is None
    assert differences(bench.folder, bench.server) == {}


async def test_what_has_arrived_is_counted_with_its_time(bench: Bench) -> None:
    async with bench.forwarding() as forwarder:
        before = await forwarder.status()
        await bench.wrote(*RACE)
        await bench.arrived()
        after = await forwarder.status()
    assert (before.sent, before.last_sent_at, (await forwarder.state()).sent) == (0, None, None)
    assert after.sent == len(RACE)
    assert after.last_sent_at is not None


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500, "times": 2},
        {"status": 503, "times": 2},
        {"status": 429, "retry_after": 1, "times": 1},
        {"kind": "reset", "times": 2},
        {"kind": "garbage", "times": 1},
        {"kind": "stall", "times": 1},
        {"status": 500, "every": 2, "times": 2},
        {"status": 500, "applied": True, "times": 3},
        {"status": 409, "type": "transaction_conflict", "times": 1, "method": "PATCH"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
async def test_whatever_passes_is_waited_out_and_nothing_is_set_aside(bench: Bench, fault: dict[str, Any]) -> None:
    bench.server.control.fault(**fault)
    await bench.wrote(*RACE)
    await bench.arrived()
    assert await bench.store.transaction(lambda connection: read_refused(connection, 10)) == []


async def test_a_refused_row_is_found_by_halving_set_aside_with_its_words_and_the_others_arrive(bench: Bench) -> None:
    runners = [entrant(number) for number in range(1, 65)]
    bad = runners[41].entrant_id
    bench.server.control.refuse(row_id=bad, message="Invalid document structure: too long for the test")
    await bench.wrote(*RACE, *runners)
    async with bench.forwarding() as forwarder:
        assert await forwarder.drain(PATIENCE_SECONDS) == 0
        assert (await forwarder.status()).refused == 1
    (told,) = await bench.store.transaction(lambda connection: read_refused(connection, 10))
    assert (told.table, told.row_id) == ("entrants", bad)
    assert "too long for the test" in told.reason
    assert differences(bench.folder, bench.server) == {"entrants": [bad]}
    bench.server.control.behave()
    assert await bench.store.transaction(try_again) == 1
    await bench.arrived()


async def test_many_refused_rows_are_each_found(bench: Bench) -> None:
    runners = [entrant(number) for number in range(1, 33)]
    bad = {runners[place].entrant_id for place in (0, 1, 17, 31)}
    for row_id in bad:
        bench.server.control.refuse(row_id=row_id)
    await bench.wrote(*RACE, *runners)
    async with bench.forwarding() as forwarder:
        assert await forwarder.drain(PATIENCE_SECONDS) == 0
    assert {one.row_id for one in await bench.store.transaction(lambda one: read_refused(one, 99))} == bad
    assert set(differences(bench.folder, bench.server)["entrants"]) == bad


async def test_a_full_table_holds_everything_and_says_so(bench: Bench) -> None:
    bench.server.control.refuse(table="entrants", type="row_limit_exceeded", message="The row limit is exceeded.")
    await bench.wrote(*RACE)
    async with bench.forwarding() as forwarder:
        while not (failure := (await forwarder.status()).failure):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert failure.startswith("full: ")
        state = await forwarder.state()
    assert (state.waiting, state.refused) == (len(RACE), 0)
    bench.server.control.behave()
    await bench.arrived()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 401}, "key: "),
        ({"status": 404, "type": "table_not_found", "message": "Table not found"}, "missing: "),
        ({"status": 400, "type": "row_invalid_structure", "message": 'Unknown attribute: "jockey"'}, "missing: "),
    ],
)
async def test_what_a_person_must_mend_holds_everything_and_is_told(
    bench: Bench, fault: dict[str, Any], kind: str
) -> None:
    bench.server.control.fault(**fault)
    await bench.wrote(*RACE)
    async with bench.forwarding() as forwarder:
        while not (failure := (await forwarder.status()).failure):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        state = await forwarder.state()
    assert failure.startswith(kind)
    assert (state.waiting, state.refused) == (len(RACE), 0)


async def test_an_id_that_could_not_be_found_again_is_never_sent(bench: Bench) -> None:
    await bench.wrote(*RACE, replace(entrant(3), entrant_id="-runner 3"))
    async with bench.forwarding() as forwarder:
        assert await forwarder.drain(PATIENCE_SECONDS) == 0
    (told,) = await bench.store.transaction(lambda connection: read_refused(connection, 10))
    assert told.row_id == "-runner 3"
    assert "-runner 3" not in rows_there(bench.server, schema.ENTRANTS)


async def test_a_thousand_queued_change_sets_catch_up_in_few_requests(bench: Bench) -> None:
    for number in range(1, 1001):
        await bench.wrote(replace(entrant(number % 100), fixed_win_odds=number / 10))
    await bench.arrived()
    assert bench.requests <= 3


async def test_a_change_set_at_the_end_of_what_is_read_at_once_goes_whole(bench: Bench) -> None:
    many = [replace(entrant(number % 24 + 1), entrant_id=f"e{number}") for number in range(MOST_ROWS - 3)]
    await bench.wrote(*many)
    await bench.wrote(results(), entrant(1), entrant(2), pools(), race())
    bench.server.control.refuse(table="races", type="row_limit_exceeded", message="The row limit is exceeded.")
    async with bench.forwarding() as forwarder:
        while not (await forwarder.status()).failing_since:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert len(rows_there(bench.server, schema.ENTRANTS)) == MOST_ROWS - 3
    assert rows_there(bench.server, schema.RACE_RESULTS) == {}


async def test_a_server_that_does_not_get_done_with_many_rows_is_sent_fewer(bench: Bench) -> None:
    await bench.wrote(*(replace(entrant(1), entrant_id=f"e{number}") for number in range(900)))
    bench.server.control.fault(kind="stall", method="PATCH", times=1)
    await bench.arrived()
    assert bench.server.control.requests["PATCH /tablesdb/transactions/{transactionId}"] == 3


async def test_rows_that_wait_for_another_database_are_not_sent_to_this_one(bench: Bench) -> None:
    await bench.store.transaction(lambda connection: aim_at(connection, "another", SystemClock().now()))
    await bench.wrote(*RACE)
    async with bench.forwarding(target="this") as forwarder:
        assert await forwarder.drain(0.5) == len(RACE)
    assert bench.requests == 0


async def test_only_one_process_sends_at_a_time_and_the_next_goes_on_after_it(bench: Bench) -> None:
    async with bench.forwarding() as first, bench.forwarding() as second:
        await bench.wrote(*RACE)
        assert await second.drain(PATIENCE_SECONDS) == 0
        assert bench.requests == 3
        assert (await first.state()).waiting == 0
    await bench.wrote(entrant(9))
    await bench.arrived()


async def test_a_full_outbox_leaves_history_out_until_there_is_room(bench: Bench) -> None:
    bench.server.control.down()
    await bench.wrote(*RACE)
    async with bench.forwarding(most_rows=3):
        while not bench.outbox.is_full:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    bench.server.control.up()
