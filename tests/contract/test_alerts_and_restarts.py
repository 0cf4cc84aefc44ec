"""Alerts over the end of a process: nothing is told twice and nothing forgotten, whenever it was killed."""

import os
import random
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.assembly import open_alerts, open_files
from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.model.changes import Record
from raceday_daemon.settings import Settings
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.alerting import band, ruji, rule, six_bands
from tests.alerting_store import AlertedStore
from tests.builders import START, later, meeting, race, snapshot
from tests.workbench import rows

STEPS = 40
RULES = [
    rule("odds_below", 5, cooldown_seconds=0),
    rule("odds_shortening", 20, cooldown_seconds=45),
    rule("odds_above", 10),
    rule("favourite_changed"),
    *six_bands(user_id="user-2"),
]


async def folder_with_rules(folder: Path) -> Path:
    store = await open_working_store(folder)
    await store.transaction(lambda connection: write(connection, [meeting(), *RULES]))
    await store.close()
    return folder


def looks(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.fakes.alerted_looks", str(folder), str(STEPS)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def end(folder: Path) -> None:
    with looks(folder) as process:
        assert process.stdout
        assert len(process.stdout.readlines()) == STEPS
    assert process.returncode == 0


def killed_after(folder: Path, count: int) -> None:
    """Kill the process at some moment after it has told of so many looks."""
    with looks(folder) as process:
        assert process.stdout
        for _ in range(count):
            process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)


def told(folder: Path) -> list[Any]:
    return rows(folder / FILE_NAME, "SELECT * FROM notifications ORDER BY id")


def kept(folder: Path) -> dict[str, list[Any]]:
    return {
        table: rows(folder / FILE_NAME, f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        for table in ("alert_states", "alert_fields", "alert_tallies", "entrants", "odds_history")
    }


async def test_killed_at_any_moment_again_and_again_people_are_told_the_same_as_without(tmp_path: Path) -> None:
    whole = await folder_with_rules(tmp_path / "whole")
    end(whole)
    assert len(told(whole)) > 10
    cut = await folder_with_rules(tmp_path / "cut")
    draw = random.Random(7)
    for _ in range(int(os.environ.get("RACEDAY_KILLS", "5"))):
        killed_after(cut, draw.randrange(STEPS))
        ids = {row[0] for row in told(cut)}
        queued = rows(cut / FILE_NAME, "SELECT rowId FROM outbox WHERE tableName = 'notifications'")
        assert {row_id for (row_id,) in queued} == ids, "what was told waits to be sent on, and nothing else does"
    end(cut)
    assert told(cut) == told(whole)
    assert kept(cut) == kept(whole)


async def test_a_notification_is_there_if_and_only_if_the_look_that_brought_it_is(tmp_path: Path) -> None:
    folder = await folder_with_rules(tmp_path)
    killed_after(folder, 9)
    (last,) = rows(folder / FILE_NAME, "SELECT eventTime FROM looks")[0]
    assert all(row[-2] <= last for row in told(folder))
    expected = await folder_with_rules(tmp_path / "expected")
    end(expected)
    assert told(folder) == [row for row in told(expected) if row[-2] <= last]


@pytest.fixture
def store() -> Any:
    store = AlertedStore.in_memory()
    yield store
    store.connection.close()


def test_what_is_folded_at_any_instant_is_one_row_for_its_minute(store: AlertedStore) -> None:
    store.add(*(rule("odds_below", 5, rule_id=f"rule-{number:02}") for number in range(12)))
    answer = snapshot(generated_time=later(-300, START), entrants=(ruji(fixed_win_odds=4.0),))
    store.take(answer, now=later(1.2345678, answer.generated_time))
    store.add(rule("odds_below", 6, rule_id="another"))
    store.take(replace(answer, generated_time=later(-285, START)))
    assert [one.title for one in store.notifications() if one.type == "more_alerts"] == ["3 more alerts"]


def below(store: AlertedStore, seconds: float, price: float = 4.0) -> int:
    return len(store.look(seconds, ruji(fixed_win_odds=price)))


def test_a_restart_in_mid_episode_neither_repeats_nor_forgets(store: AlertedStore) -> None:
    store.add(rule("odds_below", 5, cooldown_seconds=0))
    assert below(store, 300) == 1
    store.begin_anew()
    assert below(store, 285) == 0
    assert below(store, 270, 9.0) == 0
    store.begin_anew()
    assert below(store, 255, 9.0) == 0, "the second low look in a row, the first one before the restart"
    store.begin_anew()
    assert below(store, 240) == 1


def test_a_file_that_was_refilled_takes_up_the_episodes_that_its_notifications_tell_of(store: AlertedStore) -> None:
    bands = [band(5, 10, rule_id="five"), band(10, None, rule_id="ten")]
    store.add(rule("odds_below", 5, cooldown_seconds=0), rule("odds_above", 3, cooldown_seconds=0), *bands)
    looks = ((300, 8.0), (285, 4.0), (270, 4.0))
    assert [below(store, seconds, price) for seconds, price in looks] == [1, 2, 0]
    before = {(row[1], row[2]): row for row in store.states()}
    store.connection.execute("DELETE FROM alert_states")
    store.begin_anew()
    assert store.alerts.reopen(store.connection) == 3
    assert {(row[1], row[2]) for row in store.states()} == set(before)
    assert [row[3:5] for row in store.states()] == [row[3:5] for row in before.values()]
    assert store.alerts.reopen(store.connection) == 0, "what is kept is not made again"
    assert [below(store, 255), below(store, 240, 9.0), below(store, 225, 9.0), below(store, 210)] == [0, 0, 0, 1]


def test_of_the_bands_told_in_an_episode_the_highest_counts_in_whatever_order_they_were_refilled(
    store: AlertedStore,
) -> None:
    store.add(band(5, 10), band(10, None))
    assert [below(store, seconds, price) for seconds, price in ((300, 8.0), (285, 7.4), (270, 6.5))] == [0, 1, 1]
    refilled = store.notifications()[::-1]
    store.connection.executescript("DELETE FROM alert_states; DELETE FROM notifications")
    write(store.connection, refilled)
    store.begin_anew()
    assert store.alerts.reopen(store.connection) == 1
    assert [row[6:] for row in store.states()] == [(10.0, instant_text(later(-270, START)))]


def test_what_another_machine_has_told_since_counts_beside_what_is_kept_here_of_an_earlier_time() -> None:
    def rules() -> AlertedStore:
        return AlertedStore.in_memory(rule("odds_below", 5, cooldown_seconds=0), rule("odds_above", 8))

    here, there = rules(), rules()
    assert [below(here, 600, 9.0), below(here, 585, 8.0), below(there, 300)] == [1, 0, 1]
    write(here.connection, there.notifications())
    here.begin_anew()
    assert here.alerts.reopen(here.connection) == 1
    assert [below(here, 285), below(here, 270, 9.0), below(here, 255, 9.0), below(here, 240)] == [0, 0, 0, 1]
    here.connection.close()
    there.connection.close()


async def test_a_command_too_begins_with_the_episodes_that_another_machine_has_told(tmp_path: Path) -> None:
    there = AlertedStore.in_memory(rule("odds_below", 5))
    assert below(there, 300) == 1
    async with AsyncExitStack() as parts:
        settings = Settings(raceday_data_dir=tmp_path)
        files = await open_files(parts, settings)
        refilled: list[Record] = [meeting(), race(), rule("odds_below", 5), *there.notifications()]
        await files.store.transaction(lambda connection: write(connection, refilled))
        await open_alerts(settings, STANDARD, files)
    assert rows(tmp_path / FILE_NAME, "SELECT ruleId, target, told FROM alert_states") == [
        ("rule-odds_below", "runner-4", 5.0)
    ]
    there.connection.close()


def test_a_restart_keeps_the_cooldown(store: AlertedStore) -> None:
    store.add(rule("odds_below", 5, cooldown_seconds=60))
    assert [below(store, 300), below(store, 285, 9.0), below(store, 270, 9.0)] == [1, 0, 0]
    store.begin_anew()
    assert [below(store, 255), below(store, 240)] == [0, 1]


def test_a_restart_keeps_what_a_user_was_told_in_the_last_minute(store: AlertedStore) -> None:
    store.add(*(rule("odds_below", 5, rule_id=f"rule-{number}") for number in range(12)))
    assert below(store, 300) == 11
    store.begin_anew()
    store.add(*(rule("odds_below", 6, rule_id=f"more-{number}") for number in range(3)))
    assert below(store, 285) == 0
    fold = store.notifications()[-1]
    assert (fold.type, fold.title) == ("more_alerts", "5 more alerts")
    assert below(store, 225, 9.0) == below(store, 210, 9.0) == 0


class TestRulesThatChange:
    """In mid-episode, by whoever else has the file open."""

    @pytest.fixture(autouse=True)
    def _begun(self, store: AlertedStore) -> None:
        store.add(rule("odds_below", 5, cooldown_seconds=0))
        assert below(store, 300) == 1

    def test_a_rule_that_was_edited_starts_anew(self, store: AlertedStore) -> None:
        store.add(rule("odds_below", 4.5, cooldown_seconds=0))
        assert [below(store, 285), below(store, 270)] == [1, 0]
        store.begin_anew()
        assert below(store, 255) == 0

    def test_a_rule_that_was_written_again_as_it_was_does_not(self, store: AlertedStore) -> None:
        store.add(rule("odds_below", 5, cooldown_seconds=0, color="red"))
        assert below(store, 285) == 0

    def test_a_rule_that_was_switched_off_tells_nothing(self, store: AlertedStore) -> None:
        store.add(rule("odds_below", 5, cooldown_seconds=0, enabled=False))
        assert [below(store, 285, 9.0), below(store, 270, 9.0), below(store, 255)] == [0, 0, 0]

    def test_a_rule_that_was_removed_tells_nothing_and_another_of_the_user_does(self, store: AlertedStore) -> None:
        store.remove("rule-odds_below")
        store.add(rule("odds_above", 8))
        assert [below(store, 285), below(store, 270, 9.0)] == [0, 1]

    def test_a_user_who_is_gone_is_told_nothing_and_the_others_are(self, store: AlertedStore) -> None:
        theirs = rule("odds_above", 8, user_id="user-2", rule_id="theirs")
        store.add(theirs, *six_bands(), rule("odds_above", 8))
        store.connection.execute("DELETE FROM user_alert_configs WHERE userId = 'user-1'")
        told = store.look(285, ruji(fixed_win_odds=9.0))
        assert len(told) == 1
        assert store.notifications()[-1].user_id == "user-2"

    def test_a_notification_that_was_read_stays_read(self, store: AlertedStore) -> None:
        store.connection.execute("UPDATE notifications SET read = 1")
        store.begin_anew()
        store.connection.execute("DELETE FROM alert_states")
        assert below(store, 300) == 0, "the same answer once more, by a file that knows of no episode"
        assert store.states()
        assert [one.read for one in store.notifications()] == [True]


def test_an_invalid_rule_is_left_out_and_all_others_run(store: AlertedStore) -> None:
    store.add(
        rule("odds_shortening", 100, rule_id="a"),
        rule("unknown", 1, rule_id="b"),
        rule("odds_below", 5, rule_id="c", user_id="x" * 200),
        rule("odds_below", 5, rule_id="d"),
    )
    store.connection.execute("UPDATE user_alert_configs SET createdAt = 'yesterday' WHERE id = 'd'")
    store.add(rule("odds_below", 5, rule_id="e"))
    assert below(store, 300) == 1
    assert [one.rule_id for one in store.notifications()] == ["e"]


def test_a_rule_put_right_is_evaluated_from_then_on(store: AlertedStore) -> None:
    store.add(rule("odds_below", 0.5))
    assert below(store, 300) == 0
    store.add(rule("odds_below", 5))
    assert below(store, 285) == 1


def test_a_bug_in_the_alerts_undoes_what_they_wrote_and_leaves_the_look(store: AlertedStore) -> None:
    store.add(rule("odds_below", 5))
    # A table that is not as it should be.
    store.connection.execute("INSERT INTO alert_tallies VALUES ('user-1', 'no JSON', NULL, 0)")
    assert below(store, 300) == 0
    assert store.states() == []
    assert store.connection.execute("SELECT fixedWinOdds FROM entrants").fetchone() == (4.0,)
    store.connection.execute("DELETE FROM alert_tallies")
    assert below(store, 285) == 1
