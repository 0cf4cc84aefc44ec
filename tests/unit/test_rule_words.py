"""A rule in the words of a list: every type, what is odd too."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.alerting.rule_words import what
from tests.alerting import band, rule


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (rule("odds_shortening", 15), "firms by 15 %"),
        (rule("odds_shortening", 12.5, window_seconds=300), "firms by 12.5 % within 5 min"),
        (rule("odds_drift", 150, window_seconds=90), "drifts by 150 % within 90 s"),
        (rule("odds_below", 4.5), "Win price 4.50 or less"),
        (rule("odds_above", 21), "Win price 21.00 or more"),
        (rule("money_flow", 15), "share of the new money up 15 points"),
        (rule("hold_percentage", 5, window_seconds=0), "hold up 5 points"),
        (rule("pool_share", 5), "share of the Win pool up 5 points"),
        (rule("big_bet", 1000), "a bet of $1,000 or more"),
        (rule("scratched", None), "scratched"),
        (rule("favourite_changed", None), "a new favourite"),
        (rule("race_status", None), "another status"),
        (rule("start_moved", None), "start moved"),
        (rule("start_moved", 60), "start moved by 1 min"),
        (rule("race_start", 45), "45 s to the start"),
        (rule("race_start", 0), "the start"),
        (band(15, 20), "money or shortening in the band 15-20"),
        (band(50, None), "money or shortening in the band 50+"),
        (rule("odds_shorten", 15), "odds_shorten"),
        (rule("odds_below", 0.5), "odds_below 0.5"),
        (rule("odds_below", None), "odds_below"),
        (rule(None, None, indicator_type="moving_average"), "moving_average"),
        (rule(None, None), "nothing"),
    ],
)
def test_what_a_rule_waits_for(one: Any, words: str) -> None:
    assert what(one) == words


@given(st.sampled_from([*RULE_TYPES, "zzz"]), st.none() | st.floats(), st.none() | st.integers(-(2**63), 2**63 - 1))
def test_whatever_a_row_holds_has_short_words(alert_type: str, threshold: float | None, window: int | None) -> None:
    assert 0 < len(what(rule(alert_type, threshold, window_seconds=window))) < 100
