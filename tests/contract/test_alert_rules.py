"""The rules as they are stored, and how a running process comes to know of what anybody changes."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from loguru import logger

from raceday_daemon.intake.intake import RULES_SECONDS, Intake
from raceday_daemon.intake.rules_in_step import RulesInStep
from raceday_daemon.store.alert_rules import list_rules
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.records import open_records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.told_queries import count_invalid_rules
from raceday_daemon.store.working_store import open_working_store
from tests.alerting import band, ruji, rule, six_bands
from tests.alerting_store import AlertedStore, new_alerts
from tests.builders import START, entrant, later, meeting, race
from tests.fakes.clock import FakeClock


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def warnings() -> Any:
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), format="{message}", level="WARNING")
    yield lines
    logger.remove(sink)


async def put(store: Database, *records: Any) -> None:
    await store.transaction(lambda connection: write(connection, records))


async def run(store: Database, statement: str, *values: Any) -> None:
    await store.transaction(lambda connection: connection.execute(statement, values).close())


async def test_all_rules_are_read_at_first_and_then_what_has_changed(store: Database) -> None:
    rules = RulesInStep()
    await put(store, rule("odds_below", 5, rule_id="a"), rule("odds_below", 5, rule_id="b"), *six_bands())
    assert await store.transaction(rules.refresh)
    assert len(rules.index) == 8
    assert not await store.transaction(rules.refresh)
    await put(store, rule("odds_below", 4, rule_id="a"), rule("odds_above", 4, rule_id="c"))
    await run(store, "DELETE FROM user_alert_configs WHERE id IN ('b', 'band-5')")
    await run(store, "UPDATE user_alert_configs SET enabled = 0 WHERE id = 'band-10'")
    assert await store.transaction(rules.refresh)
    assert len(rules.index) == 6
    changed, gone = rules.index.get("a"), rules.index.get("b")
    assert changed is not None
    assert (changed.bound, gone) == (4, None)


def test_as_many_rules_of_every_race_are_edited_about_as_fast_as_they_are_read_at_first() -> None:
    def refresh_seconds() -> float:
        began = thread_time()
        rules.refresh(store.connection)
        return thread_time() - began

    numbers = list(range(10_000))
    edited = [rule("odds_below", 3 + number / 10_000, rule_id=f"rule-{number}") for number in numbers]
    store = AlertedStore.in_memory(*(replace(one, threshold=2.0) for one in edited))
    rules = RulesInStep()
    read = refresh_seconds()
    assert len(rules.index.groups("race-1", (), everywhere=True)) == 1
    random.Random(7).shuffle(edited)
    store.add(*edited)
    assert refresh_seconds() < 3 * read
    store.connection.close()


async def test_another_process_that_adds_a_rule_is_noticed(store: Database, tmp_path: Path) -> None:
    rules = RulesInStep()
    await store.transaction(rules.refresh)
    other = await open_working_store(tmp_path)
    await put(other, rule("odds_below", 5))
    await other.close()
    assert await store.transaction(rules.refresh)
    assert len(rules.index) == 1


async def test_an_invalid_rule_is_reported_once_with_its_reason(store: Database, warnings: list[str]) -> None:
    rules = RulesInStep()
    await put(store, rule("odds_shortening", 100, rule_id="bad"), rule("odds_below", 5, rule_id="good"))
    await store.transaction(rules.refresh)
    await put(store, rule("odds_below", 4, rule_id="good"))
    await store.transaction(rules.refresh)
    assert (len(rules.index), rules.invalid) == (1, {"bad"})
    (line,) = warnings
    assert "alert rule bad is left out: a threshold of 100 is out of range" in line
    assert await store.transaction(count_invalid_rules) == 1
    await put(store, rule("odds_shortening", 99, rule_id="bad"))
    await store.transaction(rules.refresh)
    assert (len(rules.index), rules.invalid) == (2, set())


async def test_of_very_many_invalid_rules_the_first_are_reported_and_the_rest_counted(
    store: Database, warnings: list[str]
) -> None:
    await put(store, *(rule("nonsense", rule_id=f"{number}") for number in range(100)))
    await store.transaction(RulesInStep().refresh)
    assert len(warnings) == 21
    assert "80 more alert rules are left out" in warnings[-1]


async def test_the_reason_is_told_in_a_line_however_much_somebody_wrote(store: Database, warnings: list[str]) -> None:
    await put(store, rule("x" * 65_000, rule_id="bad"))
    await store.transaction(RulesInStep().refresh)
    assert len(warnings[0]) < 600


async def test_the_list_says_of_every_rule_whether_it_is_valid(store: Database) -> None:
    await put(
        store,
        meeting(),
        race(),
        race(race_id="race-2", status="Final"),
        entrant(1),
        rule("odds_below", 5, rule_id="good", entrant="runner-1"),
        rule("odds_below", 0, rule_id="threshold"),
        rule("odds_below", 5, rule_id="nobody", entrant="runner-9"),
        rule("race_status", None, rule_id="over", race="race-2"),
        band(5, 10, rule_id="band"),
        rule("odds_below", 5, rule_id="unread"),
    )
    await run(store, "UPDATE user_alert_configs SET createdAt = 'yesterday' WHERE id = 'unread'")
    listed = {one.rule_id: one for one in await store.transaction(list_rules)}
    assert {rule_id: one.faults[:1] for rule_id, one in listed.items()} == {
        "good": (),
        "band": (),
        "threshold": (
            "a threshold of 0 is out of range: odds_below takes dollars for one, more than 1 and less than 10,000",
        ),
        "nobody": ("there is no entrant runner-9 here",),
        "over": ("the race race-2 is over: it is Final",),
        "unread": ("the row can't be read: Invalid isoformat string: 'yesterday'",),
    }
    assert listed["unread"].rule is None


async def test_a_look_goes_by_rules_that_are_at_most_a_second_old(store: Database, tmp_path: Path) -> None:
    clock = FakeClock(later(-300, START))
    records = await open_records(tmp_path)
    intake = Intake(store, records, clock, alerts=new_alerts())
    source: Any = _Source()
    await put(store, meeting())
    told = []
    for seconds in (0.0, RULES_SECONDS / 2, RULES_SECONDS):
        clock.set(later(-300 + seconds, START))
        clock._monotonic = 1_000.0 + seconds
        source.seconds = seconds
        await intake.look_at_race(source, "race-1", "Open", "test")
        (count,) = await store.transaction(
            lambda connection: connection.execute("SELECT count(*) FROM notifications").fetchone()
        )
        told.append(count)
        if seconds == 0.0:
            await put(store, rule("odds_below", 5))
    await records.close()
    assert told == [0, 0, 1]


async def test_whoever_tells_of_starts_is_asked_to_look_again_once_a_look_has_found_a_changed_rule(
    store: Database, tmp_path: Path
) -> None:
    clock = FakeClock(later(-300, START))
    records = await open_records(tmp_path)
    alerts = new_alerts()
    await store.transaction(alerts.refresh)
    intake = Intake(store, records, clock, alerts=alerts)
    source: Any = _Source()
    await intake.look_at_race(source, "race-1", "Open", "test")
    asked: list[str] = []
    intake.tell_moves(lambda: asked.append("asked"))
    for added, times in ((None, 0), (rule("race_start", 60), 1), (None, 1)):
        clock.advance(RULES_SECONDS)
        source.seconds += RULES_SECONDS
        await put(store, *([added] if added else []))
        await intake.look_at_race(source, "race-1", "Open", "test")
        assert len(asked) == times
    await records.close()


async def test_whoever_asks_is_told_that_a_race_is_new_or_has_another_start(store: Database, tmp_path: Path) -> None:
    clock = FakeClock(later(-300, START))
    records = await open_records(tmp_path)
    intake = Intake(store, records, clock)
    moved: list[str] = []
    intake.tell_moves(lambda: moved.append("moved"))
    source: Any = _Source()
    for seconds, start_moves, told in ((0.0, 0.0, 1), (15.0, 0.0, 1), (30.0, 60.0, 2)):
        source.seconds, source.start_moves = seconds, start_moves
        await intake.look_at_race(source, "race-1", "Open", "test")
        assert len(moved) == told
    await records.close()


class _Source:
    """Says the same of the race whenever it is asked."""

    start_moves = 0.0

    seconds = 0.0

    async def race(self, *_: Any) -> Any:
        from raceday_daemon.model.snapshot import RaceAnswer
        from tests.builders import snapshot

        answer = snapshot(
            generated_time=later(-300 + self.seconds, START),
            race=race(start_time=later(self.start_moves, START)),
            entrants=(ruji(fixed_win_odds=4.0),),
        )
        return RaceAnswer(snapshot=answer, bytes=1, fetch_ms=1.0, decode_ms=1.0)
