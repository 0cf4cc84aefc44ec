"""A look at a race: reading the answer against a bare parse, committing it against the same rows in bare SQLite."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.market.money_flow import money_points
from raceday_daemon.market.odds_history import odds_points
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.ids import row_id
from raceday_daemon.model.market import MoneyFlowPoint, OddsPoint, RacePools
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.event_mapping import race_snapshot
from raceday_daemon.nztab.payloads import EventAnswer
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.rows import layout, row_of
from tests import builders
from tests.benchmarks.conftest import Tell
from tests.builders import later
from tests.recordings import needs_recordings, recorded, recorded_bytes

NOW = datetime(2025, 7, 19, tzinfo=UTC)


def snapshot_of(body: bytes) -> RaceSnapshot:
    return race_snapshot(*decode(EventAnswer, body))


def best_of(work: Callable[[], Any], rounds: int = 7, repeats: int = 50) -> float:
    """Give the seconds of the quickest round's mean: what the machine's other work disturbs least."""
    times = []
    for _ in range(rounds):
        began = perf_counter()
        for _ in range(repeats):
            work()
        times.append((perf_counter() - began) / repeats)
    return min(times)


@needs_recordings
@pytest.mark.benchmark(group="the recorded event, as sent (195 KB without white space)")
class TestReading:
    body = b""

    @pytest.fixture(autouse=True)
    def _load(self) -> None:
        TestReading.body = orjson.dumps(recorded("event"))

    def test_floor_bare_orjson(self, benchmark: BenchmarkFixture) -> None:
        benchmark(orjson.loads, self.body)

    def test_bytes_to_snapshot(self, benchmark: BenchmarkFixture) -> None:
        benchmark(snapshot_of, self.body)


@needs_recordings
def test_reading_ratio(tell: Tell) -> None:
    for name, body in (("195 KB", orjson.dumps(recorded("event"))), ("as recorded, 410 KB", recorded_bytes("event"))):
        floor = best_of(partial(orjson.loads, body))
        ours = best_of(partial(snapshot_of, body))
        tell(f"bytes to RaceSnapshot / orjson.loads ({name})", ours / floor, "times", "within 2")


LOOKS = [*range(-3600, -1200, 300), *range(-1200, -600, 120), *range(-600, -300, 60), *range(-300, 300, 15)]
"""When a race that starts five minutes late is looked at, in seconds from its advertised start."""


@dataclass
class Bench:
    """An empty working store, and races, one after the other, that move in every price at each look."""

    connection: sqlite3.Connection
    runners: int

    def snapshots(self) -> Iterator[RaceSnapshot]:
        for turn in count():
            price = 2.0 + turn % 90 / 10
            race_id = row_id("race", str(turn // len(LOOKS)))
            yield builders.snapshot(
                generated_time=later(LOOKS[turn % len(LOOKS)], builders.START),
                race=builders.race(race_id=race_id),
                pools=builders.pools(race_id=race_id, win_pool_total=turn, total_race_pool=turn),
                entrants=tuple(
                    builders.entrant(
                        number,
                        entrant_id=row_id(race_id, str(number)),
                        race_id=race_id,
                        fixed_win_odds=price + number,
                        fixed_place_odds=price,
                        pool_win_odds=price + number / 10,
                        pool_place_odds=price / 2 + 1,
                        win_pool_amount=turn * number,
                    )
                    for number in range(1, self.runners + 1)
                ),
            )

    def commit(self, snapshot: RaceSnapshot) -> int:
        self.connection.execute("BEGIN IMMEDIATE")
        written = commit_race(self.connection, snapshot, NOW).rows_written
        self.connection.execute("COMMIT")
        return written

    def bare(self, statements: list[tuple[str, list[Any]]]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        for statement, rows in statements:
            self.connection.executemany(statement, rows)
        self.connection.execute("COMMIT")


@pytest.fixture(params=[8, 24], ids=lambda runners: f"{runners} runners")
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    connection = sqlite3.connect(tmp_path / "raceday.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for statement in create_statements():
        connection.execute(statement)
    yield Bench(connection, request.param)
    connection.close()


def test_a_changed_race_against_the_same_rows_in_bare_sqlite(bench: Bench, tell: Tell) -> None:
    ours, floor = [], []
    for turn, snapshot in zip(range(400), bench.snapshots(), strict=False):
        rows = bare_rows(snapshot)
        began = perf_counter()
        written = bench.commit(snapshot)
        between = perf_counter()
        bench.bare(rows)
        # A race's first look writes the race as well.
        if turn > 20 and turn % len(LOOKS):
            ours.append(between - began)
            floor.append(perf_counter() - between)
            assert written == sum(len(values) for _, values in rows)
    name = f"a ChangeSet of {bench.runners} runners"
    middle = len(ours) // 2
    tell(f"{name}, committed", sorted(ours)[middle] * 1000, "ms", "-")
    tell(f"{name} / the same rows in bare sqlite3", sorted(ours)[middle] / sorted(floor)[middle], "times", "within 2")


def bare_rows(snapshot: RaceSnapshot) -> list[tuple[str, list[Any]]]:
    """Prepare the very rows that a commit of the snapshot writes, the history under other ids of the same kind."""
    race = replace(snapshot.race, race_id=row_id("bare", snapshot.race.race_id))
    entrants = tuple(
        replace(one, entrant_id=row_id("bare", one.entrant_id), race_id=race.race_id) for one in snapshot.entrants
    )
    prices = odds_points({}, entrants, {}, snapshot.generated_time, race.start_time)
    money = money_points(replace(snapshot, race=race, entrants=entrants), None, {}, {}, NOW)
    return [
        (layout(Entrant).upsert, [row_of(entrant) for entrant in snapshot.entrants]),
        (layout(RacePools).upsert, [row_of(snapshot.pools)]),
        (layout(OddsPoint).upsert, [row_of(point) for point in prices]),
        (layout(MoneyFlowPoint).upsert, [row_of(point) for point in money]),
    ]


def test_an_unchanged_race(bench: Bench, benchmark: BenchmarkFixture, tell: Tell) -> None:
    for snapshot in islice(bench.snapshots(), len(LOOKS)):
        bench.commit(snapshot)
    unchanged = replace(snapshot, generated_time=later(10, snapshot.generated_time))
    assert bench.commit(unchanged) == 0
    again = partial(bench.commit, unchanged)
    benchmark(again)
    tell(f"an unchanged race of {bench.runners} runners", best_of(again) * 1000, "ms", "under 1")
