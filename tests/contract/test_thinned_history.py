"""The history thinned in a real store and on its way to Appwrite: what is held back, when it goes, and what a kill, a
full outbox, a takeover or a change of mind make of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.forwarder import Forwarder
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.tasks import cut_off
from raceday_daemon.store import schema
from raceday_daemon.store.aiming import aim_at
from raceday_daemon.store.letting_go import let_go as let_go_of
from raceday_daemon.store.outbox import Outbox, append_released, read_state
from raceday_daemon.store.schema import Table
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_stores import Machine, machine
from tests.appwrite_tables import rows_there, stored_rows
from tests.builders import GENERATED, START, entrant, later, meeting, minutes_before, race

TODAY = date(2025, 7, 17)
MONEY, ODDS = schema.MONEY_FLOW_HISTORY, schema.ODDS_HISTORY


@pytest.fixture
async def north(tmp_path: Path, appwrite: Appwrite) -> AsyncIterator[Machine]:
    async with machine(tmp_path / "north", appwrite, is_thinned=True) as north:
        await north.write(meeting(api_generated_time=minutes_before(90).generated_time))
        yield north


@pytest.fixture
async def south(tmp_path: Path, appwrite: Appwrite) -> AsyncIterator[Machine]:
    async with machine(tmp_path / "south", appwrite, is_thinned=True) as south:
        yield south


def priced(minutes: float, odds: float, **changes: Any) -> RaceSnapshot:
    return minutes_before(minutes, entrants=(entrant(1, fixed_win_odds=odds),), **changes)


def money_there(server: AppwriteServer) -> dict[int, tuple[int | None, int | None]]:
    """Give the amount and the increment of the newest row of each bucket in Appwrite."""
    rows = sorted(rows_there(server, MONEY).values(), key=lambda row: row["eventTimestamp"])
    return {row["timeInterval"]: (row["winPoolAmount"], row["incrementalWinAmount"]) for row in rows}


def ids_there(server: AppwriteServer, table: Table) -> set[str]:
    return set(rows_there(server, table))


def odds_there(server: AppwriteServer) -> list[float]:
    rows = sorted(rows_there(server, ODDS).values(), key=lambda row: row["eventTimestamp"])
    return [row["odds"] for row in rows]


async def sent(one: Machine, minutes: float) -> None:
    """Let all that waits arrive, so many minutes before the start."""
    await one.send(later(-60 * minutes, START))


async def let_go(one: Machine, minutes: float) -> int:
    """Let go what is over so many minutes before the start."""
    at = later(-60 * minutes, START)
    return await one.store.transaction(lambda connection: append_released(connection, at))


async def lines(one: Machine) -> int:
    def count(connection: Connection) -> int:
        (found,) = connection.execute("SELECT count(*) FROM thinned_lines").fetchone()
        return int(found)

    return await one.store.transaction(count)


async def test_within_a_bucket_only_its_first_row_goes_and_with_the_next_bucket_its_newest(
    north: Machine, appwrite_server: AppwriteServer
) -> None:
    for minutes, amount in ((14, 1_000), (13, 1_500), (12, 1_800)):
        await north.look(minutes_before(minutes, amount))
    await sent(north, 12)
    assert money_there(appwrite_server) == {10: (1_000, 1_000)}
    await north.look(minutes_before(9, 2_500))
    await sent(north, 9)
    assert money_there(appwrite_server) == {10: (1_800, 1_800), 5: (2_500, 700)}
    assert len(ids_there(appwrite_server, MONEY)) == 3
    assert len(north.rows(MONEY)) == 4, "here every row is kept"


async def test_a_price_within_a_tick_of_the_one_sent_stays_here_and_the_last_one_goes_before_the_last_minutes(
    north: Machine, appwrite_server: AppwriteServer
) -> None:
    for minutes, odds in ((30, 4.4), (20, 4.5), (12, 4.8), (11, 4.9), (10, 4.7)):
        await north.look(priced(minutes, odds))
    await sent(north, 10)
    assert odds_there(appwrite_server) == [4.4, 4.8]
    await north.look(priced(4.75, 4.8))
    await north.look(priced(4.5, 4.9))
    await sent(north, 4.5)
    assert odds_there(appwrite_server) == [4.4, 4.8, 4.7, 4.8, 4.9]
    assert await lines(north) == 0


async def test_a_price_that_no_look_moves_any_more_goes_when_the_last_minutes_begin(
    north: Machine, appwrite_server: AppwriteServer
) -> None:
    await north.look(priced(30, 4.4))
    await north.look(priced(20, 4.5))
    assert await let_go(north, 5.1) == 0
    assert await let_go(north, 5) == 1
    await sent(north, 5)
    assert odds_there(appwrite_server) == [4.4, 4.5]
    assert await let_go(north, 5) == 0
    assert await lines(north) == 0


async def test_a_bucket_whose_time_has_passed_without_a_look_is_completed_all_the_same(
    north: Machine, appwrite_server: AppwriteServer
) -> None:
    await north.look(minutes_before(14, 1_000))
    await north.look(minutes_before(13, 1_500))
    assert await let_go(north, 10) == 0
    assert await let_go(north, 9.9) == 1
    assert await let_go(north, 9.9) == 0
    await sent(north, 9.9)
    assert money_there(appwrite_server) == {10: (1_500, 1_500)}


async def test_what_is_held_of_a_race_that_a_card_calls_abandoned_or_that_is_gone_goes_too(north: Machine) -> None:
    await north.look(minutes_before(50, 1_000))
    await north.look(minutes_before(49, 1_500))
    await north.look(priced(47, 4.4))
    await north.look(priced(46, 4.5))
    await north.write(race(status="Abandoned"))
    waited = await north.waiting()
    assert await let_go(north, 46) == 2
    assert await north.waiting() == waited + 2
    assert await lines(north) == 0


async def test_a_row_that_was_sent_and_is_written_again_for_the_same_moment_is_sent_again(
    north: Machine, appwrite_server: AppwriteServer
) -> None:
    await north.look(priced(30, 4.4))
    await sent(north, 30)
    await north.look(priced(30, 4.5))
    await sent(north, 30)
    assert odds_there(appwrite_server) == [4.5]
    assert rows_there(appwrite_server, ODDS) == stored_rows(north.folder, ODDS)


async def test_states_go_with_every_look(north: Machine, appwrite_server: AppwriteServer) -> None:
    for minutes, odds in ((30, 4.4), (20, 4.5)):
        await north.look(priced(minutes, odds))
    await sent(north, 20)
    (runner,) = rows_there(appwrite_server, schema.ENTRANTS).values()
    assert runner["fixedWinOdds"] == 4.5


async def test_a_look_that_is_undone_leaves_no_memory_of_what_it_held_back_or_sent(north: Machine) -> None:
    await north.look(priced(30, 4.4))
    remembered = await north.store.transaction(_all_lines)
    answer = priced(20, 4.5)
    sending = north.outbox.sending(answer.generated_time, is_patient=False)

    def look(connection: Connection) -> None:
        commit_race(connection, answer, answer.generated_time, None, sending)
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        await north.store.transaction(look)
    assert await north.store.transaction(_all_lines) == remembered
    assert len(north.rows(ODDS)) == 1


def _all_lines(connection: Connection) -> list[Any]:
    return connection.execute("SELECT * FROM thinned_lines ORDER BY type, entrantId").fetchall()


async def test_a_full_outbox_counts_only_what_would_have_been_sent(north: Machine) -> None:
    await north.look(priced(30, 4.4))
    north.outbox.set_full(True)
    await north.look(priced(20, 4.5))
    assert (await north.store.transaction(read_state)).left_out == 1, "the first money of another bucket"
    assert await let_go(north, 4) == 1


class TestAnotherDaemon:
    async def test_increments_add_up_where_another_goes_on_without_what_was_held_back(
        self, north: Machine, south: Machine, appwrite_server: AppwriteServer
    ) -> None:
        for minutes, amount in ((14, 1_000), (13, 1_500)):
            await north.look(minutes_before(minutes, amount))
        await sent(north, 13)
        await south.heir.catch_up([TODAY])
        await south.look(minutes_before(9, 2_500))
        await south.look(minutes_before(8, 2_600))
        await south.look(minutes_before(4.5, 3_000))
        await sent(south, 4.5)
        assert money_there(appwrite_server) == {10: (1_000, 1_000), 5: (2_600, 1_600), 4: (3_000, 400)}

    async def test_within_a_bucket_another_goes_on_from_what_the_bucket_began_with(
        self, north: Machine, south: Machine, appwrite_server: AppwriteServer
    ) -> None:
        for minutes, amount in ((16, 400), (14, 1_000), (13, 1_500)):
            await north.look(minutes_before(minutes, amount))
        await sent(north, 13)
        await south.heir.catch_up([TODAY])
        await south.look(minutes_before(11, 1_700))
        await south.look(minutes_before(9, 2_000))
        await sent(south, 9)
        assert money_there(appwrite_server) == {15: (400, 400), 10: (1_700, 1_300), 5: (2_000, 300)}

    async def test_who_gives_way_does_not_send_what_it_held_back(
        self, north: Machine, south: Machine, appwrite_server: AppwriteServer
    ) -> None:
        for minutes, amount in ((14, 1_000), (13, 1_500)):
            await north.look(minutes_before(minutes, amount))
        await sent(north, 13)
        await south.heir.catch_up([TODAY])
        await south.look(minutes_before(9, 2_500))
        await sent(south, 9)
        await north.heir.give_way()
        assert await let_go(north, 5) == 0
        await north.heir.catch_up([TODAY])
        await north.look(minutes_before(8, 2_700))
        await north.look(minutes_before(4.5, 3_000))
        await sent(north, 4.5)
        assert money_there(appwrite_server) == {10: (1_000, 1_000), 5: (2_700, 1_700), 4: (3_000, 300)}

    async def test_a_copy_of_the_file_holds_nothing_back_since_the_file_itself_has_gone_on(
        self, north: Machine
    ) -> None:
        await north.look(priced(30, 4.4))
        await north.look(priced(20, 4.5))
        await north.store.transaction(let_go_of)
        assert await let_go(north, 0) == await lines(north) == 0

    async def test_what_is_over_is_not_let_go_while_another_may_be_polling(
        self, north: Machine, appwrite: Appwrite
    ) -> None:
        await north.look(priced(30, 4.4))
        await north.look(priced(20, 4.5))
        forwarder = Forwarder(
            north.folder, north.store, appwrite, SystemClock(), north.outbox, 1_000_000, may_send=lambda: False
        )
        running = asyncio.create_task(forwarder.run())
        await asyncio.sleep(0.3)
        await cut_off(running)
        assert await lines(north) == 2
        await sent(north, 0)
        assert await lines(north) == 0


class TestAllThatIsStored:
    async def test_is_queued_thinned_where_rows_go_to_another_database(self, north: Machine) -> None:
        for minutes, odds in ((30, 4.4), (20, 4.5), (12, 4.8), (11, 4.9), (4, 4.8), (3, 4.9)):
            await north.look(priced(minutes, odds))
        queued = await self._aimed(north, is_thinned=True)
        assert queued["odds-history"] == 5, "all but the one within a tick of its neighbours"
        assert len(north.rows(ODDS)) == 6
        assert (await self._aimed(north, is_thinned=False))["odds-history"] == 6

    async def _aimed(self, one: Machine, *, is_thinned: bool) -> dict[str, int]:
        def aim(connection: Connection) -> dict[str, int]:
            aim_at(connection, None, GENERATED)
            aim_at(connection, "there", GENERATED, is_thinned=is_thinned)
            return dict(connection.execute("SELECT tableName, count(*) FROM outbox GROUP BY 1").fetchall())

        return await one.store.transaction(aim)


async def test_without_thinning_every_row_goes_and_nothing_is_remembered(tmp_path: Path, appwrite: Appwrite) -> None:
    async with machine(tmp_path, appwrite) as here:
        for minutes, odds in ((30, 4.4), (20, 4.5)):
            await here.look(priced(minutes, odds))
        assert await lines(here) == 0
        assert await here.waiting() == len(here.rows(ODDS)) + len(here.rows(MONEY)) + 3


async def test_once_thinning_is_switched_off_every_row_goes_and_nothing_is_remembered_any_more(
    tmp_path: Path, north: Machine, appwrite: Appwrite, appwrite_server: AppwriteServer
) -> None:
    for minutes, odds in ((30, 4.4), (20, 4.5)):
        await north.look(priced(minutes, odds))
    await sent(north, 20)
    whole = replace(north, outbox=Outbox())
    for minutes, odds in ((19, 4.4), (18, 4.5), (17, 4.4)):
        await whole.look(priced(minutes, odds))
    await sent(whole, 17)
    assert odds_there(appwrite_server) == [4.4, 4.5, 4.4, 4.5, 4.4]
    assert rows_there(appwrite_server, MONEY) == stored_rows(north.folder, MONEY)
    assert await lines(north) == 0


async def test_a_file_whose_rows_go_nowhere_holds_nothing_back(tmp_path: Path, appwrite: Appwrite) -> None:
    async with machine(tmp_path, appwrite) as here:
        sending = Outbox(if_aimed=True, is_thinned=True).sending(GENERATED, is_patient=False)
        for minutes, odds in ((30, 4.4), (20, 4.5)):
            answer = priced(minutes, odds)
            await here.store.transaction(
                lambda connection, answer=answer: commit_race(  # type: ignore[misc]
                    connection, answer, answer.generated_time, None, sending
                )
            )
        assert (await here.waiting(), await lines(here)) == (0, 0)
