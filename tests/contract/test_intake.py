"""Looks at races into a real store: what is written, what is left alone, and what the store remembers of answers."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import RacePools
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store.race_queries import read_one
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import GENERATED, NOW, RACE_ID, START, big_bet, entrant, later, pools, race, results, snapshot
from tests.workbench import Row, dump, rows

OK, UNCHANGED, STALE = "ok", "unchanged", "stale"
LONG_BEFORE = race(start_time=later(86_400))
"""A race whose next looks are all in the same bucket of its money: see test_money_history."""
PRICES = "SELECT type, odds, timeToStartSeconds FROM odds_history ORDER BY eventTimestamp, type"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


async def look(store: Database, answer: RaceSnapshot, now: datetime = NOW) -> Commit:
    return await store.transaction(lambda connection: commit_race(connection, answer, now))


async def stored(store: Database, record: type[Any], row_id: str = RACE_ID) -> Any:
    return await store.transaction(lambda connection: read_one(connection, record, row_id))


def facts(path: Path) -> dict[str, list[Row]]:
    return {table: content for table, content in dump(path).items() if table != "looks"}


def priced(seconds: float, **prices: float | None) -> RaceSnapshot:
    return snapshot(generated_time=later(seconds), entrants=(entrant(1, **prices),))


async def test_a_first_look_writes_all_that_the_answer_says(store: Database) -> None:
    answer = snapshot(
        entrants=(entrant(1, fixed_win_odds=2.5), entrant(2)),
        pools=pools(win_pool_total=100),
        results=results(),
        big_bets=(big_bet(),),
    )
    assert await look(store, answer) == Commit(OK, 9)
    assert await stored(store, Race) == race(imported_at=NOW, last_updated=NOW, last_poll_time=NOW)
    assert await stored(store, Entrant, "runner-2") == entrant(2, imported_at=NOW, last_updated=NOW)
    assert await stored(store, RacePools) == pools(win_pool_total=100, last_updated=NOW)
    assert await stored(store, RaceResults) == results(result_time=GENERATED, last_updated=NOW)


async def test_an_unchanged_look_writes_no_row_and_keeps_every_mark(store: Database, path: Path) -> None:
    content: dict[str, Any] = {
        "race": LONG_BEFORE,
        "entrants": (entrant(1, fixed_win_odds=2.5, is_scratched=False, hold_percentage=12.5), entrant(2)),
        "pools": pools(win_pool_total=100),
        "results": results(),
        "big_bets": (big_bet(),),
    }
    await look(store, snapshot(**content))
    before = facts(path)
    assert await look(store, snapshot(generated_time=later(15), **content), now=later(20)) == Commit(UNCHANGED, 0)
    assert facts(path) == before


async def test_only_what_changed_is_written_and_marked(store: Database) -> None:
    await look(store, snapshot(race=LONG_BEFORE, entrants=(entrant(1, mover=False), entrant(2, mover=False))))
    moved = (entrant(1, mover=False), entrant(2, mover=True))
    answer = snapshot(generated_time=later(15), race=LONG_BEFORE, entrants=moved)
    assert await look(store, answer, now=later(20)) == Commit(OK, 1)
    assert (await stored(store, Race)).last_poll_time == NOW
    assert (await stored(store, Entrant, "runner-1")).last_updated == NOW
    assert await stored(store, Entrant, "runner-2") == entrant(2, mover=True, imported_at=NOW, last_updated=later(20))


async def test_an_answer_older_than_the_last_one_taken_is_not_written(store: Database, path: Path) -> None:
    await look(store, snapshot(race=race(status="Closed")))
    before = dump(path)
    older = snapshot(generated_time=later(-0.001), race=race(status="Open"), entrants=(entrant(),))
    assert await look(store, older, now=later(60)) == Commit(STALE, 0)
    assert dump(path) == before


async def test_an_unchanged_answer_makes_those_before_it_stale_too(store: Database) -> None:
    await look(store, snapshot())
    assert (await look(store, snapshot(generated_time=later(30)))).outcome == UNCHANGED
    assert (await look(store, snapshot(generated_time=later(15), race=race(status="Closed")))).outcome == STALE
    assert (await stored(store, Race)).status == "Open"


async def test_an_answer_of_the_same_moment_is_not_stale(store: Database) -> None:
    await look(store, snapshot())
    assert (await look(store, snapshot(race=race(status="Closed")))).outcome == OK


async def test_a_price_is_a_row_at_first_and_then_one_for_every_real_move(store: Database, path: Path) -> None:
    await look(store, priced(0, fixed_win_odds=2.5, pool_win_odds=None))
    await look(store, priced(15, fixed_win_odds=2.5))
    await look(store, priced(30, fixed_win_odds=2.8, pool_win_odds=3.1))
    assert rows(path, PRICES) == [("fixed_win", 2.5, 600), ("fixed_win", 2.8, 570), ("pool_win", 3.1, 570)]


async def test_a_price_that_was_gone_and_comes_back_the_same_is_no_move(store: Database, path: Path) -> None:
    await look(store, priced(0, fixed_win_odds=2.5, fixed_place_odds=1.4))
    await look(store, priced(15, fixed_win_odds=None, fixed_place_odds=None))
    await look(store, priced(30, fixed_win_odds=2.5, fixed_place_odds=1.5))
    assert rows(path, PRICES) == [("fixed_place", 1.4, 600), ("fixed_win", 2.5, 600), ("fixed_place", 1.5, 570)]
    assert (await stored(store, Entrant, "runner-1")).fixed_win_odds == 2.5


async def test_a_price_that_moves_there_and_back_leaves_both_moves(store: Database, path: Path) -> None:
    for step, price in enumerate((2.5, 2.6, 2.5)):
        await look(store, priced(15 * step, fixed_win_odds=price))
    assert rows(path, PRICES) == [("fixed_win", 2.5, 600), ("fixed_win", 2.6, 585), ("fixed_win", 2.5, 570)]


async def test_the_same_answer_taken_again_leaves_one_row_a_price(store: Database, path: Path) -> None:
    await look(store, priced(0, fixed_win_odds=2.5))
    await look(store, priced(0, fixed_win_odds=2.6))
    assert rows(path, PRICES) == [("fixed_win", 2.6, 600)]


async def test_a_big_bet_is_kept_once_and_stays_when_the_source_drops_it(store: Database, path: Path) -> None:
    await look(store, snapshot(big_bets=(big_bet("bet-1"),)))
    assert await look(store, snapshot(generated_time=later(15), big_bets=(big_bet("bet-1"), big_bet("bet-2")))) == (
        Commit(OK, 1)
    )
    await look(store, snapshot(generated_time=later(30)))
    assert rows(path, "SELECT id, stake, placedAt FROM big_bets ORDER BY id") == [
        ("bet-1", 100_000, "2025-07-17T00:40:00.000Z"),
        ("bet-2", 100_000, "2025-07-17T00:40:00.000Z"),
    ]


async def test_results_that_the_source_takes_back_are_null_and_keep_their_first_time(store: Database) -> None:
    await look(store, snapshot(results=results(result_status="interim")))
    await look(store, snapshot(generated_time=later(15), results=results(result_status="final")))
    assert (await stored(store, RaceResults)).result_time == GENERATED
    await look(store, snapshot(generated_time=later(30)), now=later(31))
    assert await stored(store, RaceResults) == RaceResults(
        race_id=RACE_ID, results_available=False, result_time=GENERATED, last_updated=later(31)
    )


async def test_a_race_that_ends_says_when_by_the_sources_clock(store: Database) -> None:
    await look(store, snapshot())
    await look(store, snapshot(generated_time=later(60), race=race(status="Interim")))
    await look(store, snapshot(generated_time=later(120), race=race(status="Final")))
    await look(store, snapshot(generated_time=later(180), race=race(status="Final", protest=True)))
    found = await stored(store, Race)
    assert (found.last_status_change, found.finalized_at, found.abandoned_at) == (later(120), later(120), None)


async def test_nobody_knows_when_a_race_ended_that_was_over_when_first_seen(store: Database) -> None:
    await look(store, snapshot(race=race(status="Abandoned")))
    found = await stored(store, Race)
    assert (found.last_status_change, found.finalized_at, found.abandoned_at) == (None, None, None)


async def test_a_race_whose_meeting_is_not_known_is_kept_all_the_same(store: Database, path: Path) -> None:
    assert (await look(store, snapshot())).outcome == OK
    assert rows(path, "SELECT count(*) FROM meetings") == [(0,)]


async def test_a_transaction_that_fails_after_a_look_leaves_nothing_of_it(store: Database, path: Path) -> None:
    empty = dump(path)

    def work(connection: Any) -> None:
        commit_race(connection, priced(0, fixed_win_odds=2.5), NOW)
        raise ValueError("a rule failed")

    with pytest.raises(ValueError, match="a rule failed"):
        await store.transaction(work)
    assert dump(path) == empty


async def test_an_answer_that_the_tables_refuse_leaves_nothing_of_it(store: Database, path: Path) -> None:
    empty = dump(path)
    answer = snapshot(entrants=(entrant(1), entrant(2, runner_number="two")))
    with pytest.raises(Exception, match="cannot store TEXT value"):
        await look(store, answer)
    assert dump(path) == empty
    assert (await look(store, snapshot(entrants=(entrant(1),)))).outcome == OK


async def test_the_start_of_a_race_counts_for_prices_as_the_answer_has_it(store: Database, path: Path) -> None:
    await look(store, snapshot(race=race(start_time=later(300, START)), entrants=(entrant(1, fixed_win_odds=2.5),)))
    assert rows(path, PRICES) == [("fixed_win", 2.5, 900)]
