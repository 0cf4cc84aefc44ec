"""What a look at a race, or at a card, changes in the store."""

from dataclasses import replace
from typing import Any

import pytest

from raceday_daemon.market.diff import card_race_change, changed_meeting, changed_pools, race_changes
from raceday_daemon.model.changes import ChangeSet, RaceState
from raceday_daemon.model.race import Race
from raceday_daemon.model.snapshot import RaceSnapshot
from tests.builders import (
    GENERATED,
    NOW,
    START,
    big_bet,
    entrant,
    later,
    meeting,
    pools,
    race,
    results,
    snapshot,
    state,
)

IMPORTED = later(-3600)
LATER = later(90, NOW)
STORED: dict[str, Any] = {"imported_at": IMPORTED, "last_updated": IMPORTED}
MARKED: dict[str, Any] = {**STORED, "last_poll_time": IMPORTED}


def changes(before: RaceState, sent: RaceSnapshot) -> ChangeSet:
    return race_changes(before, sent, {}, NOW)


def changed_race(before: Race | None, sent: Race) -> Race | None:
    """Give the race that an event answer writes."""
    found = changes(state(race=before), snapshot(race=sent)).races
    return found[0] if found else None


def changed_by_card(before: Race | None, sent: Race, *, event_taken: bool = False) -> Race | None:
    return card_race_change(before, sent, event_taken, GENERATED, NOW)


def test_a_race_seen_for_the_first_time_is_written_whole_with_its_marks() -> None:
    sent = snapshot(entrants=(entrant(1),), pools=pools(win_pool_total=5), results=results(), big_bets=(big_bet(),))
    written = changes(state(), sent)
    assert written.races == (race(imported_at=NOW, last_updated=NOW, last_poll_time=NOW),)
    assert written.entrants == (entrant(1, imported_at=NOW, last_updated=NOW),)
    assert written.pools == (pools(win_pool_total=5, last_updated=NOW),)
    assert written.results == results(result_time=GENERATED, last_updated=NOW)
    assert written.big_bets == (big_bet(),)
    assert written.meeting is None


def test_results_are_written_before_the_race_that_turns_final() -> None:
    written = changes(state(race=race(**MARKED)), snapshot(race=race(status="Final"), results=results())).records()
    assert [type(record).__name__ for record in written][:2] == ["RaceResults", "Race"]


def test_an_answer_that_says_what_is_stored_changes_nothing() -> None:
    before = state(
        entrant(1, **STORED, fixed_win_odds=5.0),
        race=race(**MARKED),
        pools=pools(last_updated=IMPORTED, win_pool_total=5),
        results=results(result_time=IMPORTED, last_updated=IMPORTED),
        big_bet_ids=frozenset({"bet-1"}),
    )
    sent = snapshot(
        entrants=(entrant(1, fixed_win_odds=5.0),),
        pools=pools(win_pool_total=5),
        results=results(),
        big_bets=(big_bet(),),
    )
    assert not changes(before, sent)


@pytest.mark.parametrize(
    "marks",
    [{name: LATER} for name in ("imported_at", "last_updated", "last_poll_time", "last_status_change")],
    ids=lambda marks: next(iter(marks)),
)
def test_a_mark_of_the_daemon_never_makes_a_change_of_its_own(marks: dict[str, Any]) -> None:
    assert changed_race(race(**{**MARKED, **marks}), race()) is None
    assert changed_by_card(race(**{**MARKED, **marks}), race()) is None


def test_a_changed_race_keeps_its_import_and_gets_new_marks() -> None:
    assert changed_race(race(**MARKED), race(distance=1200)) == race(
        distance=1200, imported_at=IMPORTED, last_updated=NOW, last_poll_time=NOW
    )


def test_a_card_that_changes_a_race_is_no_poll_of_it() -> None:
    changed = changed_by_card(race(**MARKED), race(distance=1200))
    assert changed == race(distance=1200, imported_at=IMPORTED, last_updated=NOW, last_poll_time=IMPORTED)


@pytest.mark.parametrize(
    ("turn", "finalized", "abandoned"),
    [
        (("Open", "Closed"), None, None),
        (("Open", "Final"), GENERATED, None),
        (("Interim", "Final"), GENERATED, None),
        (("Open", "Abandoned"), None, GENERATED),
        (("Final", "Abandoned"), None, GENERATED),
        (("Abandoned", "Final"), GENERATED, None),
    ],
    ids=lambda value: " to ".join(value) if isinstance(value, tuple) else "",
)
def test_a_status_that_turns_is_marked_with_the_sources_time(
    turn: tuple[str, str], finalized: object, abandoned: object
) -> None:
    before, after = turn
    ended = {"Final": {"finalized_at": IMPORTED}, "Abandoned": {"abandoned_at": IMPORTED}}.get(before, {})
    changed = [changed_race(race(**MARKED, **ended, status=before), race(status=after))]
    if after != "Final":
        changed.append(changed_by_card(race(**MARKED, **ended, status=before), race(status=after)))
    for one in changed:
        assert one
        assert one.last_status_change == GENERATED
        assert (one.finalized_at, one.abandoned_at) == (finalized, abandoned)


@pytest.mark.parametrize("status", ["Open", "Final", "Abandoned"])
def test_a_race_first_seen_in_a_status_did_not_turn_into_it(status: str) -> None:
    for changed in (changed_race(None, race(status=status)), changed_by_card(None, race(status=status))):
        assert changed
        assert (changed.last_status_change, changed.finalized_at, changed.abandoned_at) == (None, None, None)


@pytest.mark.parametrize(("status", "mark"), [("Final", "finalized_at"), ("Abandoned", "abandoned_at")])
def test_a_race_that_is_opened_again_has_not_ended(status: str, mark: str) -> None:
    changed = changed_race(race(**MARKED, status=status, **{mark: IMPORTED}), race(status="Open"))
    assert changed
    assert getattr(changed, mark) is None
    assert changed.last_status_change == GENERATED


@pytest.mark.parametrize("ended", [IMPORTED, None], ids=["known", "unknown"])
def test_a_change_after_the_end_leaves_its_time_as_it_is(ended: object) -> None:
    before = race(**MARKED, status="Final", finalized_at=ended, last_status_change=ended)
    changed = changed_race(before, race(status="Final", protest=True))
    assert changed
    assert (changed.protest, changed.finalized_at, changed.last_status_change) == (True, ended, ended)


def test_what_only_a_card_tells_survives_an_event() -> None:
    before = race(**MARKED, tote_start_time="12:50:00", withdrawn_at=IMPORTED)
    assert changed_race(before, race()) is None
    changed = changed_race(before, race(distance=1200))
    assert changed
    assert (changed.tote_start_time, changed.withdrawn_at) == ("12:50:00", IMPORTED)


def test_before_the_first_event_a_card_may_change_everything() -> None:
    changed = changed_by_card(race(**MARKED, weather="Fine"), race(distance=1200, tote_start_time="12:50:00"))
    assert changed
    assert (changed.distance, changed.tote_start_time, changed.weather) == (1200, "12:50:00", None)


@pytest.mark.parametrize(
    "facts",
    [{"name": "Other"}, {"distance": 1}, {"weather": "Wet"}, {"tote_start_time": "1"}, {"protest": True}],
    ids=lambda facts: next(iter(facts)),
)
def test_after_an_event_a_card_does_not_touch_the_rest(facts: dict[str, Any]) -> None:
    before = race(**MARKED, distance=1200, entrant_count=8)
    assert changed_by_card(before, race(**facts), event_taken=True) is None


def test_after_an_event_a_card_changes_status_and_start() -> None:
    before = race(**MARKED, distance=1200, entrant_count=8)
    changed = changed_by_card(before, race(status="Closed", start_time=later(300, START)), event_taken=True)
    assert changed == replace(
        before,
        status="Closed",
        start_time=later(300, START),
        last_status_change=GENERATED,
        last_updated=NOW,
    )


@pytest.mark.parametrize("event_taken", [False, True], ids=["before an event", "after an event"])
def test_a_card_leaves_final_to_the_races_own_answer_which_has_the_results(event_taken: bool) -> None:
    for status in ("Open", "Interim", "Final"):
        stored = race(**MARKED, status=status)
        assert changed_by_card(stored, race(status="Final"), event_taken=event_taken) is None


@pytest.mark.parametrize("event_taken", [False, True], ids=["before an event", "after an event"])
def test_a_race_that_a_card_lists_again_is_no_longer_withdrawn(event_taken: bool) -> None:
    changed = changed_by_card(race(**MARKED, withdrawn_at=IMPORTED), race(), event_taken=event_taken)
    assert changed == race(**{**MARKED, "last_updated": NOW})


def test_a_meeting_is_written_when_it_is_new_or_says_something_else() -> None:
    stored = meeting(last_updated=IMPORTED, api_generated_time=IMPORTED)
    sent = meeting(api_generated_time=GENERATED)
    assert changed_meeting(None, sent, NOW) == replace(sent, last_updated=NOW)
    assert changed_meeting(stored, sent, NOW) is None
    assert changed_meeting(stored, replace(sent, weather="Fine"), NOW) == replace(
        sent, weather="Fine", last_updated=NOW
    )


def test_pools_are_written_when_they_are_new_or_moved_up_or_down() -> None:
    stored = pools(win_pool_total=500, last_updated=IMPORTED)
    assert changed_pools(None, pools(), NOW) == pools(last_updated=NOW)
    assert changed_pools(stored, pools(win_pool_total=500), NOW) is None
    for cents in (501, 400, None):
        assert changed_pools(stored, pools(win_pool_total=cents), NOW) == pools(win_pool_total=cents, last_updated=NOW)
