"""Simulated days whose history goes to Appwrite thinned: buckets and states are there as here, in fewer rows."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.market.thinning import price_tells
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.simulator.served import ServedLog
from raceday_daemon.store import schema
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import differences, make_tables, rows_there, stored_rows
from tests.scaled_daemon import scaled_daemon

BEGIN = datetime(2026, 2, 7, 1, tzinfo=UTC)
SPEED = 1_000_000
MONEY, ODDS = schema.MONEY_FLOW_HISTORY, schema.ODDS_HISTORY

Rows = dict[str, dict[str, Any]]


@pytest.fixture
def server(appwrite_server: AppwriteServer, monkeypatch: pytest.MonkeyPatch) -> AppwriteServer:
    make_tables(appwrite_server)
    for name, value in appwrite_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("APPWRITE_DATABASE_ID", appwrite_server.database)
    monkeypatch.setenv("RACEDAY_APPWRITE_HISTORY", "thin")
    return appwrite_server


@pytest.fixture
def plan() -> DayPlan:
    """Six races: with these everything happens that can."""
    return plan_of_starts(3, [BEGIN + timedelta(minutes=70 + 4 * place) for place in range(6)])


async def live(folder: Path, plan: DayPlan, begin: datetime, until: datetime) -> None:
    over = asyncio.Event()

    async def end() -> None:
        over.set()

    async with scaled_daemon(folder, plan, begin, SPEED, ServedLog(0)) as time:
        time.at("the end", until, end)
        await over.wait()


def newest_of_buckets(rows: Rows) -> dict[tuple[str, int], dict[str, Any]]:
    newest = {}
    for row in sorted(rows.values(), key=lambda row: row["eventTimestamp"]):
        newest[row["entrantId"], row["timeInterval"]] = row
    return newest


def lines(rows: Rows) -> Iterator[list[dict[str, Any]]]:
    """Give the prices of each line in their order, with their ids."""
    named = [{"id": row_id, **row} for row_id, row in rows.items()]
    named.sort(key=lambda row: (row["entrantId"], row["type"], row["eventTimestamp"]))
    for _, of_line in groupby(named, lambda row: (row["entrantId"], row["type"])):
        yield list(of_line)


def assert_sums_hold(there: Rows, known: Rows) -> None:
    """See that the increments of a runner's buckets add up to its last amount of all that is known."""
    last: dict[str, int] = {}
    for row in sorted(known.values(), key=lambda row: (-row["timeInterval"], row["eventTimestamp"])):
        if row["winPoolAmount"] is not None:
            last[row["entrantId"]] = row["winPoolAmount"]
    sums = dict.fromkeys(last, 0)
    for (entrant_id, _), row in newest_of_buckets(there).items():
        sums[entrant_id] = sums.get(entrant_id, 0) + (row["incrementalWinAmount"] or 0)
    assert sums == last


@pytest.mark.timeout(180)
async def test_buckets_states_and_the_last_minutes_are_in_appwrite_as_they_are_here(
    tmp_path: Path, server: AppwriteServer, plan: DayPlan
) -> None:
    await live(tmp_path, plan, BEGIN, BEGIN + timedelta(hours=3))
    money, odds = stored_rows(tmp_path, MONEY), stored_rows(tmp_path, ODDS)
    money_there, odds_there = rows_there(server, MONEY), rows_there(server, ODDS)
    assert set(differences(tmp_path, server)) == {MONEY.name, ODDS.name}, "all else is the same"
    assert newest_of_buckets(money_there) == newest_of_buckets(money)
    assert_sums_hold(money_there, money)
    for here, there in ((money, money_there), (odds, odds_there)):
        assert there.items() <= here.items()
    assert {row_id for row_id, row in money.items() if row["intervalType"] in ("15s", "live")} <= money_there.keys()
    assert {row_id for row_id, row in odds.items() if row["timeToStartSeconds"] <= 300} <= odds_there.keys()
    for of_line in lines(odds):
        last = of_line[0]["odds"]
        for row in of_line:
            last = row["odds"] if row["id"] in odds_there else last
            assert not price_tells(last, row["odds"])
    far = [row_id for row_id, row in odds.items() if row["timeToStartSeconds"] > 300]
    assert len(odds_there.keys() & set(far)) < 0.7 * len(far), "it is worth its while"


@pytest.mark.timeout(180)
async def test_a_daemon_that_goes_on_after_its_store_was_lost_keeps_the_sums_of_the_buckets(
    tmp_path: Path, server: AppwriteServer, plan: DayPlan
) -> None:
    lost_at = BEGIN + timedelta(minutes=58, seconds=20)
    await live(tmp_path / "lost", plan, BEGIN, lost_at)
    known = newest_of_buckets(stored_rows(tmp_path / "lost", MONEY)).keys()
    await live(tmp_path / "new", plan, lost_at, BEGIN + timedelta(hours=3))
    there = rows_there(server, MONEY)
    assert newest_of_buckets(there).keys() == known | newest_of_buckets(stored_rows(tmp_path / "new", MONEY)).keys()
    assert_sums_hold(there, there | stored_rows(tmp_path / "new", MONEY))
    for table in (schema.RACES, schema.ENTRANTS, schema.RACE_POOLS, schema.RACE_RESULTS):
        assert rows_there(server, table) == stored_rows(tmp_path / "new", table)
