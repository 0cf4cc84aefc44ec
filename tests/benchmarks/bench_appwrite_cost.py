"""What a racing day costs on Appwrite: rows by table and requests by kind, of a whole day and of a daemon that idles.

`python -m tests.benchmarks.bench_appwrite_cost --races 100 --history full` lives a simulated day through the daemon's
own parts, as fast as the work allows, against the stand-in, which counts as Appwrite Cloud bills: a row written or told
is one, and so is a question that no row fits.
"""

import argparse
import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.leases import AppwriteLeases
from raceday_daemon.appwrite.rules import RECONCILE_SECONDS, RulesMirror
from raceday_daemon.model.lease import LEASE_OF_JOB, POLLER_LEASE, Lease, LeaseTerms
from raceday_daemon.ops.scaled_time import ScaledTime
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.simulator.served import ServedLog
from raceday_daemon.store.demo_queries import read_outcome
from raceday_daemon.store.working_store import open_working_store
from tests.appwrite_servers import Access, AppwriteServer
from tests.appwrite_tables import make_tables, way_to
from tests.benchmarks.conftest import Tell
from tests.fakes.appwrite import standing_in_beside
from tests.fakes.clock import FakeClock
from tests.scaled_daemon import scaled_daemon
from tests.workbench import rows

BEGIN = datetime(2025, 7, 18, 16, tzinfo=UTC)
"""Four in the morning of a Saturday in Auckland; the jobs come an hour later."""
FIRST = datetime(2025, 7, 18, 23, tzinfo=UTC)
HOURS = 11
AS_FAST_AS_IT_GOES = 1_000_000
LOOK_FOR_END = timedelta(minutes=10)
DATABASE = "cost"


@dataclass(frozen=True)
class Cost:
    """Requests by kind, rows written and told by table."""

    requests: Counter[str] = field(default_factory=Counter)
    written: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)

    @classmethod
    def since_last(cls, server: AppwriteServer) -> "Cost":
        """Give what the stand-in has counted, and let it count from nothing."""
        control = server.control
        cost = cls(control.requests, control.written, control.read)
        control.forget_traffic()
        return cost

    def totals(self) -> str:
        """Give the sums in a line."""
        return f"{self.requests.total():>9,} requests {self.read.total():>9,} reads {self.written.total():>10,} writes"


@contextmanager
def a_server() -> Iterator[AppwriteServer]:
    """Run a stand-in beside this process, its tables made."""
    with standing_in_beside() as stand_in:
        server = AppwriteServer(Access(stand_in.endpoint, stand_in.project, stand_in.key), DATABASE, stand_in)
        make_tables(server)
        yield server


@contextmanager
def named_by_the_environment(server: AppwriteServer, **more: str) -> Iterator[None]:
    """Let settings name the server."""
    ours = {**server.environment, "APPWRITE_DATABASE_ID": server.database, **more}
    before = dict(os.environ)
    os.environ.update(ours)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def day(folder: Path, races: int) -> None:
    """Live a day of so many races, with all that can happen, until every race is over and every row has arrived."""
    plan = plan_of_starts(1, [FIRST + timedelta(hours=HOURS) * place / races for place in range(races)])
    over = asyncio.Event()
    async with scaled_daemon(folder, plan, BEGIN, AS_FAST_AS_IT_GOES, ServedLog(0)) as time:
        _look_for_end(time, folder, races, over)
        await over.wait()


def _look_for_end(time: ScaledTime, folder: Path, races: int, over: asyncio.Event) -> None:
    async def look() -> None:
        outcome = await asyncio.to_thread(read_outcome, folder, 0.0)
        if outcome.is_done and outcome.races.total() == races:
            over.set()
        else:
            time.at("the day's end", time.now() + LOOK_FOR_END, look)

    time.at("the day's end", FIRST + timedelta(hours=HOURS), look)


async def idle(server: AppwriteServer, folder: Path) -> dict[str, tuple[float, Cost]]:
    """Give each thing that is done whether there is racing or not: how often a day, and what one costs."""
    clock, found = FakeClock(), {}
    store = await open_working_store(folder)
    async with way_to(server) as appwrite:
        held = await _every_lease_twice(appwrite, clock)
        leases, rules = AppwriteLeases(appwrite, clock), RulesMirror(appwrite, store, clock)
        contender = AppwriteLeases(appwrite, clock)
        await rules.look()
        clock.advance(60)
        await rules.look()

        async def one(name: str, every_seconds: float, step: Callable[[], Awaitable[object]]) -> None:
            server.control.forget_traffic()
            await step()
            found[name] = 86_400 / every_seconds, Cost.since_last(server)

        async def look_of_a_standby() -> None:
            await contender.refuse_if_held(POLLER_LEASE, lambda _: True)

        await look_of_a_standby()
        await one("heartbeat", POLLER_LEASE.heartbeat_seconds, lambda: leases.beat(held, POLLER_LEASE, "progress"))
        await one("look for changed rules", 15, rules.look)
        clock.advance(RECONCILE_SECONDS)
        await one("comparing the rules", RECONCILE_SECONDS, rules.look)
        await one("a job's lease", 86_400 / 100, lambda: _take_and_let_go(leases, LEASE_OF_JOB["statuses"], "again"))
        await one("look of a standby", 10, look_of_a_standby)
    await store.close()
    return found


async def _every_lease_twice(appwrite: Appwrite, clock: FakeClock) -> Lease:
    """Leave in the table what a day leaves: all leases, two epochs each; the last one is held."""
    leases = AppwriteLeases(appwrite, clock)
    for terms in (*LEASE_OF_JOB.values(), POLLER_LEASE):
        for run in ("first", "second"):
            await _take_and_let_go(leases, terms, run)
    return (await leases.take(POLLER_LEASE, "here/1/x/y", "third", lambda _: False)).lease


async def _take_and_let_go(leases: AppwriteLeases, terms: LeaseTerms, run: str) -> None:
    taken = await leases.take(terms, "here/1/x/y", run, lambda _: False)
    await leases.beat(taken.lease, terms, run)
    await leases.release(taken.lease)


def test_a_day_of_twelve_races(tmp_path: Path, tell: Tell) -> None:
    with a_server() as server, named_by_the_environment(server):
        server.control.forget_traffic()
        asyncio.run(day(tmp_path, 12))
        cost = Cost.since_last(server)
        tell("rows written to Appwrite, a race", cost.written.total() / 12, "rows", "see docs/operations.md")
        tell("requests of it, a race", cost.requests.total() / 12, "", "see docs/operations.md")


def test_a_day_without_racing(tmp_path: Path, tell: Tell) -> None:
    with a_server() as server:
        told = asyncio.run(idle(server, tmp_path))
    for name, (times, cost) in told.items():
        tell(f"{name}: rows read a day", times * cost.read.total(), "rows", "as few as questions")
        tell(f"{name}: rows written a day", times * cost.written.total(), "rows", "-")


def _show(what: str, counts: Counter[str], races: int) -> None:
    for name, count in counts.most_common():
        print(f"{what:<9} {name:<58} {count:>10,} {count / races:>9.1f} a race")  # noqa: T201  (a figure)


def main(races: int, history: str) -> None:
    """Live the day and print what it cost, then what a day costs without any racing."""
    logger.remove()
    with TemporaryDirectory() as folder, a_server() as server:
        with named_by_the_environment(server, RACEDAY_APPWRITE_HISTORY=history):
            asyncio.run(day(Path(folder) / "data", races))
        cost = Cost.since_last(server)
        for what, counts in (("written", cost.written), ("read", cost.read), ("request", cost.requests)):
            _show(what, counts, races)
        print(f"{races} races, {history}: {cost.totals()}")  # noqa: T201  (a figure)
        [(looks, stored)] = rows(Path(folder) / "data" / "ops.db", "SELECT count(*), sum(rows_written) FROM polls")
        print(f"{looks:,} looks stored {stored:,} rows here")  # noqa: T201  (a figure)
        for name, (times, each) in asyncio.run(idle(server, Path(folder) / "idle")).items():
            print(f"{name:<24} {times:>7,.0f} times a day, each {each.totals()}")  # noqa: T201  (a figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--races", type=int, default=100)
    parser.add_argument("--history", default="full", choices=("full", "thin"))
    asked = parser.parse_args()
    main(asked.races, asked.history)
