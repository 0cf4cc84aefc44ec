"""Alerts in a real store: like compared with like, by what is stored, in the transaction that writes the look."""

from collections.abc import Iterator
from typing import Any

import pytest

from raceday_daemon.model.snapshot import RUNNERS, MeetingCard
from tests.alerting import ruji, rule, six_bands
from tests.alerting_store import AlertedStore
from tests.builders import START, big_bet, entrant, later, meeting, pools, race

SHORTENING = rule("odds_shortening", 20)


@pytest.fixture
def store() -> Iterator[AlertedStore]:
    store = AlertedStore.in_memory()
    yield store
    store.connection.close()


def two(price: float | None, other: float | None = 8.0, **changes: Any) -> tuple[Any, Any]:
    return ruji(fixed_win_odds=price, **changes), entrant(2, name="Frosbie", fixed_win_odds=other)


def test_a_price_that_shortens_from_one_poll_to_the_next_is_told(store: AlertedStore) -> None:
    store.add(SHORTENING)
    assert store.look(135, *two(5.5)) == []
    assert store.look(120, *two(4.2)) == ["Ruji (4) firmed 5.50 to 4.20, -23.6 %, Awapuni R1, 2 min to start"]
    assert store.look(105, *two(4.2)) == []


def test_the_bands_of_the_front_end_are_told_by_their_rows(store: AlertedStore) -> None:
    store.add(*six_bands(user_id="Default User"))
    store.look(135, *two(12.0))
    assert store.look(120, *two(7.0)) == ["Ruji (4) firmed 12.00 to 7.00, -41.7 %, Awapuni R1, 2 min to start"]
    (told,) = store.notifications()
    assert (told.user_id, told.rule_id, told.threshold) == ("Default User", "band-25", 25)
    assert told.value == pytest.approx(41.67, abs=0.01)


@pytest.mark.parametrize(
    ("earlier", "now", "told"),
    [
        (1500, 1200, 1),  # every 5 min
        (1500, 900, 1),
        (1500, 899, 0),
        (1200, 1080, 1),  # every 2 min
        (1200, 960, 1),
        (1200, 959, 0),
        (600, 480, 1),  # every minute
        (600, 479, 0),
        (300, 270, 1),  # every 15 s
        (300, 269, 0),
        (0, -30, 1),  # late
        (0, -31, 0),
        (-1860, -1980, 1),  # very late: every minute
        (20_000, 3_600, 0),  # by a daily job in the morning
    ],
)
def test_a_previous_poll_that_is_older_than_two_steps_is_not_compared_with(
    store: AlertedStore, earlier: float, now: float, told: int
) -> None:
    store.add(SHORTENING)
    store.look(earlier, *two(8.0))
    assert len(store.look(now, *two(4.0))) == told


def test_a_window_compares_with_what_stood_that_long_ago(store: AlertedStore) -> None:
    store.add(rule("odds_shortening", 20, window_seconds=300))
    for seconds, price in ((600, 8.0), (540, 7.6), (480, 7.2), (420, 6.8), (360, 6.5)):
        assert store.look(seconds, *two(price)) == []
    assert store.look(300, *two(6.3)) == ["Ruji (4) firmed 8.00 to 6.30, -21.2 %, Awapuni R1, 5 min to start"]


def test_a_window_reaches_back_over_a_time_when_nobody_looked(store: AlertedStore) -> None:
    store.add(rule("odds_shortening", 20, window_seconds=300), rule("hold_percentage", 5, window_seconds=300))
    store.look(900, *two(8.0, hold_percentage=10.0))
    assert len(store.look(300, *two(6.0, hold_percentage=16.0))) == 2


def test_a_window_that_begins_before_anything_is_known_compares_with_nothing(store: AlertedStore) -> None:
    store.add(rule("odds_shortening", 20, window_seconds=300))
    store.look(299, *two(8.0))
    assert store.look(0, *two(4.0)) == []


def test_a_price_that_was_away_at_that_time_is_no_earlier_one(store: AlertedStore) -> None:
    store.add(rule("odds_shortening", 20, window_seconds=60))
    store.look(330, *two(8.0))
    store.look(300, *two(None))
    store.look(270, *two(7.0))
    assert store.look(240, *two(5.0)) == []
    assert store.look(210, *two(5.0)) == ["Ruji (4) firmed 7.00 to 5.00, -28.6 %, Awapuni R1, 4 min to start"]


def test_shares_over_a_window_are_compared_by_one_method(store: AlertedStore) -> None:
    store.add(rule("pool_share", 5, window_seconds=60))
    for seconds, share, method, told in (
        (300, 10.0, "tote_odds", 0),
        (240, 20.0, "tote_trends", 0),
        (180, 26.0, "tote_trends", 1),
    ):
        shared = two(8.0, win_pool_percentage=share, share_method=method)
        assert len(store.look(seconds, *shared)) == told


class TestAFieldThatChanges:
    @pytest.mark.parametrize("flag", ["is_scratched", "is_late_scratched"])
    def test_resets_the_baseline_of_the_previous_poll(self, store: AlertedStore, flag: str) -> None:
        store.add(SHORTENING)
        store.look(135, *two(8.0))
        assert store.look(120, ruji(fixed_win_odds=4.0), entrant(2, **{flag: True})) == []
        assert len(store.look(105, ruji(fixed_win_odds=3.0), entrant(2, **{flag: True}))) == 1

    def test_resets_the_baseline_of_every_window(self, store: AlertedStore) -> None:
        store.add(rule("odds_shortening", 20, window_seconds=60))
        store.look(300, *two(8.0))
        store.look(270, ruji(fixed_win_odds=6.0), entrant(2, is_scratched=True))
        assert store.look(240, ruji(fixed_win_odds=4.0), entrant(2, is_scratched=True)) == []
        assert len(store.look(210, ruji(fixed_win_odds=3.0), entrant(2, is_scratched=True))) == 1

    def test_is_remembered_for_rules_that_are_added_later(self, store: AlertedStore) -> None:
        store.look(300, *two(8.0))
        store.look(270, ruji(fixed_win_odds=6.0), entrant(2, is_scratched=True))
        store.add(rule("odds_shortening", 20, window_seconds=60))
        assert store.look(240, ruji(fixed_win_odds=4.0), entrant(2, is_scratched=True)) == []

    def test_is_no_reason_to_be_silent_about_a_price_itself(self, store: AlertedStore) -> None:
        store.add(rule("odds_below", 5))
        store.look(135, *two(8.0))
        assert len(store.look(120, ruji(fixed_win_odds=4.0), entrant(2, is_scratched=True))) == 1

    def test_is_none_that_lacks_a_runner_because_it_could_not_be_read(self, store: AlertedStore) -> None:
        store.add(SHORTENING)
        store.look(135, *two(8.0))
        assert len(store.look(120, ruji(fixed_win_odds=4.0), unread=frozenset({RUNNERS}))) == 1

    def test_makes_no_new_favourite(self, store: AlertedStore) -> None:
        store.add(rule("favourite_changed"))
        store.look(135, *two(3.0, 2.0), entrant(3, fixed_win_odds=9.0))
        assert store.look(120, ruji(fixed_win_odds=2.0), entrant(2, is_scratched=True)) == []


def test_a_new_favourite_is_told_also_after_a_time_when_two_shared_the_shortest_price(store: AlertedStore) -> None:
    store.add(rule("favourite_changed"))
    assert store.look(150, *two(3.0, 2.5)) == []
    assert store.look(135, *two(2.5, 2.5)) == []
    assert store.look(120, *two(2.5, 2.5)) == []
    assert store.look(105, *two(2.4, 2.5)) == [
        "Ruji (4) is favourite now at 2.40, ahead of Frosbie (2), Awapuni R1, 2 min to start"
    ]
    assert store.look(90, *two(2.5, 2.5)) == []
    assert store.look(75, *two(2.4, 2.5)) == [], "it has been favourite all along"


def test_scratchings_bets_statuses_and_starts_are_told_once(store: AlertedStore) -> None:
    store.add(rule("scratched"), rule("big_bet", 1000), rule("race_status"), rule("start_moved"))
    early: dict[str, Any] = {"big_bets": (big_bet("old", entrant_id="runner-4"),)}
    assert store.look(300, *two(8.0), **early) == [], "the first answer tells of nothing: nobody knows since when"
    moved = race(start_time=later(300, START), status="Delayed")
    on_scratched = big_bet("on a scratched runner", entrant_id="runner-4", stake=9_900_000)
    bets = (big_bet("old"), big_bet("new", entrant_id="runner-2", stake=1_200_000), on_scratched)
    changed: dict[str, Any] = {"race": moved, "big_bets": bets}
    assert sorted(store.look(120, *two(8.0, is_scratched=True), **changed)) == [
        "$12,000 on Frosbie (2) at 5.00, Awapuni R1, 7 min to start",
        "Awapuni R1 is Delayed, it was Open",
        "Awapuni R1 starts 5 min later, 7 min to start",
        "Ruji (4) is scratched, Awapuni R1, 7 min to start",
    ]
    assert store.look(105, *two(8.0, is_scratched=False), **changed) == []
    assert store.look(90, *two(8.0, is_scratched=True), **changed) == [], "it was told that this runner is scratched"


def test_what_a_card_changes_of_a_race_is_told_too(store: AlertedStore) -> None:
    store.add(rule("race_status"), rule("start_moved"), rule("odds_below", 9))
    store.look(300, *two(8.0))
    assert len(store.states()) == 2
    changed = race(status="Closed", start_time=later(60, START))
    commit = store.take_card(MeetingCard(generated_time=later(-280, START), meeting=meeting(), races=(changed,)))
    assert (commit.told, commit.moved) == (2, True)
    assert {one.message for one in store.notifications()[2:]} == {
        "Awapuni R1 is Closed, it was Open",
        "Awapuni R1 starts 1 min later, 6 min to start",
    }
    assert [row[4] for row in store.states()] == [None, None], "the race has left Open"


def test_a_race_that_nobody_asked_for_is_told_to_those_alone_who_watch_it(store: AlertedStore) -> None:
    store.connection.execute("DELETE FROM meetings")
    store.add(rule("odds_below", 9), rule("odds_below", 9, rule_id="mine", entrant="runner-4"))
    store.look(300, *two(8.0))
    assert [one.rule_id for one in store.notifications()] == ["mine"]


def test_nothing_is_kept_of_a_race_that_is_over(store: AlertedStore) -> None:
    store.add(rule("odds_below", 9))
    store.look(300, *two(8.0))
    store.look(285, *two(8.0, is_scratched=True))
    assert store.states()
    store.look(-600, *two(8.0), status="Final")
    assert store.states() == []
    assert store.connection.execute("SELECT count(*) FROM alert_fields").fetchone() == (0,)


def test_an_unchanged_poll_is_an_evaluation_and_stays_unchanged(store: AlertedStore) -> None:
    store.add(rule("odds_shortening", 20, cooldown_seconds=0))
    for seconds, price, told in ((135, 8.0, 0), (120, 6.0, 1), (105, 6.0, 0), (90, 6.0, 0), (75, 4.0, 1)):
        assert len(store.look(seconds, *two(price))) == told


def test_an_older_answer_is_no_evaluation(store: AlertedStore) -> None:
    store.add(SHORTENING)
    store.look(120, *two(8.0))
    assert store.look(135, *two(4.0)) == []


def test_a_state_that_nothing_changes_is_not_written(store: AlertedStore) -> None:
    store.add(rule("odds_below", 9))
    store.look(135, *two(8.0))
    before = store.connection.total_changes
    store.look(120, *two(8.0))
    # That the answer was taken is noted, nothing else.
    assert store.connection.total_changes - before <= 2


def _money(dollars: float | None) -> dict[str, Any]:
    cents = None if dollars is None else round(dollars * 100)
    return {"win_pool_amount": cents, "share_method": None if dollars is None else "tote_odds"}


class TestNewMoney:
    """Win pools in dollars, of four runners, by what came in from bucket to bucket."""

    def looks(
        self, store: AlertedStore, *new_money: tuple[int, tuple[float, ...]], pool: float | None = None, **changes: Any
    ) -> list[list[str]]:
        amounts = [0.0] * 4
        told = []
        for seconds, new in new_money:
            amounts = [amount + more for amount, more in zip(amounts, new, strict=True)]
            entrants = [
                entrant(
                    number,
                    **{"win_pool_amount": round(amount * 100), "share_method": "tote_odds", **changes},
                )
                for number, amount in enumerate(amounts, 1)
            ]
            total = round((pool or sum(amounts)) * 100)
            told.append(store.look(seconds, *entrants, pools=pools(win_pool_total=total)))
        return told

    def test_a_runner_that_takes_15_points_more_is_told_once_the_bucket_is_over(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15), *six_bands())
        looks = (
            (300, (500, 400, 300, 200)),
            (240, (100, 80, 60, 40)),
            (180, (100, 80, 60, 100)),
            (120, (0, 0, 0, 0)),
            (105, (0, 0, 0, 0)),
        )
        told = self.looks(store, *looks)
        assert [len(one) for one in told] == [0, 0, 0, 2, 0]
        assert told[3][0] == (
            "Horse 4 (4) has 29.4 % of the new money, up from 14.3 % (+15.1 points), Awapuni R1, 2 min to start"
        )
        by_rule, by_band = sorted(store.notifications(), key=lambda one: one.rule_id or "", reverse=True)
        assert by_rule.value == by_band.value == pytest.approx(15.13, abs=0.005)
        assert (by_band.rule_id, by_band.title) == ("band-15", "Horse 4 (4) +15.1 points of the new money, 15-20 %")

    def test_the_first_bucket_of_all_counts_with_its_whole_amounts(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        told = self.looks(
            store, (240, (100, 80, 60, 40)), (180, (100, 80, 60, 100)), (120, (0, 0, 0, 0)), (60, (0, 0, 0, 0))
        )
        assert [len(one) for one in told] == [0, 0, 1, 0]

    @pytest.mark.parametrize(
        ("factor", "pool", "told"),
        [
            (1.0, None, 1),
            (0.72, None, 1),  # $201.60 in the first of the two
            (0.71, None, 0),  # $198.80
            (1.0, 5_600, 1),  # $280 are 5 %
            (1.0, 5_601, 0),
        ],
    )
    def test_too_little_new_money_means_nothing(
        self, store: AlertedStore, factor: float, pool: float | None, told: int
    ) -> None:
        store.add(rule("money_flow", 15))
        one, other = ((100, 80, 60, 40), (100, 80, 60, 100))
        scaled = [tuple(factor * dollars for dollars in bucket) for bucket in (one, other)]
        looks = self.looks(store, (240, scaled[0]), (180, scaled[1]), (120, (0, 0, 0, 0)), pool=pool)
        assert len(looks[-1]) == told

    def test_a_bucket_counts_with_all_that_came_in_it_however_often_it_was_looked_at(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        told = self.looks(
            store,
            (300, (500, 400, 300, 200)),
            (285, (50, 80, 0, 20)),
            (255, (50, 0, 60, 20)),
            (225, (100, 0, 0, 90)),
            (195, (0, 80, 60, 10)),
            (165, (0, 0, 0, 0)),
        )
        assert told[-1] == [
            "Horse 4 (4) has 29.4 % of the new money, up from 14.3 % (+15.1 points), Awapuni R1, 3 min to start"
        ]

    @pytest.mark.parametrize(
        ("missing_at", "told"),
        [
            ((), 1),
            ((195,), 1),  # known earlier in that bucket
            ((225, 210, 195), 0),
            ((285, 270, 255), 0),
            ((300,), 0),  # then its first bucket has its whole amount
        ],
    )
    def test_a_runners_money_has_to_be_known_in_both_and_before(
        self, store: AlertedStore, missing_at: tuple[int, ...], told: int
    ) -> None:
        store.add(rule("money_flow", 15))
        amounts = {300: (500, 400, 300, 200), 285: (600, 480, 360, 240), 225: (700, 560, 420, 340)}
        for seconds in (300, 285, 270, 255, 225, 210, 195, 165):
            (last,) = (amounts[at] for at in [min(at for at in amounts if at >= seconds)])
            entrants = [
                entrant(number, **_money(None if number == 1 and seconds in missing_at else dollars))
                for number, dollars in enumerate(last, 1)
            ]
            said = store.look(seconds, *entrants)
        assert len(said) == told

    def test_a_field_that_changes_as_a_bucket_begins_resets_the_baseline(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        looks = ((300, (500, 400, 300, 200)), (285, (600, 480, 360, 240)), (225, (700, 560, 420, 340)))
        for seconds, amounts in (*looks, (165, looks[-1][1])):
            entrants = [
                entrant(number, is_scratched=number == 2 and seconds < 300, **_money(dollars))
                for number, dollars in enumerate(amounts, 1)
            ]
            assert store.look(seconds, *entrants) == []

    def test_refunds_count_nothing_and_take_nothing_from_the_others(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        told = self.looks(
            store,
            (300, (500, 500, 500, 500)),
            (240, (100, 80, 60, 40)),
            (180, (-200, 80, 60, 100)),
            (120, (0, 0, 0, 0)),
        )
        assert told[3] == [
            "Horse 4 (4) has 41.7 % of the new money, up from 14.3 % (+27.4 points), Awapuni R1, 2 min to start"
        ]

    def test_buckets_with_a_gap_between_them_are_not_compared(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        told = self.looks(store, (240, (100, 80, 60, 40)), (120, (100, 80, 60, 100)), (60, (0, 0, 0, 0)))
        assert told == [[], [], []]

    def test_shares_by_another_method_are_not_compared(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        self.looks(store, (240, (100, 80, 60, 40)))
        entrants = [
            entrant(number, win_pool_amount=cents, share_method="tote_trends")
            for number, cents in enumerate((20_000, 16_000, 12_000, 14_000), 1)
        ]
        store.look(180, *entrants)
        assert store.look(120, *entrants) == []

    def test_a_scratched_runner_is_not_told_and_its_scratching_resets_the_baseline(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        self.looks(store, (240, (100, 80, 60, 40)), (180, (100, 80, 60, 100)))
        amounts = (20_000, 16_000, 12_000, 14_000)
        scratched = [
            entrant(number, win_pool_amount=cents, share_method="tote_odds", is_scratched=number == 1)
            for number, cents in enumerate(amounts, 1)
        ]
        assert store.look(120, *scratched) == []
        assert store.look(60, *scratched) == []

    def test_the_money_of_a_scratched_runner_counts_in_the_total(self, store: AlertedStore) -> None:
        store.add(rule("money_flow", 15))
        looks = ((360, (0, 0, 0, 0)), (240, (100, 80, 60, 40)), (180, (100, 80, 60, 100)), (120, (0, 0, 0, 0)))
        amounts = [0.0] * 4
        for seconds, new in looks:
            amounts = [amount + more for amount, more in zip(amounts, new, strict=True)]
            entrants = [
                entrant(number, win_pool_amount=round(amount * 100), share_method="tote_odds", is_scratched=number == 1)
                for number, amount in enumerate(amounts, 1)
            ]
            told = store.look(seconds, *entrants)
        assert told == [
            "Horse 4 (4) has 29.4 % of the new money, up from 14.3 % (+15.1 points), Awapuni R1, 2 min to start"
        ]
