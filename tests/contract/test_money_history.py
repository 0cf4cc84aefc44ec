"""The history of money in a real store: looks at an open race, and the rows that they leave."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import entrant, later, minutes_before, pools, race
from tests.workbench import Row, dump, named_rows, rows

WIN = (
    "SELECT timeInterval, winPoolAmount, incrementalWinAmount FROM money_flow_history"
    " WHERE entrantId = 'runner-1' ORDER BY timeInterval DESC, eventTimestamp"
)
WHO = "SELECT timeInterval, entrantId FROM money_flow_history ORDER BY timeInterval DESC, eventTimestamp, entrantId"
BY_ENTRANT = "money_flow_history_raceId_entrantId_timeInterval"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


async def look(store: Database, answer: RaceSnapshot, due_at: datetime | None = None) -> Commit:
    """Take an answer, a second and a half after it was made."""
    now = later(1.5, answer.generated_time)
    return await store.transaction(lambda connection: commit_race(connection, answer, now, due_at))


def steps(question: str, connection: sqlite3.Connection) -> list[str]:
    """Give the steps by which SQLite would answer a question."""
    return [str(step) for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {question}")]


async def test_the_first_look_at_an_open_race_leaves_a_row_a_runner_with_all_that_is_known(
    store: Database, path: Path
) -> None:
    runner = entrant(
        1,
        win_pool_percentage=20.0,
        win_pool_amount=2_000,
        share_method="tote_odds",
        fixed_win_odds=5.0,
        is_scratched=True,
    )
    answer = minutes_before(12.5, entrants=(runner, entrant(2)), pools=pools(total_race_pool=10_000))
    assert (await look(store, answer)).outcome == "ok"
    first, second = named_rows(path, "SELECT * FROM money_flow_history ORDER BY entrantId")
    assert {name: value for name, value in first.items() if value is not None and name != "id"} == {
        "entrant": "runner-1",
        "entrantId": "runner-1",
        "raceId": "race-1",
        "type": "bucketed_aggregation",
        "timeToStart": 12,
        "timeInterval": 10,
        "intervalType": "2m",
        "winPoolPercentage": 20.0,
        "winPoolAmount": 2_000,
        "incrementalWinAmount": 2_000,
        "totalPoolAmount": 10_000,
        "shareMethod": "tote_odds",
        "fixedWinOdds": 5.0,
        "eventTimestamp": "2025-07-17T00:37:30.000Z",
        "pollingTimestamp": "2025-07-17T00:37:31.500Z",
    }
    assert (second["entrantId"], second["totalPoolAmount"], second["winPoolAmount"]) == ("runner-2", 10_000, None)


async def test_an_unchanged_look_in_the_same_bucket_leaves_nothing(store: Database, path: Path) -> None:
    await look(store, minutes_before(14, win=500))
    before = rows(path, "SELECT * FROM money_flow_history")
    assert await look(store, minutes_before(10, win=500)) == Commit("unchanged")
    assert rows(path, "SELECT * FROM money_flow_history") == before


async def test_a_new_bucket_has_its_row_though_nothing_changed(store: Database, path: Path) -> None:
    await look(store, minutes_before(10, win=500))
    assert await look(store, minutes_before(9.9, win=500)) == Commit("ok", 1)
    assert rows(path, WIN) == [(10, 500, 500), (5, 500, 0)]


async def test_only_the_runner_whose_figures_changed_has_a_row(store: Database, path: Path) -> None:
    runners = (entrant(1, win_pool_amount=500), entrant(2, hold_percentage=3.0))
    await look(store, minutes_before(14, entrants=runners))
    await look(store, minutes_before(13, entrants=(runners[0], entrant(2, hold_percentage=4.0))))
    assert rows(path, WHO) == [(10, "runner-1"), (10, "runner-2"), (10, "runner-2")]


async def test_an_increment_is_what_came_since_the_bucket_before_and_all_of_them_make_the_amount(
    store: Database, path: Path
) -> None:
    for minutes, win in ((22, 1_000), (21, 1_200), (18, 1_500), (12, 1_400), (11, 1_900)):
        await look(store, minutes_before(minutes, win))
    assert rows(path, WIN) == [
        (20, 1_000, 1_000),
        (20, 1_200, 1_200),
        (15, 1_500, 300),
        (10, 1_400, -100),
        (10, 1_900, 400),
    ]


async def test_place_is_reckoned_as_win_is(store: Database, path: Path) -> None:
    for minutes, place in ((22, 100), (18, 90), (12, None), (11, 130)):
        await look(store, minutes_before(minutes, entrants=(entrant(place_pool_amount=place),)))
    found = "SELECT timeInterval, incrementalPlaceAmount FROM money_flow_history ORDER BY eventTimestamp"
    assert rows(path, found) == [(20, 100), (15, -10), (10, None), (10, 40)]


async def test_an_amount_that_is_missing_in_the_middle_of_a_bucket_takes_nothing_from_it(
    store: Database, path: Path
) -> None:
    for minutes, win in ((16, 1_000), (14, 1_300), (13, None), (12, None), (9, None), (8, 1_450)):
        await look(store, minutes_before(minutes, win))
    assert rows(path, WIN) == [
        (15, 1_000, 1_000),
        (10, 1_300, 300),
        (10, None, 300),
        (5, None, None),
        (5, 1_450, 150),
    ]


async def test_an_amount_that_goes_and_comes_back_within_a_bucket_adds_to_where_the_bucket_began(
    store: Database, path: Path
) -> None:
    for minutes, win in ((16, 1_000), (14, 1_300), (13, None), (12, 1_250)):
        await look(store, minutes_before(minutes, win))
    assert rows(path, WIN)[1:] == [(10, 1_300, 300), (10, None, 300), (10, 1_250, 250)]


async def test_the_first_amount_of_a_runner_is_new_as_a_whole_in_whichever_bucket_it_comes(
    store: Database, path: Path
) -> None:
    for minutes, win in ((22, None), (18, None), (17, 800), (12, 900)):
        await look(store, minutes_before(minutes, win))
    assert rows(path, WIN) == [(20, None, None), (15, None, None), (15, 800, 800), (10, 900, 100)]


@pytest.mark.parametrize("status", ["Closed", "Interim", "Final", "Abandoned", "Delayed"])
async def test_a_race_that_is_not_open_leaves_no_rows(store: Database, path: Path, status: str) -> None:
    await look(store, minutes_before(14, win=500))
    await look(store, minutes_before(9, win=900, race=race(status=status)))
    assert rows(path, WIN) == [(10, 500, 500)]


async def test_a_race_that_is_open_again_goes_on_from_its_newest_row(store: Database, path: Path) -> None:
    await look(store, minutes_before(4, win=500))
    await look(store, minutes_before(3.8, win=900, race=race(status="Closed")))
    await look(store, minutes_before(3.6, win=900, race=race(status="Closed")))
    await look(store, minutes_before(3.2, win=900))
    assert rows(path, WIN) == [(4, 500, 500), (3, 900, 400)]


async def test_the_same_answer_taken_again_leaves_nothing(store: Database, path: Path) -> None:
    await look(store, minutes_before(4.5, win=500))
    before = dump(path)
    assert (await look(store, minutes_before(4.5, win=500))).rows_written == 0
    assert dump(path) == before


@pytest.mark.parametrize(
    ("again", "left"),
    [(1_400, (10, 1_400, 400)), (None, (10, None, None))],
    ids=["another amount", "no amount"],
)
async def test_another_answer_of_the_same_moment_replaces_the_row(
    store: Database, path: Path, again: int | None, left: Row
) -> None:
    await look(store, minutes_before(16, win=1_000))
    await look(store, minutes_before(14, win=1_300))
    await look(store, minutes_before(14, win=again))
    await look(store, minutes_before(8, win=1_500))
    assert rows(path, WIN) == [(15, 1_000, 1_000), left, (5, 1_500, 1_500 - (again or 1_000))]


async def test_a_runner_that_the_source_no_longer_lists_loses_its_amount_and_no_bucket(
    store: Database, path: Path
) -> None:
    both = (entrant(1, win_pool_amount=500), entrant(2, win_pool_amount=300))
    await look(store, minutes_before(14, entrants=both))
    await look(store, minutes_before(13, entrants=both[1:]))
    await look(store, minutes_before(9, entrants=both[1:]))
    assert rows(path, WIN) == [(10, 500, 500), (10, None, 500), (5, None, None)]


async def test_an_older_answer_leaves_nothing(store: Database, path: Path) -> None:
    await look(store, minutes_before(9, win=500))
    assert (await look(store, minutes_before(14, win=300))).outcome == "stale"
    assert rows(path, WIN) == [(5, 500, 500)]


async def test_other_races_and_their_runners_do_not_count(store: Database, path: Path) -> None:
    runner = entrant(2, race_id="race-2", win_pool_amount=900)
    other: dict[str, Any] = {"race": race(race_id="race-2"), "pools": pools(race_id="race-2"), "entrants": (runner,)}
    await look(store, minutes_before(2, **other))
    await look(store, minutes_before(14, win=500))
    assert rows(path, WHO) == [(10, "runner-1"), (2, "runner-2")]


async def test_the_earlier_rows_are_searched_for_in_an_index_whatever_the_table_holds(store: Database) -> None:
    asked: list[str] = []
    await look(store, minutes_before(14, win=500))
    await store.transaction(lambda connection: connection.set_trace_callback(asked.append))
    await look(store, minutes_before(13, win=None))
    await store.transaction(lambda connection: connection.set_trace_callback(None))
    questions = [one for one in asked if one.startswith("SELECT") and "money_flow_history" in one]
    assert len(questions) == 2, "the newest rows of the race, and the last one with the amount that went"
    for question in questions:
        plan = await store.transaction(partial(steps, question))
        assert not [step for step in plan if step.startswith("SCAN")]
        assert [step for step in plan if f"{BY_ENTRANT} (raceId=? AND entrantId=?)" in step]
