"""What is wrong with a rule is said in a sentence, and what isn't is not."""

from typing import Any

import pytest

from raceday_daemon.alerting.faults import faults, garbled, missing_subjects, needless
from raceday_daemon.alerting.rule_types import RULE_TYPES
from tests.alerting import band, rule, six_bands
from tests.builders import entrant, race

GOOD: dict[str, float | None] = {
    "odds_shortening": 10,
    "odds_drift": 150,
    "odds_below": 5,
    "odds_above": 12,
    "money_flow": 15,
    "hold_percentage": 5,
    "pool_share": 5,
    "big_bet": 1000,
    "scratched": None,
    "favourite_changed": None,
    "race_status": None,
    "start_moved": None,
    "race_start": 120,
}


def test_every_type_has_a_rule_without_faults() -> None:
    assert set(GOOD) == set(RULE_TYPES)
    assert {name: faults(rule(name, threshold)) for name, threshold in GOOD.items()} == dict.fromkeys(GOOD, ())


def test_the_front_ends_bands_have_no_faults() -> None:
    assert [faults(one) for one in six_bands()] == [()] * 6


@pytest.mark.parametrize(
    ("alert_type", "threshold"),
    [
        ("odds_shortening", 100),
        ("odds_shortening", 250),
        ("odds_shortening", 0),
        ("odds_shortening", -5),
        ("odds_drift", 0),
        ("odds_drift", float("inf")),
        ("odds_below", 1),
        ("odds_below", 0),
        ("odds_above", 10_000),
        ("money_flow", 100),
        ("hold_percentage", 0),
        ("pool_share", 101),
        ("big_bet", 0),
        ("big_bet", float("nan")),
        ("race_start", -1),
        ("race_start", 86_401),
        ("start_moved", -60),
    ],
)
def test_a_threshold_out_of_range_is_named_with_the_range(alert_type: str, threshold: float) -> None:
    (fault,) = faults(rule(alert_type, threshold))
    assert f"a threshold of {threshold:g} is out of range: {alert_type} takes" in fault


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (rule("odds_shorten"), "there is no alert type 'odds_shorten'; did you mean odds_shortening or odds_drift?"),
        (rule("Odds_Drift"), "there is no alert type 'Odds_Drift'; did you mean odds_drift?"),
        (rule("zzz"), "there is no alert type 'zzz'; there are odds_shortening, odds_drift"),
        (rule("odds_below", None), "odds_below needs a threshold in dollars for one"),
        (rule(None, None), "no alert type"),
        (rule(None, None, indicator_type="moving_average"), "the indicator type 'moving_average'"),
        (rule(user_id="x" * 129), "the user's id has 129 characters, at most 128 are possible"),
        (rule(user_id=" "), "the user's id is blank"),
        (rule(entrant=""), "the entrant's id is blank"),
        (rule(race="r" * 37), "the race's id has 37 characters"),
        (rule(window_seconds=-1), "a window of -1 seconds is out of range"),
        (rule(channel="c" * 256), "the channel's name has 256 characters, at most 255 are possible"),
        (rule(cooldown_seconds=86_401), "a cooldown of 86401 seconds is out of range"),
        (rule("race_status", None, entrant="runner-1"), "race_status is of a whole race"),
        (rule("start_moved", None, entrant="runner-1"), "start_moved is of a whole race"),
        (rule("race_start", 60, entrant="runner-1"), "race_start is of a whole race"),
        (band(None, 10), "the band has no lower end"),
        (band(0, 10), "a band from 0 % is out of range"),
        (band(20, 15), "the band from 20 % to 15 % is empty"),
        (band(20, 20), "the band from 20 % to 20 % is empty"),
    ],
)
def test_a_fault_is_one_plain_sentence(one: Any, words: str) -> None:
    (fault,) = faults(one)
    assert words in fault
    assert "\n" not in fault


def test_what_a_type_takes_no_notice_of_is_told_to_whoever_adds_the_rule() -> None:
    assert needless(rule("scratched", 5)) == ("scratched takes no threshold",)
    assert needless(rule("big_bet", 1000, window_seconds=60)) == (
        "big_bet takes no window; these do: odds_shortening, odds_drift, hold_percentage, pool_share",
    )
    assert needless(rule("odds_drift", 5, window_seconds=60)) == needless(rule("scratched", None)) == ()
    assert needless(rule("zzz", 5)) == needless(band(5, 10)) == ()


def test_what_is_no_text_is_told_in_text() -> None:
    assert garbled(rule("odds\ud800", user_id="ann\udcff")) == (
        r"the user's id is no text: 'ann\udcff'",
        r"the alert type is no text: 'odds\ud800'",
    )
    assert garbled(rule(user_id="Māia 🐎")) == ()


def test_several_faults_are_all_told() -> None:
    assert len(faults(rule("odds_below", 0, user_id="", window_seconds=-1))) == 3


@pytest.mark.parametrize(
    ("one", "stored", "words"),
    [
        (rule(entrant="runner-9"), (None, None), "there is no entrant runner-9 here"),
        (rule(race="race-9"), (None, None), "there is no race race-9 here"),
        (
            rule(entrant="runner-1", race="race-9"),
            (entrant(1), race(race_id="race-9")),
            "the entrant runner-1 is of race race-1, not of race-9",
        ),
        (rule(race="race-1"), (None, race(status="Final")), "the race race-1 is over: it is Final"),
    ],
)
def test_a_rule_that_could_never_be_told_of_anything_says_why(one: Any, stored: Any, words: str) -> None:
    assert missing_subjects(one, *stored) == (words,)


def test_a_rule_whose_subjects_are_here_is_not_faulted() -> None:
    assert missing_subjects(rule(entrant="runner-1", race="race-1"), entrant(1), race()) == ()
    assert missing_subjects(rule(), None, None) == ()
