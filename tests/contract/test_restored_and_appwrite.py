"""A restored file goes on beside an Appwrite that has gone on: nothing there steps back, and nothing is told twice."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.leases import AppwriteLeases
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.jobs.polling_post import Place, PollingPost
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.gate import Gate
from raceday_daemon.store import schema
from raceday_daemon.store.aiming import aim_at
from raceday_daemon.store.deliveries import settle_doubts, take
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.records import open_records
from tests.alerting import rule
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_stores import Machine, machine
from tests.builders import NOW, entrant, later, meeting, minutes_before, race, results
from tests.contract.test_polling_post import TERMS
from tests.copied_folders import restored, taken
from tests.delivery_bench import notification

TODAY = date(2025, 7, 17)
TABLES = [table.name for table in (*schema.RACE_TABLES, *schema.PEOPLES_TABLES)]

Rows = dict[str, dict[str, dict[str, Any]]]


@pytest.fixture
async def first(tmp_path: Path, appwrite: Appwrite) -> AsyncIterator[Machine]:
    """The machine that is backed up: its file sends its rows to Appwrite."""
    async with machine(tmp_path / "first", appwrite) as first:
        records = await open_records(first.folder)
        await records.close()
        await first.store.transaction(partial(aim_at, target="there", now=NOW))
        await first.write(meeting(api_generated_time=minutes_before(90).generated_time))
        yield first


def there(server: AppwriteServer) -> Rows:
    """Read what Appwrite has, but for Appwrite's own marks."""
    return {
        table: {
            row_id: {name: value for name, value in row.items() if not name.startswith("$")}
            for row_id, row in server.control.rows(server.database, table).items()
        }
        for table in TABLES
    }


async def backed_up_while_rows_wait(first: Machine, target: Path) -> None:
    """Take a backup in which an older state waits: of a race, its runners, a rule and what somebody was told."""
    await first.look(minutes_before(20, entrants=(entrant(1, fixed_win_odds=9.0),)))
    await first.write(rule(rule_id="rule-1", threshold=10.0), notification(1, read=False))
    taken(first.folder, target)


async def gone_on(first: Machine) -> None:
    """Let the first machine send all, and the day and its people go on, until the race is over."""
    await first.look(minutes_before(5, entrants=(entrant(1, fixed_win_odds=4.0),)))
    over = race(status="Final", finalized_at=later(300), race_date_nz="2025-07-17")
    await first.look(minutes_before(-5, race=over, entrants=(entrant(1, fixed_win_odds=3.0),), results=results()))
    await first.write(rule(rule_id="rule-1", threshold=25.0, enabled=False), notification(1, read=True))
    await first.send()


def post_of(store_of: Machine, shared: AppwriteLeases, file: str) -> tuple[PollingPost, LeaseKeeper]:
    clock = SystemClock()
    place = Place(file=file, target="there")
    post = PollingPost(TERMS, shared, store_of.store, clock, Gate(clock), place, store_of.heir)
    return post, LeaseKeeper(store_of.store, clock, owner=f"{file}/7/space/boot", shared=shared)


async def takes_over(one: Machine, shared: AppwriteLeases, file: str = "this file") -> None:
    """Take the post as a daemon does that begins, and let it go again."""
    post, keeper = post_of(one, shared, file)
    await post.wait()
    async with keeper.held(TERMS, str, is_alone=True, post=post):
        await post.settle()


@pytest.mark.parametrize("file", ["another file", "this file"], ids=["elsewhere", "with the inode of the first"])
async def test_a_daemon_on_a_restored_file_sends_nothing_older_than_what_is_there(
    first: Machine, appwrite: Appwrite, appwrite_server: AppwriteServer, tmp_path: Path, file: str
) -> None:
    shared = AppwriteLeases(appwrite, SystemClock())
    await takes_over(first, shared)
    await backed_up_while_rows_wait(first, tmp_path / "b.tar.gz")
    await gone_on(first)
    before = there(appwrite_server)
    assert before["races"]["race-1"]["status"] == "Final"

    restored(tmp_path / "second", tmp_path / "b.tar.gz")
    async with machine(tmp_path / "second", appwrite) as second:
        assert await second.waiting() > 0
        await takes_over(second, shared, file)
        await second.send()
        assert there(appwrite_server) == before
        await second.heir.catch_up([TODAY])
        assert second.rows(schema.RACES)["race-1"]["status"] == "Final"
        assert second.rows(schema.USER_ALERT_CONFIGS)["rule-1"]["threshold"] == 25.0


async def test_commands_alone_on_a_restored_file_send_nothing_older_either(
    first: Machine, appwrite: Appwrite, appwrite_server: AppwriteServer, tmp_path: Path
) -> None:
    await backed_up_while_rows_wait(first, tmp_path / "b.tar.gz")
    await gone_on(first)
    before = there(appwrite_server)
    restored(tmp_path / "second", tmp_path / "b.tar.gz")
    async with machine(tmp_path / "second", appwrite) as second:
        post, _ = post_of(second, AppwriteLeases(appwrite, SystemClock()), "another file")
        await post.visit([TODAY])
        assert second.rows(schema.RACES)["race-1"]["status"] == "Final", "the day was caught up with"
        await second.send()
        assert there(appwrite_server) == before


async def test_what_the_first_machine_never_sent_is_sent_by_the_restored_one(
    first: Machine, appwrite: Appwrite, appwrite_server: AppwriteServer, tmp_path: Path
) -> None:
    await backed_up_while_rows_wait(first, tmp_path / "b.tar.gz")
    restored(tmp_path / "second", tmp_path / "b.tar.gz")
    async with machine(tmp_path / "second", appwrite) as second:
        await takes_over(second, AppwriteLeases(appwrite, SystemClock()))
        await second.send()
        sent = there(appwrite_server)
    assert sent["races"].keys() == {"race-1"}
    assert sent["user-alert-configs"].keys() >= {"rule-1"}
    assert sent["notifications"].keys() == {"told-1"}
    assert sent["odds-history"]


async def test_a_row_that_is_written_again_after_the_restore_is_sent_although_it_was_in_doubt(
    first: Machine, appwrite: Appwrite, appwrite_server: AppwriteServer, tmp_path: Path
) -> None:
    await backed_up_while_rows_wait(first, tmp_path / "b.tar.gz")
    await gone_on(first)
    restored(tmp_path / "second", tmp_path / "b.tar.gz")
    async with machine(tmp_path / "second", appwrite) as second:
        await second.write(rule(rule_id="rule-1", threshold=40.0))
        await takes_over(second, AppwriteLeases(appwrite, SystemClock()))
        await second.send()
    assert there(appwrite_server)["user-alert-configs"]["rule-1"]["threshold"] == 40.0


async def test_what_waited_for_a_channel_is_told_to_nobody_twice(first: Machine, tmp_path: Path) -> None:
    told = notification(1, at=NOW)
    queue = "INSERT INTO deliveries VALUES (NULL, 'told-1', 'webhook', ?, NULL, 0, FALSE, 'waiting', NULL, NULL)"
    await first.store.transaction(lambda connection: write(connection, [told]))
    at = "2025-07-17T00:40:01.500Z"
    await first.store.transaction(lambda connection: connection.execute(queue, (at,)).rowcount)
    taken(first.folder, tmp_path / "b.tar.gz")
    restored(tmp_path / "second", tmp_path / "b.tar.gz")
    async with machine(tmp_path / "second", first.appwrite) as second:
        assert await second.store.transaction(partial(settle_doubts, now=NOW)) == {"webhook": 1}
        assert (await second.store.transaction(partial(take, channel="webhook", now=NOW))).attempt is None
    assert (await first.store.transaction(partial(take, channel="webhook", now=NOW))).attempt is not None
