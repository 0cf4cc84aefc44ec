"""What a look at a race changes in its runners, its results and its bets."""

from raceday_daemon.market.diff import race_changes
from raceday_daemon.model.changes import ChangeSet, RaceState
from raceday_daemon.model.market import FIXED_WIN
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import RaceSnapshot
from tests.builders import GENERATED, NOW, RACE_ID, START, big_bet, entrant, later, race, results, snapshot, state

IMPORTED = later(-3600)


def changes(before: RaceState, sent: RaceSnapshot) -> ChangeSet:
    return race_changes(before, sent, {}, NOW)


def test_only_the_runners_that_changed_are_written() -> None:
    before = state(entrant(1, imported_at=IMPORTED), entrant(2, imported_at=IMPORTED))
    written = changes(before, snapshot(entrants=(entrant(1), entrant(2, is_scratched=True), entrant(3))))
    assert written.entrants == (
        entrant(2, is_scratched=True, imported_at=IMPORTED, last_updated=NOW),
        entrant(3, imported_at=NOW, last_updated=NOW),
    )


def test_a_runner_that_an_answer_leaves_out_stays_as_it_is() -> None:
    assert changes(state(entrant(1), entrant(2)), snapshot(entrants=(entrant(1),))).entrants == ()


def test_a_price_that_moves_writes_the_runner_and_a_point() -> None:
    written = changes(state(entrant(1, fixed_win_odds=5.0)), snapshot(entrants=(entrant(1, fixed_win_odds=6.0),)))
    assert [one.fixed_win_odds for one in written.entrants] == [6.0]
    assert [(point.type, point.odds, point.event_timestamp) for point in written.odds_points] == [
        (FIXED_WIN, 6.0, GENERATED)
    ]


def test_a_price_that_comes_back_the_same_writes_the_runner_and_no_point() -> None:
    before, sent = state(entrant(1)), snapshot(entrants=(entrant(1, fixed_win_odds=5.0),))
    written = race_changes(before, sent, {("runner-1", FIXED_WIN): 5.0}, NOW)
    assert len(written.entrants) == 1
    assert written.odds_points == ()


def test_the_time_to_the_start_of_a_point_is_that_to_the_start_as_it_is_now() -> None:
    moved = snapshot(race=race(start_time=later(120, START)), entrants=(entrant(1, fixed_win_odds=5.0),))
    (point,) = changes(state(race=race()), moved).odds_points
    assert point.time_to_start_seconds == 720


def test_no_results_yet_write_none() -> None:
    assert changes(state(), snapshot()).results is None


def test_the_first_results_carry_the_sources_time() -> None:
    assert changes(state(), snapshot(results=results())).results == results(result_time=GENERATED, last_updated=NOW)


def test_changed_results_keep_the_time_of_the_first() -> None:
    before = state(results=results(result_status="interim", result_time=IMPORTED, last_updated=IMPORTED))
    assert changes(before, snapshot(results=results())).results == results(result_time=IMPORTED, last_updated=NOW)


def test_results_that_the_source_takes_back_are_unknown_again() -> None:
    before = state(results=results(result_time=IMPORTED, last_updated=IMPORTED, protest_lodged=True))
    assert changes(before, snapshot()).results == RaceResults(
        race_id=RACE_ID, results_available=False, result_time=IMPORTED, last_updated=NOW
    )


def test_results_taken_back_are_taken_back_once() -> None:
    taken_back = RaceResults(race_id=RACE_ID, results_available=False, result_time=IMPORTED, last_updated=IMPORTED)
    assert changes(state(results=taken_back), snapshot()).results is None


def test_a_big_bet_is_kept_once() -> None:
    before = state(big_bet_ids=frozenset({"bet-1"}))
    sent = snapshot(big_bets=(big_bet("bet-1"), big_bet("bet-2")))
    assert changes(before, sent).big_bets == (big_bet("bet-2"),)


def test_bets_that_an_answer_no_longer_shows_are_not_touched() -> None:
    assert not changes(state(race=race(), pools=snapshot().pools, big_bet_ids=frozenset({"bet-1"})), snapshot())
