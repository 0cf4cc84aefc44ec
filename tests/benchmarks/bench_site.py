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
from tests.benchmarks.polling_run import run_daemon
from tests.builders import RACE_ID, later
from tests.served_site import shown

RUNNERS = 24
LOOKS = 250
LISTENERS = 200


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
    late: dict[int, list[float]] = {}
    for listeners in (0, LISTENERS):
        now = time.time() // 60 * 60 + 60
        starts = [now + 60 + 15 * place for place in range(40)]
        folder = tmp_path / str(listeners)
        folder.mkdir()
        ran = await run_daemon(folder, starts, until=now + 150, warm_up_until=now, listeners=listeners)
        late[listeners] = list(ran.lateness_ms)
        name = f"40 races, {listeners} streams ({ran.polls} polls, {ran.missed} missed)"
        tell(f"{name}: lateness, median", median(ran.lateness_ms), "ms", "-")
        tell("  99 %", quantiles(ran.lateness_ms, n=100)[98], "ms", "no more with streams")
        tell("  of one core, listeners included", ran.cpu_percent, "%", "-")
        tell("  resident memory of the daemon", ran.memory_mb, "MB", "-")
        assert ran.missed == 0
        if listeners:
            assert ran.heard["open"] == listeners
            assert ran.heard["races"] > 10 * listeners
            tell("  race events a stream", ran.heard["races"] / listeners, "", "-")
            tell("  bytes of all streams", ran.heard["bytes"] / 1e6, "MB", "-")
    without, beside = (median(late[number]) for number in (0, LISTENERS))
    tell("median lateness with streams / without", beside / without, "times", "about 1")
