"""Jobs and alerts held against their targets: told with figures when they pass them, cut off at their limits."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from loguru import logger

from raceday_daemon.intake.alert_watch import AlertWatch
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.jobs.overrun import Overruns
from raceday_daemon.jobs.run import Run
from raceday_daemon.model.errors import AlertsTimeoutError
from raceday_daemon.model.targets import ALERTS, POLLS, TARGETS, Target
from raceday_daemon.ops.memory_target import MemoryTarget
from tests.alerting import ruji, rule
from tests.alerting_store import SOUNDNESS, AlertedStore
from tests.builders import NOW
from tests.fakes.clock import FakeClock

DAY = date(2026, 2, 7)
Lines = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged: level, action and the whole of its facts."""
    told: Lines = []

    def take(message: Any) -> None:
        extra = message.record["extra"]
        told.append(
            (message.record["level"].name, extra.get("action", ""), extra | {"told": message.record["message"]})
        )

    # Ours alone: asyncio tells of a slow machine.
    number = logger.add(take, level="DEBUG", format="{message}", filter="raceday_daemon")
    yield told
    logger.remove(number)


def test_the_table_has_the_targets_that_are_promised() -> None:
    told = {work: (target.seconds, target.memory_mb, target.success_percent) for work, target in TARGETS.items()}
    assert told == {
        "meetings": (60, 200, 99.5),
        "races": (90, 300, 99.5),
        "entrants": (300, 800, 99.0),
        "polls": (120, 1500, 99.5),
        "alerts": (30, 100, 99.9),
    }
    assert [work for work, target in TARGETS.items() if target.is_of_a_batch] == ["entrants"]
    assert (TARGETS[POLLS].limit_seconds, TARGETS[ALERTS].limit_seconds) == (300, 60)


@pytest.mark.parametrize("of_a_batch", [False, True])
async def test_a_run_or_a_batch_that_passes_its_target_is_told_once_with_figures(
    lines: Lines, *, of_a_batch: bool
) -> None:
    target = Target(seconds=0.01, memory_mb=1e6, success_percent=99, is_of_a_batch=of_a_batch)
    run = Run("meetings", DAY, FakeClock())
    run.done, run.total = {"a", "b"}, 5
    with Overruns({"meetings": target}).told(run, of_a_batch=of_a_batch):
        await asyncio.sleep(0.1)
    ((level, action, facts),) = lines
    assert (level, action, facts["job"], facts["target_seconds"]) == ("WARNING", "job_past_target", "meetings", 0.01)
    assert facts["progress"] == "2 of 5 done, 0 failed"


async def test_what_keeps_its_target_or_has_none_tells_nothing(lines: Lines) -> None:
    overruns = Overruns({"entrants": Target(seconds=0.01, memory_mb=1e6, success_percent=99, is_of_a_batch=True)})
    for name, of_a_batch in (("entrants", False), ("statuses", False), ("statuses", True)):
        run = Run(name, DAY, FakeClock())
        with overruns.told(run, of_a_batch=of_a_batch):
            await asyncio.sleep(0.05)
        overruns.look_at_memory(run)
    with Overruns().told(Run("meetings", DAY, FakeClock()), of_a_batch=False):
        await asyncio.sleep(0)
    assert lines == []


def test_memory_past_its_target_is_told_once_then_to_those_who_debug_and_when_it_is_over(lines: Lines) -> None:
    held = iter([10.0, 250.04, 260.0, 199.0, 150.0, 201.0])
    memory = MemoryTarget("meetings", 200, lambda: next(held))
    for _ in range(6):
        memory.look()
    assert [(level, action, facts["memory_mb"]) for level, action, facts in lines] == [
        ("WARNING", "memory_past_target", 250.0),
        ("DEBUG", "memory_past_target", 260.0),
        ("INFO", "memory_past_target_over", 199.0),
        ("WARNING", "memory_past_target", 201.0),
    ]
    assert lines[0][2]["told"] == "meetings: 250.0 MB of memory, the target is 200 MB"


def test_the_process_s_own_memory_is_measured(lines: Lines) -> None:
    MemoryTarget("meetings", 1).look()
    assert 10 < lines[0][2]["memory_mb"] < 2000


@pytest.fixture
async def store() -> AsyncIterator[AlertedStore]:
    store = AlertedStore.in_memory(rule("odds_below", 5))
    yield store
    store.connection.close()


def slow(seconds: float = 30.0, limit_seconds: float = 60.0, memory_mb: float = 100.0) -> Alerts:
    target = replace(TARGETS[ALERTS], seconds=seconds, limit_seconds=limit_seconds, memory_mb=memory_mb)
    return Alerts(SOUNDNESS, watch=AlertWatch(target))


def passes(alerts: Alerts) -> tuple[int, int]:
    counts = alerts.watch.passes.take().values()
    return sum(one for one, _ in counts), sum(failed for _, failed in counts)


def test_alerts_past_their_limit_are_cut_off_the_look_stands_and_the_next_one_tells(
    store: AlertedStore, lines: Lines
) -> None:
    store.alerts = slow(limit_seconds=-1)
    assert store.look(120, ruji(fixed_win_odds=4.0)) == []
    assert store.connection.execute("SELECT fixedWinOdds FROM entrants").fetchone() == (4.0,)
    store.look(105, ruji(fixed_win_odds=4.0))
    assert passes(store.alerts) == (2, 2)
    assert [(level, action) for level, action, _ in lines if action != "alerts_past_target"] == [
        ("ERROR", "alerts_cut_off"),
        ("DEBUG", "alerts_cut_off"),
    ]
    store.alerts.watch._limit_seconds = 60
    (told,) = store.look(90, ruji(fixed_win_odds=4.0))
    assert "4.00" in told
    assert passes(store.alerts) == (1, 0)
    assert lines[-1][1] == "alerts_cut_off_over"


def test_reading_that_goes_on_past_the_limit_is_stopped_and_the_transaction_goes_on(store: AlertedStore) -> None:
    watch, connection = AlertWatch(replace(TARGETS[ALERTS], limit_seconds=0.05)), store.connection
    endless = "WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up) SELECT max(n) FROM up"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM user_alert_configs")
    with (
        pytest.raises(AlertsTimeoutError, match=r"cut off after 0\.05 s"),
        watch.one_pass(NOW),
        watch.limited(connection),
    ):
        connection.execute(endless).fetchone()
    connection.execute("COMMIT")
    assert connection.execute("SELECT count(*) FROM user_alert_configs").fetchone() == (0,)
    with watch.one_pass(NOW), watch.limited(connection), pytest.raises(sqlite3.OperationalError, match="no such table"):
        connection.execute("SELECT * FROM nowhere")


def test_slow_alerts_and_large_rules_are_told_once_and_when_that_is_over(store: AlertedStore, lines: Lines) -> None:
    store.alerts = slow(seconds=-1)
    for seconds in (120, 105):
        store.look(seconds, ruji(fixed_win_odds=9.0))
    assert [(level, action) for level, action, _ in lines] == [
        ("WARNING", "alerts_past_target"),
        ("DEBUG", "alerts_past_target"),
    ]
    lines.clear()
    store.alerts = slow(memory_mb=-1)
    store.look(90, ruji(fixed_win_odds=9.0))
    store.look(75, ruji(fixed_win_odds=9.0))
    ((level, action, facts),) = lines
    assert (level, action, facts["work"]) == ("WARNING", "memory_past_target", "the alert rules")


def test_looks_and_starts_count_as_passes_and_a_rule_with_a_bug_fails_its_own(
    store: AlertedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.look(120, ruji(fixed_win_odds=9.0))
    store.alerts.tell_starts(store.connection, [], NOW)
    assert passes(store.alerts) == (2, 0)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("raceday_daemon.alerting.evaluation.advanced", broken)
    store.look(105, ruji(fixed_win_odds=4.0))
    assert passes(store.alerts) == (1, 1)
