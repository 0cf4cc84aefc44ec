"""What always holds for the difference between what is stored of a race and what the source says of it."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.market.diff import race_changes
from raceday_daemon.market.odds_history import PRICES, PriceKey, returning_prices
from raceday_daemon.model.changes import ChangeSet, RaceState, Record
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.snapshot import RaceSnapshot
from tests.builders import GENERATED, NOW, START, big_bet, entrant, later, pools, race, results, snapshot

RecordT = TypeVar("RecordT", bound=Record)

MARKS = {"imported_at", "last_updated", "last_poll_time", "last_status_change", "finalized_at", "abandoned_at"}
KEPT_FROM_THE_CARD = {"tote_start_time", "withdrawn_at"}

prices = st.sampled_from((None, 1.5, 2.0, 2.5))
cents = st.sampled_from((None, 0, 100, 200))
flags = st.sampled_from((None, False, True))


def runners(number: int) -> st.SearchStrategy[Entrant]:
    return st.builds(
        lambda **facts: entrant(number, **facts),
        **dict.fromkeys(PRICES.values(), prices),
        is_scratched=flags,
        hold_percentage=prices,
        win_pool_amount=cents,
    )


races = st.builds(
    race,
    status=st.sampled_from(("Open", "Closed", "Interim", "Final", "Abandoned", "Postponed")),
    start_time=st.sampled_from((START, later(300, START))),
    distance=st.sampled_from((None, 1200, 1400)),
    protest=flags,
)


@st.composite
def snapshots(draw: st.DrawFn, seconds: int = 0) -> RaceSnapshot:
    """Give an answer of one race, that many seconds after the first, with any of its four runners."""
    numbers = draw(st.sets(st.integers(1, 4)))
    bets = draw(st.sets(st.sampled_from(("bet-1", "bet-2", "bet-3"))))
    outcome = st.builds(results, result_status=st.sampled_from(("interim", "final")), protest_lodged=flags)
    return snapshot(
        generated_time=later(seconds),
        race=draw(races),
        entrants=tuple(draw(runners(number)) for number in sorted(numbers)),
        pools=draw(st.builds(pools, win_pool_total=cents, total_race_pool=cents)),
        results=draw(st.none() | outcome),
        big_bets=tuple(big_bet(bet_id) for bet_id in sorted(bets)),
    )


class Store:
    """What is kept of one race: whole records by id, as the tables keep them, and the last price of each history."""

    def __init__(self) -> None:
        self.state = RaceState(entrants={})
        self.history: dict[PriceKey, list[float]] = {}

    def take(self, sent: RaceSnapshot, seconds: int = 0) -> ChangeSet:
        asked = returning_prices(self.state.entrants, sent.entrants)
        last_prices = {key: self.history[key][-1] for key in asked if key in self.history}
        changes = race_changes(self.state, sent, last_prices, NOW + timedelta(seconds=seconds))
        self.state = RaceState(
            race=changes.races[0] if changes.races else self.state.race,
            entrants={**self.state.entrants, **{one.entrant_id: one for one in changes.entrants}},
            pools=changes.pools[0] if changes.pools else self.state.pools,
            results=changes.results or self.state.results,
            big_bet_ids=self.state.big_bet_ids | {bet.bet_id for bet in changes.big_bets},
        )
        for point in changes.odds_points:
            self.history.setdefault((point.entrant_id, point.type), []).append(point.odds)
        return changes


def facts(record: Record | None, leave_out: Iterable[str] = ()) -> Mapping[str, Any]:
    """Give the fields of a record that say something of the race, not of the daemon."""
    hidden = MARKS | {"result_time"} | set(leave_out)
    return {one.name: getattr(record, one.name) for one in fields(record) if one.name not in hidden} if record else {}


@given(snapshots(), snapshots(seconds=60))
@settings(deadline=None, max_examples=150)
def test_the_changes_applied_to_the_earlier_state_give_what_the_source_says(
    first: RaceSnapshot, second: RaceSnapshot
) -> None:
    store = Store()
    for sent in (first, second):
        store.take(sent)
        kept = store.state
        assert facts(kept.race, KEPT_FROM_THE_CARD) == facts(sent.race, KEPT_FROM_THE_CARD)
        assert {one.entrant_id: facts(kept.entrants[one.entrant_id]) for one in sent.entrants} == {
            one.entrant_id: facts(one) for one in sent.entrants
        }
        assert facts(kept.pools) == facts(sent.pools)
        assert {bet.bet_id for bet in sent.big_bets} <= kept.big_bet_ids
        if sent.results:
            assert facts(kept.results) == facts(sent.results)
        else:
            assert kept.results is None or not kept.results.results_available


@given(snapshots(), snapshots(seconds=60))
@settings(deadline=None, max_examples=100)
def test_the_same_answer_twice_changes_nothing(first: RaceSnapshot, second: RaceSnapshot) -> None:
    store = Store()
    store.take(first)
    store.take(second)
    before = store.state
    assert not store.take(replace(second, generated_time=later(120)), seconds=60)
    assert store.state == before


@given(snapshots(), snapshots(seconds=60))
@settings(deadline=None, max_examples=100)
def test_only_what_differs_is_written(first: RaceSnapshot, second: RaceSnapshot) -> None:
    store = Store()
    store.take(first)
    before = store.state
    changes = store.take(second)
    assert all(facts(one) != facts(before.entrants.get(one.entrant_id)) for one in changes.entrants)
    assert all(facts(one) != facts(before.race) for one in changes.races)
    assert all(facts(one) != facts(before.pools) for one in changes.pools)
    assert not {bet.bet_id for bet in changes.big_bets} & before.big_bet_ids


@given(snapshots(), snapshots(seconds=60))
@settings(deadline=None, max_examples=100)
def test_runners_and_bets_that_an_answer_leaves_out_stay(first: RaceSnapshot, second: RaceSnapshot) -> None:
    store = Store()
    store.take(first)
    before = store.state
    store.take(second)
    sent = {one.entrant_id for one in second.entrants}
    assert {key: one for key, one in before.entrants.items() if key not in sent}.items() <= store.state.entrants.items()
    assert before.big_bet_ids <= store.state.big_bet_ids


@given(st.lists(snapshots(), min_size=1, max_size=5))
@settings(deadline=None, max_examples=100)
def test_a_price_history_is_the_prices_seen_without_repeats_and_gaps(looks: list[RaceSnapshot]) -> None:
    store = Store()
    expected: dict[PriceKey, list[float]] = {}
    for place, sent in enumerate(looks):
        store.take(replace(sent, generated_time=later(60 * place)), seconds=60 * place)
        for one in sent.entrants:
            for kind, field in PRICES.items():
                price = getattr(one, field)
                seen = expected.setdefault((one.entrant_id, kind), [])
                if price is not None and seen[-1:] != [price]:
                    seen.append(price)
    assert store.history == {key: seen for key, seen in expected.items() if seen}


@given(st.lists(snapshots(), min_size=2, max_size=5))
@settings(deadline=None, max_examples=100)
def test_the_end_of_a_race_is_known_only_while_it_is_over_and_was_seen_to_end(looks: list[RaceSnapshot]) -> None:
    store = Store()
    times = [later(60 * place) for place in range(len(looks))]
    for place, sent in enumerate(looks):
        store.take(replace(sent, generated_time=times[place]), seconds=60 * place)
    statuses = [sent.race.status for sent in looks]
    turns = [place for place in range(1, len(looks)) if statuses[place] != statuses[place - 1]]
    turned = times[turns[-1]] if turns else None
    kept = store.state.race
    assert kept
    assert kept.last_status_change == turned
    assert kept.finalized_at == (turned if statuses[-1] == "Final" else None)
    assert kept.abandoned_at == (turned if statuses[-1] == "Abandoned" else None)


@given(snapshots(), snapshots(seconds=60))
@settings(deadline=None, max_examples=50)
def test_the_import_and_the_first_result_keep_their_time(first: RaceSnapshot, second: RaceSnapshot) -> None:
    store = Store()
    store.take(first)
    before = store.state
    store.take(second, seconds=60)
    assert store.state.race
    assert store.state.race.imported_at == NOW
    for key, one in before.entrants.items():
        assert store.state.entrants[key].imported_at == one.imported_at == NOW
    if before.results and store.state.results:
        assert store.state.results.result_time == GENERATED
