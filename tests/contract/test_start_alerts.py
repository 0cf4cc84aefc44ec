"""Races about to start, in virtual time: told at the instant, once a race, by the start as it is known then."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.start_alerts import StartAlerts
from raceday_daemon.store.outbox import Lane, Outbox, waiting_entries
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.alerting import rule
from tests.alerting_store import new_alerts
from tests.builders import START, later, meeting, race
from tests.fakes.clock import FakeClock
from tests.fakes.virtual_schedule import VirtualSchedule
from tests.workbench import rows

TWO_MINUTES = rule("race_start", 120)


@dataclass
class Starts:
    """A store with one race, and what tells of its start; `begin` is a process that begins."""

    path: Path
    store: Database
    clock: FakeClock
    schedule: VirtualSchedule
    outbox: Outbox
    parts: StartAlerts | None = None

    def begin(self) -> None:
        self.parts = StartAlerts(new_alerts(), self.store, self.schedule, self.clock, self.outbox)
        self.parts.begin()

    async def write(self, *records: Any) -> None:
        await self.store.transaction(lambda connection: write(connection, records))

    async def run(self, statement: str, *values: Any) -> None:
        await self.store.transaction(lambda connection: connection.execute(statement, values).close())

    async def move(self, seconds: float, **changes: Any) -> None:
        """Write the race with a start so much later than it was advertised first, as a look does that asks then."""
        await self.write(race(start_time=later(seconds, START), **changes))
        assert self.parts
        self.parts.ask()

    async def until(self, seconds: float) -> None:
        """Let time pass up to so many seconds before the first start."""
        await self.schedule.run_until(later(-seconds, START))

    def told(self) -> list[tuple[str, float]]:
        """Give what was told, and at how many seconds before the first start."""
        found = rows(self.path, "SELECT message, createdAt FROM notifications ORDER BY createdAt, ruleId")
        return [(message, (START - _instant(created)).total_seconds()) for message, created in found]


def _instant(text: str) -> Any:
    from raceday_daemon.store.rows import read_instant

    return read_instant(text)


@pytest.fixture
async def starts(tmp_path: Path) -> AsyncIterator[Starts]:
    clock = FakeClock(later(-1_800, START))
    store = await open_working_store(tmp_path)
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group)
        starts = Starts(tmp_path / FILE_NAME, store, clock, VirtualSchedule(clock, tasks), Outbox())
        await starts.write(meeting(), race())
        yield starts
        await tasks.drain(0)
    await store.close()


async def test_a_start_is_told_so_many_seconds_before_it_to_the_instant(starts: Starts) -> None:
    await starts.write(TWO_MINUTES, rule("race_start", 45.5, rule_id="later", race="race-1"))
    starts.begin()
    await starts.until(121)
    assert starts.told() == []
    await starts.until(-900)
    assert starts.told() == [("Awapuni R1: 2 min to start", 120), ("Awapuni R1: 46 s to start", 45.5)]


async def test_a_start_that_moves_is_told_at_its_new_time(starts: Starts) -> None:
    await starts.write(TWO_MINUTES)
    starts.begin()
    await starts.until(300)
    await starts.move(-100)
    await starts.until(0)
    assert starts.told() == [("Awapuni R1: 2 min to start", 220)]


async def test_a_start_that_moves_so_near_that_the_time_has_passed_is_told_at_once(starts: Starts) -> None:
    await starts.write(TWO_MINUTES)
    starts.begin()
    await starts.until(300)
    await starts.move(-240)
    await starts.until(299)
    assert starts.told() == [("Awapuni R1: 1 min to start", 300)]


async def test_a_start_that_moves_away_is_not_told_at_its_old_time(starts: Starts) -> None:
    await starts.write(TWO_MINUTES)
    starts.begin()
    await starts.until(300)
    await starts.move(600)
    await starts.until(-400)
    assert starts.told() == []
    await starts.until(-900)
    assert starts.told() == [("Awapuni R1: 2 min to start", -480)]


async def test_once_told_a_race_is_not_told_again_however_it_moves(starts: Starts) -> None:
    await starts.write(TWO_MINUTES, rule("race_start", 60, rule_id="one minute"))
    starts.begin()
    await starts.until(100)
    await starts.move(600)
    await starts.until(-3_600)
    assert [message for message, _ in starts.told()] == ["Awapuni R1: 2 min to start", "Awapuni R1: 1 min to start"]


async def test_a_restart_neither_repeats_nor_forgets(starts: Starts) -> None:
    await starts.write(TWO_MINUTES, rule("race_start", 600, rule_id="ten minutes"))
    starts.begin()
    await starts.until(300)
    assert len(starts.told()) == 1
    starts.schedule.cancel("start alerts")
    await starts.until(70)
    starts.begin()
    await starts.until(0)
    assert starts.told()[1:] == [("Awapuni R1: 1 min to start", 70)]


async def test_up_to_a_minute_after_the_start_it_is_said_to_have_been_due(starts: Starts) -> None:
    await starts.write(TWO_MINUTES)
    await starts.until(-15)
    starts.begin()
    await starts.until(-600)
    assert starts.told() == [("Awapuni R1: 15 s past the advertised start", -15)]
    assert rows(starts.path, "SELECT title FROM notifications") == [("Awapuni R1 was due to start",)]


async def test_more_than_a_minute_after_the_start_it_is_too_late(starts: Starts) -> None:
    await starts.write(TWO_MINUTES)
    await starts.until(-61)
    starts.begin()
    await starts.until(-600)
    assert starts.told() == []


@pytest.mark.parametrize("changes", [{"status": "Abandoned"}, {"status": "Final"}, {"withdrawn_at": START}])
async def test_a_race_that_will_not_start_is_not_told(starts: Starts, changes: Any) -> None:
    await starts.write(TWO_MINUTES, replace(race(), **changes))
    starts.begin()
    await starts.until(-600)
    assert starts.told() == []


async def test_a_rule_added_by_anybody_is_known_within_a_minute(starts: Starts) -> None:
    starts.begin()
    await starts.until(200)
    await starts.write(TWO_MINUTES)
    await starts.until(0)
    assert starts.told() == [("Awapuni R1: 2 min to start", 120)]


async def test_a_rule_whose_time_has_passed_is_told_at_once_also_after_others_were(starts: Starts) -> None:
    await starts.write(TWO_MINUTES)
    starts.begin()
    await starts.until(100)
    await starts.write(rule("race_start", 600, rule_id="ten minutes"))
    await starts.until(0)
    assert starts.told() == [("Awapuni R1: 2 min to start", 120), ("Awapuni R1: 1 min to start", 60)]


async def test_a_rule_of_another_race_or_switched_off_is_not_told(starts: Starts) -> None:
    await starts.write(replace(TWO_MINUTES, race="race-2"), rule("race_start", 60, rule_id="off", enabled=False))
    starts.begin()
    await starts.until(-600)
    assert starts.told() == []


async def test_many_at_once_are_folded_and_wait_to_be_sent_on(starts: Starts) -> None:
    await starts.write(*(rule("race_start", 120, rule_id=f"rule-{number:02}") for number in range(13)))
    bell = starts.outbox.bell()
    starts.begin()
    await starts.until(119)
    assert len(starts.told()) == 11
    assert bell.is_set()
    waiting = await starts.store.transaction(lambda connection: waiting_entries(connection, Lane.PEOPLE, 99))
    assert len(waiting) == 11
    await starts.write(rule("race_start", 30, rule_id="another"))
    await starts.until(0)
    assert len(starts.told()) == 12, "a rule that is new makes nobody be told twice of what was folded"


async def test_what_could_not_be_committed_is_told_a_minute_later(starts: Starts, monkeypatch: Any) -> None:
    await starts.write(TWO_MINUTES)
    starts.begin()
    await starts.until(121)
    transaction = starts.store.transaction

    async def undone(work: Any) -> Any:
        """Do the work on a disk that fills up before it is committed."""

        def fails(connection: Any) -> None:
            work(connection)
            raise sqlite3.OperationalError("database or disk is full")

        return await transaction(fails)

    monkeypatch.setattr(starts.store, "transaction", undone)
    await starts.until(100)
    assert starts.told() == []
    monkeypatch.undo()
    await starts.until(0)
    assert starts.told() == [("Awapuni R1: 1 min to start", 60)]


async def test_states_of_old_races_go(starts: Starts) -> None:
    starts.begin()
    await starts.until(1_800)
    await starts.run(
        "INSERT INTO alert_states VALUES ('gone', 'rule', 'x', 1, NULL, 0, NULL, NULL),"
        " ('race-1', 'rule', 'x', 1, NULL, 0, NULL, NULL)"
    )
    await starts.schedule.run_until(starts.clock.now() + timedelta(days=1, minutes=2))
    assert rows(starts.path, "SELECT raceId FROM alert_states") == [("race-1",)]


async def test_of_rules_that_were_removed_nothing_stays_but_how_far_they_were_read(starts: Starts) -> None:
    starts.begin()
    await starts.until(1_700)
    await starts.write(TWO_MINUTES, *(rule("race_start", 60, rule_id=f"{number}") for number in range(3)))
    for rule_id in ("0", TWO_MINUTES.rule_id, "2"):
        await starts.run("DELETE FROM user_alert_configs WHERE id = ?", rule_id)
    await starts.schedule.run_until(starts.clock.now() + timedelta(days=1, minutes=2))
    assert rows(starts.path, "SELECT ruleId, number FROM alert_rule_changes ORDER BY number") == [("1", 3), ("2", 7)]
    await starts.write(replace(TWO_MINUTES, threshold=30))
    assert rows(starts.path, "SELECT max(number) FROM alert_rule_changes") == [(8,)], "a number is never used again"
