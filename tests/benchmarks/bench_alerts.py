"""Alerts at scale: how long a look takes to decide, by how many rules are in scope and how many are not."""

import gc
import sqlite3
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, thread_time

import pytest

from raceday_daemon.alerting.episodes import State
from raceday_daemon.alerting.evaluation import StateKey, evaluate
from raceday_daemon.alerting.rule_index import RuleIndex
from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.alerting.scene import Scene
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.ids import row_id
from raceday_daemon.store.ddl import create_statements
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.race_queries import write
from tests import builders
from tests.alerting_store import AlertedStore
from tests.benchmarks.conftest import Tell
from tests.builders import later

RUNNERS = 20
RACE_ID = row_id("race", "0")
KINDS = {"odds_shortening": 20.0, "odds_drift": 40.0, "odds_below": 1.5, "odds_above": 90.0, "pool_share": 30.0}


def entrant_id(race: int, number: int) -> str:
    return row_id("race", str(race), str(number))


def rules_elsewhere(count: int) -> Iterator[AlertRule]:
    """Give rules of other races' entrants, fifty on each, as many kinds of them as there are."""
    kinds = list(KINDS.items())
    for number in range(count):
        kind, threshold = kinds[number // RUNNERS % len(kinds)]
        yield AlertRule(
            rule_id=row_id("rule", str(number)),
            user_id=row_id("user", str(number % 20_000)),
            enabled=True,
            alert_type=kind,
            threshold=threshold + number % 10 / 10,
            entrant=entrant_id(1 + number // 1_000, number // 50 % RUNNERS),
        )


def rules_here(pairs: int) -> Iterator[AlertRule]:
    """Give so many rules of this race's entrants, as many on each."""
    for number, rule in enumerate(islice(rules_elsewhere(pairs), pairs)):
        yield replace(rule, rule_id=row_id("here", str(number)), entrant=entrant_id(0, number % RUNNERS))


def runners(price: float) -> dict[str, Entrant]:
    """Give twenty runners whose prices and shares are all new."""
    return {
        entrant_id(0, number): builders.entrant(
            number + 1,
            entrant_id=entrant_id(0, number),
            race_id=RACE_ID,
            fixed_win_odds=price + number,
            pool_win_odds=price + number / 2,
            win_pool_percentage=5.0 + price / 100,
            win_pool_amount=round(price * 1_000) + number,
            share_method="tote_trends",
        )
        for number in range(RUNNERS)
    }


def scene(before: float, now: float, seconds: float = 0.0) -> Scene:
    """Give an update of every runner."""
    return Scene(
        race=builders.race(race_id=RACE_ID),
        label="Awapuni R1",
        at=later(seconds),
        now=later(seconds),
        entrants=runners(now),
        earlier={0: runners(before)},
    )


def milliseconds(index: RuleIndex, scenes: list[Scene], states: dict[StateKey, State]) -> float:
    """Give the median of deciding an update, the finding of its rules included: the processor's time, all it takes."""
    times = []
    for one in scenes:
        began = thread_time()
        groups = index.groups(RACE_ID, one.entrants, everywhere=True)
        evaluate(one, groups, states, index.get)
        times.append((thread_time() - began) * 1_000)
    return sorted(times)[len(times) // 2]


STEADY = [scene(4.0 + step / 100, 4.0 + (step + 1) / 100, step) for step in range(51)]
"""Updates in which no rule of the bench is true."""


def test_deciding_an_update_by_rules_out_of_scope(tell: Tell) -> None:
    for total in (1_000, 10_000, 100_000, 300_000, 1_000_000):
        gc.collect()
        began = thread_time()
        index = RuleIndex(rules_elsewhere(total - 1_000))
        for rule in rules_here(1_000):
            index.put(rule)
        built = thread_time() - began
        assert len(index) == total
        milliseconds(index, STEADY[:3], {})
        gc.collect()
        name = f"20 runners, 1,000 rules in scope of {total:,}"
        tell(name, milliseconds(index, STEADY, {}), "ms", "under 5")
        tell("  building that index, each rule", built / total * 1e6, "us", "-")
        rule = next(rules_here(1))
        began = thread_time()
        for step in range(100):
            index.put(replace(rule, threshold=20.0 + step))
        tell("  replacing a rule in it", (thread_time() - began) * 1e4, "us", "-")


def test_deciding_an_update_by_rules_in_scope(tell: Tell) -> None:
    for pairs in (100, 1_000, 10_000):
        index = RuleIndex(rules_here(pairs))
        tell(f"20 runners, {pairs:,} pairs, none true", milliseconds(index, STEADY, {}), "ms", "under 5 at 1,000")
        below = [replace(rule, alert_type="odds_below", threshold=5.0 + 20) for rule in rules_here(pairs)]
        index = RuleIndex(below)
        fires = evaluate(STEADY[0], index.groups(RACE_ID, STEADY[0].entrants, everywhere=True), {}, index.get)
        assert len(fires.notifications) == pairs
        states = {(state.rule_id, state.target): state for state in fires.states}
        tell("  every pair true, told before", milliseconds(index, STEADY, states), "ms", "under 5 at 1,000")
        tell("  every pair told at once", milliseconds(index, STEADY[:9], {}), "ms", "-")


def test_rules_everywhere_cost_by_those_that_are_true(tell: Tell) -> None:
    everywhere = [replace(rule, entrant=None) for rule in rules_here(10_000)]
    index = RuleIndex(everywhere)
    tell("20 runners, 10,000 rules everywhere (200,000 pairs)", milliseconds(index, STEADY, {}), "ms", "-")


def test_memory_of_the_rules(tell: Tell) -> None:
    for total in (100_000, 1_000_000):
        gc.collect()
        tracemalloc.start()
        index = RuleIndex(rules_elsewhere(total))
        gc.collect()
        now, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(index) == total
        tell(f"memory of {total:,} rules", now / 1e6, "MB", "under 100 at 100,000")


def committed(store: AlertedStore, looks: Iterable[tuple[float, float]]) -> list[float]:
    times = []
    for step, price in looks:
        answer = builders.snapshot(
            generated_time=later(15 * step, later(-600, builders.START)),
            race=builders.race(race_id=RACE_ID),
            pools=builders.pools(race_id=RACE_ID, win_pool_total=round(price * 1_000_000)),
            entrants=tuple(runners(price).values()),
        )
        began = perf_counter()
        store.take(answer)
        times.append((perf_counter() - began) * 1_000)
    return sorted(times)


@pytest.mark.parametrize("rules", [0, 10_000])
def test_a_look_from_its_snapshot_to_the_commit_of_its_notifications(rules: int, tmp_path: Path, tell: Tell) -> None:
    connection = sqlite3.connect(tmp_path / "raceday.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    for statement in create_statements():
        connection.execute(statement)
    store = AlertedStore(connection, sending=Outbox().sending(builders.NOW, is_patient=False))
    write(connection, [builders.meeting()])
    kinds = [name for name, of_type in RULE_TYPES.items() if of_type.has_episodes]
    windows = cycle((0, 60, 300))
    pairs = [
        replace(rule, alert_type=kinds[number % len(kinds)], window_seconds=next(windows), threshold=5.0 + number % 40)
        for number, rule in enumerate(rules_here(min(rules, 1_000)))
    ]
    store.add(*pairs, *rules_elsewhere(max(rules - 1_000, 0)))
    began = perf_counter()
    store.alerts.refresh(connection)
    tell(f"reading {rules:,} rules at the start", (perf_counter() - began) * 1_000, "ms", "-")
    # Each look moves every price, up and down by far: many rules are true.
    times = committed(store, ((step, 4.0 + step % 7 * 1.5) for step in range(160)))[:]
    told = connection.execute("SELECT count(*) FROM notifications").fetchone()[0]
    tell(f"a look of 20 runners committed, {rules:,} rules: median", times[len(times) // 2], "ms", "-")
    tell(f"  99 % ({told:,} notifications in 160 looks)", times[len(times) * 99 // 100], "ms", "under 50")
    connection.close()
