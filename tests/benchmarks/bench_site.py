"""The site: a race's view with all of its history, and what two hundred listeners cost the polling."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, thread_time

import pytest

from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.shown_race import read_now, read_version, read_view
from raceday_daemon.store.working_store import open_working_store
from raceday_daemon.web.as_json import as_json
from tests import builders
from tests.benchmarks.conftest import Tell
from tests.benchmarks.polling_run import Audience, run_daemon
from tests.builders import RACE_ID, later
from tests.served_site import shown

RUNNERS = 24
LOOKS = 250
LISTENERS = 200
TURNS = 5


def snapshots() -> Iterator[RaceSnapshot]:
    """Give the looks at a race every 15 seconds of an hour: each moves all fixed prices and the money on all."""
    for look in range(LOOKS):
        yield builders.snapshot(
            generated_time=later(-3600 + 15 * look, builders.START),
            pools=builders.pools(win_pool_total=10_000 * look, total_race_pool=30_000 * look),
            entrants=tuple(
                builders.entrant(
                    number,
                    jockey="Some Body",
                    trainer_name="Any Body",
                    silk_colours="Orange, emerald green band, orange cap",
                    fixed_win_odds=2.0 + number + look / 100,
                    pool_win_odds=3.0 + number,
                    hold_percentage=float(number),
                    win_pool_percentage=100 / RUNNERS,
                    win_pool_amount=look * number * 10,
                    share_method="tote_trends",
                )
                for number in range(1, RUNNERS + 1)
            ),
        )


@pytest.fixture
async def full(tmp_path: Path) -> Path:
    """A data folder with such a race."""
    await (await open_working_store(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "raceday.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        write(connection, [builders.meeting()])
        for snapshot in snapshots():
            connection.execute("BEGIN IMMEDIATE")
            commit_race(connection, snapshot, later(1, snapshot.generated_time))
            connection.execute("COMMIT")
    return tmp_path


async def test_a_race_of_24_runners_with_full_history(full: Path, tell: Tell) -> None:
    with closing(sqlite3.connect(full / "raceday.db")) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("money_flow_history", "odds_history")
        ]
        assert min(counts) >= 6_000
        read, written, version, event = [], [], [], []
        for _ in range(30):
            began = thread_time()
            view = read_view(connection, RACE_ID)
            assert view
            between = thread_time()
            body = json.dumps(as_json(view), separators=(",", ":"))
            written.append(thread_time() - between)
            read.append(between - began)
            began = thread_time()
            assert read_version(connection, RACE_ID) == view.version
            version.append(thread_time() - began)
            began = thread_time()
            assert read_now(connection, RACE_ID)
            event.append(thread_time() - began)
    tell(f"a race's view, {counts[0]:,} money and {counts[1]:,} odds rows: read", 1000 * median(read), "ms", "-")
    tell(f"  put into JSON ({len(body) / 1000:.0f} KB)", 1000 * median(written), "ms", "-")
    tell("  its version alone", 1000 * median(version), "ms", "-")
    tell("  how it stands now, for an event", 1000 * median(event), "ms", "-")
    async with shown(full) as site:
        times, unchanged = [], []
        tag = (await site.ask(f"/api/races/{RACE_ID}")).headers["ETag"]
        for _ in range(30):
            began = perf_counter()
            assert (await site.ask(f"/api/races/{RACE_ID}")).status == 200
            times.append(perf_counter() - began)
            began = perf_counter()
            assert (await site.ask(f"/api/races/{RACE_ID}", If_None_Match=tag)).status == 304
            unchanged.append(perf_counter() - began)
    tell("  over HTTP, a new connection each: 90 %", 1000 * quantiles(times, n=10)[8], "ms", "under 100")
    tell("  the same, unchanged (304): 90 %", 1000 * quantiles(unchanged, n=10)[8], "ms", "-")


async def test_polls_beside_two_hundred_streams(tmp_path: Path, tell: Tell) -> None:
    # With streams and without by turns, so that whatever else the machine does is shared by both.
    now = time.time() // 60 * 60 + 120
    starts = [now + 120 + 15 * place for place in range(40)]
    turns = [(now + 60 * turn - 5, now + 60 * turn + 25) for turn in range(TURNS)]
    ran = await run_daemon(tmp_path, starts, now + 60 * TURNS, now, Audience(LISTENERS, turns))
    assert ran.missed == 0
    assert all(heard["open"] == LISTENERS and heard["races"] > 10 * LISTENERS for heard in ran.heard)
    late: dict[bool, list[float]] = {True: [], False: []}
    for due, lateness in ran.late:
        late[(due - now) % 60 < 30].append(lateness)
    without, beside = late[False], late[True]
    tell(f"40 races ({ran.polls} polls, {ran.missed} missed): lateness, median", median(without), "ms", "-")
    tell(f"  beside {LISTENERS} streams", median(beside), "ms", "-")
    for percent in (90, 99):
        tell(f"  {percent} %", quantiles(without, n=100)[percent - 1], "ms", "-")
        tell(f"  beside {LISTENERS} streams", quantiles(beside, n=100)[percent - 1], "ms", "-")
    tell("  median beside streams / without", median(beside) / median(without), "times", "about 1")
    tell("  of one core, listeners included", ran.cpu_percent, "%", "-")
    tell("  resident memory of the daemon", ran.memory_mb, "MB", "-")
    tell("  bytes of all streams", sum(heard["bytes"] for heard in ran.heard) / 1e6, "MB", "-")
