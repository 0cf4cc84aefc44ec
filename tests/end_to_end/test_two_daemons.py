"""Two daemons, each on a machine of its own, on one Appwrite: one polls, the other stands by, and never both."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.appwrite_servers import AppwriteServer
from tests.appwrite_tables import make_tables
from tests.end_to_end.beside import MOST_SECONDS, until
from tests.end_to_end.daemon import Daemon, running_program
from tests.end_to_end.served_here import ServedHere, served_here
from tests.fakes.cuttable import line_to
from tests.fakes.quick_daemon import STALE_SECONDS
from tests.workbench import named_rows, rows

RACES = 8
STATE = {"meetings": "meetings", "races": "races", "entrants": "entrants", "race-pools": "race_pools"}


@pytest.fixture
async def source() -> AsyncIterator[ServedHere]:
    """Races in their last minutes, so that a slot is due every two seconds."""
    async with served_here(RACES, 90, 2) as source:
        yield source


@dataclass(frozen=True)
class Machines:
    """Where daemons are started, each with a folder and a machine of its own."""

    source: ServedHere
    server: AppwriteServer
    tmp_path: Path

    def folder(self, name: str) -> Path:
        return self.tmp_path / name

    def running(self, name: str, endpoint: str | None = None) -> AbstractAsyncContextManager[Daemon]:
        """Run a daemon; `endpoint` is its own way to Appwrite."""
        environment = {
            "APPWRITE_ENDPOINT": endpoint or self.server.endpoint,
            "APPWRITE_PROJECT_ID": self.server.project,
            "APPWRITE_API_KEY": self.server.key,
            "APPWRITE_DATABASE_ID": self.server.database,
            # A busy machine may take its time to send the last rows.
            "RACEDAY_GRACE_SECONDS": "30",
        }
        program = ("tests.fakes.quick_daemon", name)
        log = self.tmp_path / f"{name}.log"
        return running_program(program, self.source, self.folder(name), log, environment)

    def polls(self, name: str) -> list[tuple[datetime, datetime]]:
        """When a daemon's scheduled looks began and ended."""
        query = "SELECT began_at, ended_at FROM polls WHERE outcome NOT IN ('missed', 'failed') ORDER BY began_at"
        found = rows(self.folder(name) / "ops.db", query)
        return [(datetime.fromisoformat(began), datetime.fromisoformat(ended)) for began, ended in found]

    def polls_made(self, name: str) -> int:
        return len(self.polls(name)) if (self.folder(name) / "ops.db").exists() else 0

    def stored(self, table: str) -> dict[str, dict[str, Any]]:
        return self.server.control.rows(self.server.database, table)


@pytest.fixture
def machines(source: ServedHere, appwrite_server: AppwriteServer, tmp_path: Path) -> Machines:
    make_tables(appwrite_server)
    return Machines(source, appwrite_server, tmp_path)


async def stands_by(daemon: Daemon) -> dict[str, Any]:
    async with asyncio.timeout(MOST_SECONDS):
        while not (status := await daemon.status())["standing_by"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    standing_by: dict[str, Any] = status["standing_by"]
    assert status["races_watched"] == 0
    return standing_by


@asynccontextmanager
async def pair(machines: Machines) -> AsyncIterator[tuple[Daemon, Daemon]]:
    """Run one that polls, and one that stands by."""
    async with machines.running("north") as north:
        await north.watches(RACES)
        async with machines.running("south") as south:
            await stands_by(south)
            yield north, south


async def test_the_second_stands_by_and_goes_on_once_the_first_is_killed_and_stale(machines: Machines) -> None:
    async with machines.running("north") as north:
        await north.watches(RACES)
        async with machines.running("south") as south:
            told = await stands_by(south)
            assert told["holder"].startswith("north/")
            await until(lambda: machines.polls_made("north") > RACES + 3)
            assert machines.polls_made("south") == 0
            assert len(south.said("standing_by")) == 1

            north.process.kill()
            await north.end()
            await until(lambda: machines.polls_made("south") > RACES)
            last, first = machines.polls("north")[-1], machines.polls("south")[0]
            assert last[1] <= first[0], "never both"
            silence = (first[0] - last[0]).total_seconds()
            assert silence > STALE_SECONDS - 1
            assert (await south.status())["standing_by"] is None
            assert await south.stop() == 0


async def test_the_second_goes_on_at_once_when_the_first_is_stopped_and_what_is_in_appwrite_is_the_start(
    machines: Machines,
) -> None:
    async with pair(machines) as (north, south):
        assert await north.stop() == 0
        await until(lambda: bool(south.said("refilled")))
        await until(lambda: machines.polls_made("south") > RACES)
        assert await south.stop() == 0
    assert machines.polls("north")[-1][1] <= machines.polls("south")[0][0]
    assert_no_price_twice(machines)
    assert_equal_to_appwrite(machines, "south")


def assert_no_price_twice(machines: Machines) -> None:
    """See that no two points of a price that follow each other say the same."""
    history: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for row in machines.stored("odds-history").values():
        history.setdefault((row["entrantId"], row["type"]), []).append((row["eventTimestamp"], row["odds"]))
    assert history
    for points in history.values():
        prices = [price for _, price in sorted(points)]
        assert all(one != other for one, other in itertools.pairwise(prices))


def assert_equal_to_appwrite(machines: Machines, name: str) -> None:
    """See that the state in Appwrite is that of one machine."""
    for table, sqlite_name in STATE.items():
        here = {
            row["id"]: row for row in named_rows(machines.folder(name) / "raceday.db", f'SELECT * FROM "{sqlite_name}"')
        }
        there = machines.stored(table)
        assert here.keys() == there.keys(), table
        for row_id, row in here.items():
            told = {column: _as_here(value) for column, value in there[row_id].items() if not column.startswith("$")}
            assert told == {column: value for column, value in row.items() if column != "id"}, table


def _as_here(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return value.replace("+00:00", "Z") if isinstance(value, str) and value.endswith("+00:00") else value


async def test_told_to_stop_while_it_stands_by_it_ends_at_once_and_well(machines: Machines) -> None:
    async with pair(machines) as (north, south):
        assert await south.stop() == 0
        assert machines.polls_made("south") == 0
        assert not [line for line in south.log if line["level"] in ("WARNING", "ERROR", "CRITICAL")]
        assert await north.stop() == 0


async def test_one_that_was_cut_off_while_another_took_over_stands_down_and_sends_its_history_alone(
    machines: Machines,
) -> None:
    async with line_to(machines.server.endpoint) as (line, endpoint), machines.running("north", endpoint) as north:
        await north.watches(RACES)
        async with machines.running("south") as south:
            await stands_by(south)
            line.cut()
            await until(lambda: machines.polls_made("south") > RACES)
            while_cut_off = machines.polls_made("north")
            await until(lambda: machines.polls_made("north") > while_cut_off)
            line.mend()
            await until(lambda: bool(north.said("stood_down")))
            told = await stands_by(north)
            assert told["holder"].startswith("south/")
            await until(lambda: not waiting(machines, "north"))
            stopped_at = machines.polls_made("north")
            made = machines.polls_made("south")
            await until(lambda: machines.polls_made("south") > made + 3)
            assert machines.polls_made("north") == stopped_at
            # From here on the first one polls again, at once.
            assert await south.stop() == 0
            await until(lambda: machines.polls_made("north") > stopped_at)
            assert await north.stop() == 0
    (given_up,) = north.said("rows_given_up")
    assert given_up["rows"] > 0
    for name in ("north", "south"):
        history = rows(machines.folder(name) / "raceday.db", "SELECT id FROM money_flow_history")
        assert {row_id for (row_id,) in history} <= machines.stored("money-flow-history").keys()
    assert_equal_to_appwrite(machines, "north")


def waiting(machines: Machines, name: str) -> int:
    return int(rows(machines.folder(name) / "raceday.db", "SELECT count(*) FROM outbox")[0][0])
