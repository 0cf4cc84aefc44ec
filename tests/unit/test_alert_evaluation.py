"""Every type of rule held against looks: what it fires at, what it says, and what it must not be fooled by."""

from typing import Any

import pytest

from raceday_daemon.alerting.happenings import (
    bet_happenings,
    favourite_happening,
    race_happenings,
    runner_happenings,
)
from raceday_daemon.alerting.measures import EarlierFigures, Reading
from tests.alerting import Watching, at, band, messages, ruji, rule, six_bands
from tests.builders import START, big_bet, entrant, later, race

SAID = [
    (
        rule("odds_shortening", 20),
        {"fixed_win_odds": 5.5},
        {"fixed_win_odds": 4.2},
        "Ruji (4) firmed 5.50 to 4.20, -23.6 %, Awapuni R1, 2 min to start",
    ),
    (
        rule("odds_drift", 30),
        {"fixed_win_odds": 4.2},
        {"fixed_win_odds": 5.5},
        "Ruji (4) drifted 4.20 to 5.50, +31.0 %, Awapuni R1, 2 min to start",
    ),
    (
        rule("odds_below", 5),
        {"fixed_win_odds": 5.5},
        {"fixed_win_odds": 5.0},
        "Ruji (4) is at 5.00, down to your 5.00, Awapuni R1, 2 min to start",
    ),
    (
        rule("odds_above", 12),
        {"pool_win_odds": 11.0},
        {"pool_win_odds": 12.5},
        "Ruji (4) is at 12.50, out to your 12.00, Awapuni R1, 2 min to start",
    ),
    (
        rule("hold_percentage", 5),
        {"hold_percentage": 10.0},
        {"hold_percentage": 15.0},
        "Ruji (4) has 15.0 % of the hold, up from 10.0 % (+5.0 points), Awapuni R1, 2 min to start",
    ),
    (
        rule("pool_share", 5),
        {"win_pool_percentage": 10.0, "share_method": "tote_odds"},
        {"win_pool_percentage": 16.5, "share_method": "tote_odds"},
        "Ruji (4) has 16.5 % of the Win pool, up from 10.0 % (+6.5 points), Awapuni R1, 2 min to start",
    ),
]


@pytest.mark.parametrize(("one", "before", "now", "said"), SAID, ids=lambda value: getattr(value, "alert_type", ""))
def test_what_each_measure_says(one: Any, before: Any, now: Any, said: str) -> None:
    watching = Watching([one], at=-15)
    watching.look(ruji(**before))
    assert messages(watching.look(ruji(**now))) == [said]


def test_a_notification_has_all_that_a_page_needs() -> None:
    watching = Watching([rule("odds_shortening", 20, rule_id="my-rule")])
    watching.prices(12.0, 7.0)
    (told,) = watching.told
    assert (told.user_id, told.rule_id, told.race_id, told.entrant_id) == ("user-1", "my-rule", "race-1", "runner-4")
    assert (told.type, told.read, told.title) == ("odds_shortening", False, "Ruji (4) firmed")
    assert (round(told.value or 0, 2), told.previous_value, told.threshold) == (41.67, 12.0, 20)
    assert (told.event_timestamp, told.created_at) == (later(15), later(16))


@pytest.mark.parametrize(
    ("alert_type", "threshold", "prices", "told"),
    [
        ("odds_shortening", 10, (4.0, 3.61), [0, 0]),
        ("odds_shortening", 10, (4.0, 3.6), [0, 1]),
        ("odds_shortening", 10, (4.0, 4.4), [0, 0]),
        ("odds_drift", 10, (4.0, 4.4), [0, 1]),
        ("odds_drift", 10, (4.0, 4.39), [0, 0]),
        ("odds_drift", 10, (4.0, 3.6), [0, 0]),
        ("odds_below", 5, (5.01, 5.0, 4.0), [0, 1, 0]),
        ("odds_below", 5, (4.9,), [1]),
        ("odds_below", 5, (5.0, 6.25, 6.25, 5.0), [1, 0, 0, 0]),
        ("odds_below", 5, (5.0, 6.26, 6.26, 5.0), [1, 0, 0, 1]),
        ("odds_above", 5, (4.99, 5.0, 9.0), [0, 1, 0]),
        ("odds_above", 5, (5.0, 4.0, 4.0, 5.0), [1, 0, 0, 0]),
        ("odds_above", 5, (5.0, 3.99, 3.99, 5.0), [1, 0, 0, 1]),
        ("odds_shortening", 10, (4.0, None, 3.0), [0, 0, 0]),
        ("odds_below", 5, (4.0, None, None, None, 4.0), [1, 0, 0, 0, 0]),
    ],
)
def test_prices_and_thresholds(alert_type: str, threshold: float, prices: Any, told: list[int]) -> None:
    watching = Watching([rule(alert_type, threshold, cooldown_seconds=0)])
    assert watching.prices(*prices) == told


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({"fixed_win_odds": 8.0}, {"fixed_win_odds": 4.0}, 1),
        ({"pool_win_odds": 8.0}, {"pool_win_odds": 4.0}, 1),
        ({"pool_win_odds": 8.0}, {"fixed_win_odds": 4.0}, 0),
        ({"fixed_win_odds": 8.0}, {"pool_win_odds": 4.0}, 0),
        ({"fixed_win_odds": 8.0, "pool_win_odds": 8.0}, {"fixed_win_odds": 8.0, "pool_win_odds": 4.0}, 0),
        ({"pool_win_odds": 8.0}, {"fixed_win_odds": 8.0, "pool_win_odds": 4.0}, 1),
        ({"win_odds": 8.0}, {"win_odds": 4.0}, 0),
        ({"fixed_win_odds": None}, {"fixed_win_odds": 4.0}, 0),
        ({"fixed_win_odds": 8.0}, {"fixed_win_odds": 4.0, "is_scratched": True}, 0),
        ({"fixed_win_odds": 8.0}, {"fixed_win_odds": 4.0, "is_late_scratched": True}, 0),
    ],
)
def test_fixed_win_is_compared_with_fixed_win_else_tote_win_with_tote_win(before: Any, now: Any, told: int) -> None:
    watching = Watching([rule("odds_shortening", 20)])
    watching.look(ruji(**before))
    assert len(watching.look(ruji(**now)).notifications) == told


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({}, {"fixed_win_odds": 4.0, "pool_win_odds": 6.0}, 1),
        ({"pool_win_odds": 6.0}, {"fixed_win_odds": 4.0, "pool_win_odds": 6.0}, 1),
        ({"pool_win_odds": 6.0}, {"fixed_win_odds": 6.0, "pool_win_odds": 4.0}, 0),
        ({"fixed_win_odds": 6.0}, {"pool_win_odds": 4.0}, 1),
    ],
)
def test_a_price_itself_is_the_fixed_one_where_there_is_one_whatever_stood_before(
    before: Any, now: Any, told: int
) -> None:
    watching = Watching([rule("odds_below", 5)])
    watching.look(ruji(**before))
    assert len(watching.look(ruji(**now)).notifications) == told


@pytest.mark.parametrize(
    ("alert_type", "before", "now", "told"),
    [
        ("hold_percentage", {"hold_percentage": 10.0}, {"hold_percentage": 14.99}, 0),
        ("hold_percentage", {"hold_percentage": 0.0}, {"hold_percentage": 20.0}, 0),
        ("hold_percentage", {}, {"hold_percentage": 20.0}, 0),
        ("hold_percentage", {"hold_percentage": 20.0}, {}, 0),
        (
            "pool_share",
            {"win_pool_percentage": 10.0, "share_method": "tote_odds"},
            {"win_pool_percentage": 30.0, "share_method": "tote_trends"},
            0,
        ),
        (
            "pool_share",
            {"win_pool_percentage": 0.0, "share_method": "tote_odds"},
            {"win_pool_percentage": 30.0, "share_method": "tote_odds"},
            0,
        ),
    ],
)
def test_shares_are_compared_by_one_method_and_never_with_nothing(
    alert_type: str, before: Any, now: Any, told: int
) -> None:
    watching = Watching([rule(alert_type, 5)])
    watching.look(ruji(**before))
    assert len(watching.look(ruji(**now)).notifications) == told


@pytest.mark.parametrize("status", ["Closed", "Interim", "Final", "Abandoned", "Delayed"])
def test_markets_count_only_while_the_race_is_open(status: str) -> None:
    rules = [rule("odds_shortening", 10), rule("odds_below", 9), rule("odds_above", 2), *six_bands()]
    watching = Watching(rules)
    watching.look(ruji(fixed_win_odds=12.0), status=status)
    assert watching.look(ruji(fixed_win_odds=7.0), status=status).notifications == ()
    assert watching.states == {}


def test_an_episode_ends_when_the_race_leaves_open() -> None:
    watching = Watching([rule("odds_below", 5, cooldown_seconds=0)])
    assert watching.prices(4.0, 4.0) == [1, 0]
    watching.look(ruji(fixed_win_odds=4.0), status="Closed")
    assert watching.prices(4.0) == [1]


def test_a_window_compares_with_the_figures_of_that_long_ago() -> None:
    watching = Watching([rule("odds_shortening", 20, window_seconds=300)])
    ago = {0: {"runner-4": ruji(fixed_win_odds=5.0)}, 300: {"runner-4": EarlierFigures(fixed_win_odds=8.0)}}
    assert messages(watching.look(ruji(fixed_win_odds=5.0), earlier=ago))[0].startswith("Ruji (4) firmed 8.00 to 5.00")
    assert watching.look(ruji(fixed_win_odds=2.0), earlier={0: ago[0]}).notifications == ()


def test_new_money_is_told_with_both_shares() -> None:
    watching = Watching([rule("money_flow", 15)])
    money = {"runner-4": Reading(15.126051, 14.285714, 29.411765)}
    assert messages(watching.look(ruji(), money=money)) == [
        "Ruji (4) has 29.4 % of the new money, up from 14.3 % (+15.1 points), Awapuni R1, 2 min to start"
    ]
    assert watching.look(ruji(), money=money).notifications == (), "the same two buckets again"


class TestBands:
    def test_twelve_to_seven_is_in_the_band_from_25_to_50(self) -> None:
        watching = Watching(six_bands())
        watching.prices(12.0, 7.0)
        (told,) = watching.told
        assert (told.type, told.rule_id, told.threshold, told.title) == (
            "odds_shortening",
            "band-25",
            25,
            "Ruji (4) firmed, 25-50 %",
        )

    def test_a_rise_of_15_points_of_the_new_money_is_in_the_band_from_15_to_20(self) -> None:
        watching = Watching(six_bands())
        watching.look(ruji(), money={"runner-4": Reading(15.126051, 14.285714, 29.411765)})
        (told,) = watching.told
        assert (told.type, told.rule_id, told.threshold) == ("money_flow", "band-15", 15)

    def test_a_higher_band_is_told_anew_within_the_episode_and_a_lower_one_is_not(self) -> None:
        watching = Watching(six_bands())
        looks = (100.0, 94.0, 82.72, 77.0, 38.0)  # 6 %, 12 %, 6.9 %, 50.6 %
        assert watching.prices(*looks) == [0, 1, 1, 0, 1]
        assert [one.threshold for one in watching.told] == [5, 10, 50]

    def test_a_switched_off_band_tells_nothing(self) -> None:
        watching = Watching([band(5, 10), band(10, 15, enabled=False), band(15, 20)])
        assert watching.prices(100.0, 88.0, 81.84, 69.0) == [0, 0, 1, 1]

    def test_every_user_has_an_episode_of_its_own_and_both_measures_too(self) -> None:
        theirs = [band(20, None, rule_id="theirs", user_id="user-2")]
        watching = Watching([*six_bands(), *theirs])
        watching.look(ruji(fixed_win_odds=12.0))
        watching.look(ruji(fixed_win_odds=7.0), money={"runner-4": Reading(30.0, 10.0, 40.0)})
        assert [(one.user_id, one.type) for one in watching.told] == [
            ("user-1", "money_flow"),
            ("user-1", "odds_shortening"),
            ("user-2", "money_flow"),
            ("user-2", "odds_shortening"),
        ]
        assert len({one.notification_id for one in watching.told}) == 4


def happened(one: Any, after: Any = None, **scene: Any) -> list[str]:
    """Give what a rule says of what has happened by a look at runners 4 and 2."""
    entrants = after or {"runner-4": ruji(), "runner-2": entrant(2, name="Frosbie")}
    watching = Watching([one])
    return messages(watching.look(*entrants.values(), **scene))


class TestHappenings:
    @pytest.mark.parametrize("flag", ["is_scratched", "is_late_scratched"])
    def test_a_runner_is_scratched(self, flag: str) -> None:
        before, after = {"runner-4": ruji(**{flag: False})}, {"runner-4": ruji(**{flag: True})}
        what = list(runner_happenings(before, after))
        assert happened(rule("scratched"), after=after, happenings=what) == [
            "Ruji (4) is scratched, Awapuni R1, 2 min to start"
        ]
        assert list(runner_happenings(after, after)) == []
        assert list(runner_happenings({}, after)) == [], "it was so when it was first seen"

    @pytest.mark.parametrize(("threshold", "told"), [(1000, 1), (999.5, 1), (1000.01, 0)])
    def test_a_bet_counts_by_its_dollars(self, threshold: float, told: int) -> None:
        what = list(bet_happenings([big_bet(entrant_id="runner-4", stake=100_000, odds=5.5)], {}))
        said = happened(rule("big_bet", threshold), happenings=what)
        assert said == ["$1,000 on Ruji (4) at 5.50, Awapuni R1, 2 min to start"] * told

    def test_two_bets_of_one_answer_are_two_notifications_and_a_cooldown_of_ones_own_counts(self) -> None:
        bets = [big_bet("bet-1", entrant_id="runner-4"), big_bet("bet-2", entrant_id="runner-4", stake=250_000)]
        what = list(bet_happenings(bets, {}))
        assert len(happened(rule("big_bet", 500), happenings=what)) == 2
        assert len(happened(rule("big_bet", 500, cooldown_seconds=300), happenings=what)) == 1

    def test_a_bet_on_no_single_runner_goes_to_those_who_watch_the_race(self) -> None:
        what = list(bet_happenings([big_bet(entrant_id=None, title="Quaddie", odds=None)], {}))
        assert happened(rule("big_bet", 500), happenings=what) == ["$1,000 on Quaddie, Awapuni R1, 2 min to start"]
        assert happened(rule("big_bet", 500, entrant="runner-4"), happenings=what) == []

    def test_the_race_has_another_status(self) -> None:
        what = list(race_happenings(race(), race(status="Closed")))
        assert happened(rule("race_status"), happenings=what) == ["Awapuni R1 is Closed, it was Open"]
        assert list(race_happenings(None, race(status="Closed"))) == []

    @pytest.mark.parametrize(
        ("seconds", "threshold", "said"),
        [
            (300, None, ["Awapuni R1 starts 5 min later, 2 min to start"]),
            (-45, None, ["Awapuni R1 starts 45 s earlier, 2 min to start"]),
            (-45, 60, []),
            (60, 60, ["Awapuni R1 starts 1 min later, 2 min to start"]),
        ],
    )
    def test_the_start_was_moved(self, seconds: float, threshold: float | None, said: list[str]) -> None:
        what = list(race_happenings(race(), race(start_time=later(seconds, START))))
        assert happened(rule("start_moved", threshold), happenings=what) == said

    @pytest.mark.parametrize(
        ("before", "after", "last_known", "told"),
        [
            ((3.0, 2.5), (2.4, 2.5), None, True),
            ((3.0, 2.5), (2.5, 2.5), None, False),
            ((2.5, 2.5), (2.4, 2.5), "runner-2", True),
            ((2.5, 2.5), (2.4, 2.5), "runner-4", False),
            ((2.5, 2.5), (2.4, 2.5), None, False),
            ((None, None), (2.4, 2.5), None, False),
            ((2.4, 2.5), (2.3, 2.5), None, False),
        ],
    )
    def test_the_favourite_is_strictly_shorter_than_all_others(
        self, before: Any, after: Any, last_known: str | None, told: bool
    ) -> None:
        def field(prices: Any) -> Any:
            return {
                "runner-4": ruji(fixed_win_odds=prices[0]),
                "runner-2": entrant(2, name="Frosbie", fixed_win_odds=prices[1]),
            }

        what = favourite_happening(field(before), race(), field(after), last_known, at(0))
        said = happened(rule("favourite_changed"), after=field(after), happenings=[what] if what else [])
        assert said == (
            ["Ruji (4) is favourite now at 2.40, ahead of Frosbie (2), Awapuni R1, 2 min to start"] if told else []
        )


class TestScopes:
    @pytest.mark.parametrize(
        ("scope", "told"),
        [
            ({}, 2),
            ({"race": "race-1"}, 2),
            ({"race": "race-2"}, 0),
            ({"entrant": "runner-4"}, 1),
            ({"entrant": "runner-4", "race": "race-1"}, 1),
            ({"entrant": "runner-4", "race": "race-2"}, 0),
            ({"entrant": "runner-9"}, 0),
            ({"enabled": False}, 0),
        ],
    )
    def test_a_rule_watches_one_entrant_one_race_or_every_race(self, scope: Any, told: int) -> None:
        watching = Watching([rule("odds_below", 5, **scope)])
        looked = watching.look(ruji(fixed_win_odds=4.0), entrant(2, fixed_win_odds=4.5))
        assert len(looked.notifications) == told

    def test_an_edited_rule_starts_anew_and_one_that_is_only_told_elsewhere_does_not(self) -> None:
        watching = Watching([rule("odds_below", 5)])
        assert watching.prices(4.0) == [1]
        watching.index.put(rule("odds_below", 5, channel="mail", color="red"))
        assert watching.prices(4.0) == [0]
        watching.index.put(rule("odds_below", 4.5))
        assert watching.prices(4.0) == [1]

    def test_an_edited_rule_no_longer_follows_the_runner_that_it_left(self) -> None:
        watching = Watching([rule("odds_below", 5, entrant="runner-4")])
        assert watching.prices(4.0) == [1]
        watching.index.put(rule("odds_below", 5, entrant="runner-2"))
        assert watching.prices(4.0) == [0]

    @pytest.mark.parametrize("disabled_only", [True, False])
    def test_a_rule_switched_off_or_removed_in_mid_episode_tells_nothing_more(self, disabled_only: bool) -> None:
        watching = Watching([rule("odds_below", 5, cooldown_seconds=0)])
        assert watching.prices(4.0) == [1]
        if disabled_only:
            watching.index.put(rule("odds_below", 5, cooldown_seconds=0, enabled=False))
        else:
            watching.index.remove("rule-odds_below")
        assert watching.prices(9.0, 9.0, 4.0) == [0, 0, 0]


def test_a_rule_that_can_not_be_evaluated_is_named_and_all_others_are() -> None:
    good, poisoned = rule("odds_below", 5), rule("odds_below", 6, rule_id="poisoned")
    watching = Watching([good, poisoned])
    # What no row can say: a bug.
    (one,) = (one for one in watching.index.groups("race-1", (), everywhere=True)[0].up_to(9) if one.bound == 6)
    watching.index.remove("poisoned")
    watching.index._add(one._replace(bands=("not a band",)))  # type: ignore[arg-type]
    decision = watching.look(ruji(fixed_win_odds=4.0))
    assert [one.rule_id for one in decision.notifications] == [good.rule_id]
    assert [rule_id for rule_id, _ in decision.failures] == ["poisoned"]


def test_nothing_in_scope_decides_nothing() -> None:
    decision = Watching([]).look(ruji(fixed_win_odds=4.0))
    assert (decision.notifications, decision.states, decision.failures) == ((), (), ())
