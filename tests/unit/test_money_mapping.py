"""The money in an event's answer: pools, the money tracker, and each runner's share of Win and Place."""

from typing import Any

import pytest

from raceday_daemon.model.entrant import HOLD_PERCENTAGE, TOTE_ODDS, TOTE_TRENDS
from raceday_daemon.model.snapshot import RaceSnapshot
from tests.builders import Document, event, mapped, money, pool, pools, runner, trend_xml

PRICED = (runner(1, {"pool_win": 2}), runner(2, {"pool_win": 4}), runner(3, {"pool_win": 4}))
HOLDS = money(("runner-1", 20, 30), ("runner-2", 30, 20), ("not-a-runner", 50, 50))


def win_shares(snapshot: RaceSnapshot) -> list[tuple[float | None, str | None]]:
    return [(one.win_pool_percentage, one.share_method) for one in snapshot.entrants]


def place_shares(snapshot: RaceSnapshot) -> list[tuple[float | None, str | None]]:
    return [(one.place_pool_percentage, one.place_share_method) for one in snapshot.entrants]


def test_pools_are_kept_in_cents_and_added_up_without_those_over_several_races() -> None:
    sent = event(
        tote_pools=[
            pool("Win", 9151.38),
            pool("Place", 3923.51),
            pool("Quinella", "5341.06"),
            pool("Trifecta", 7976.24),
            pool("Exacta", 0),
            pool("FirstFour", 4617.92),
            *(pool(name, 8126.61) for name in ("EarlyQuadrella", "Quadrella", "RunningDouble", "Treble", "New")),
        ]
    )
    assert mapped(sent).pools == pools(
        win_pool_total=915_138,
        place_pool_total=392_351,
        quinella_pool_total=534_106,
        trifecta_pool_total=797_624,
        exacta_pool_total=0,
        first4_pool_total=461_792,
        total_race_pool=3_101_011,
    )


@pytest.mark.parametrize(
    ("dollars", "cents"),
    [(0.29, 29), (1.005, 101), (31010.11, 3_101_011), (1e9, 100_000_000_000), ("12.30", 1230), (0, 0)],
)
def test_dollars_become_cents_by_their_decimal_spelling(dollars: Any, cents: int) -> None:
    assert mapped(event(tote_pools=[pool("Win", dollars)])).pools.win_pool_total == cents


@pytest.mark.parametrize("sent", [None, [], [pool("Quadrella", 5)]], ids=["null", "empty", "only over several races"])
def test_without_a_pool_of_its_own_a_races_total_is_unknown(sent: Any) -> None:
    assert mapped(event(tote_pools=sent)).pools == pools()


@pytest.mark.parametrize("total", [None, ""], ids=["null", "blank"])
def test_a_pool_without_a_figure_is_unknown(total: Any) -> None:
    assert mapped(event(tote_pools=[pool("Win", total), pool("Place", 5)])).pools.win_pool_total is None


@pytest.mark.parametrize("total", [-5, "much", 1e13, []], ids=["negative", "words", "beyond belief", "a list"])
def test_a_pool_that_cannot_be_read_makes_the_total_unknown(total: Any) -> None:
    snapshot = mapped(event(tote_pools=[pool("Win", 10), pool("Place", total)]))
    assert snapshot.pools == pools(win_pool_total=1000)
    assert [part.where for part in snapshot.set_aside] == ["data.tote_pools[1]"]


def test_a_second_pool_of_a_kind_is_set_aside() -> None:
    snapshot = mapped(event(tote_pools=[pool("Win", 10), pool("WIN", 20), pool("Place", 5)]))
    assert snapshot.pools == pools(win_pool_total=1000, place_pool_total=500, total_race_pool=1500)
    assert [str(part) for part in snapshot.set_aside] == ["data.tote_pools[1]: a second WIN pool"]


def test_a_runners_many_rows_of_the_money_tracker_are_summed() -> None:
    tracker = money(
        *(("runner-1", 10, 1), ("runner-2", 5, 2), ("runner-1", 8, 13), ("runner-1", 0, 0)),
        *(("not-a-runner", 9, 9), ("runner-2", "3", "2.5")),
    )
    runners = mapped(event(money_tracker=tracker)).entrants
    assert [(one.hold_percentage, one.bet_percentage) for one in runners] == [(18.0, 14.0), (8.0, 4.5)]


def test_rows_without_a_figure_count_for_nothing() -> None:
    tracker = money(("runner-1", None, ""), ("runner-1", 4, None), ("runner-2", None, None))
    runners = mapped(event(money_tracker=tracker)).entrants
    assert [(one.hold_percentage, one.bet_percentage) for one in runners] == [(4.0, None), (None, None)]


@pytest.mark.parametrize("tracker", [None, {}, {"entrants": None}, {"entrants": []}], ids=str)
def test_without_rows_the_holds_are_unknown(tracker: Any) -> None:
    runners = mapped(event(money_tracker=tracker)).entrants
    assert {(one.hold_percentage, one.win_pool_percentage, one.share_method) for one in runners} == {(None, None, None)}


@pytest.mark.parametrize("row", [None, {}, {"entrant_id": "runner-1", "hold_percentage": -1}], ids=str)
def test_a_sum_with_a_row_that_cannot_be_read_is_no_sum(row: Any) -> None:
    snapshot = mapped(event(money_tracker={"entrants": [*HOLDS["entrants"], row]}))
    assert [one.hold_percentage for one in snapshot.entrants] == [None, None]
    assert [part.where for part in snapshot.set_aside] == ["data.money_tracker"]


def test_with_every_tote_price_the_win_shares_follow_from_them() -> None:
    sent = event(*PRICED, money_tracker=HOLDS, tote_pools=[pool("Win", 100)])
    assert win_shares(mapped(sent)) == [(50.0, TOTE_ODDS), (25.0, TOTE_ODDS), (25.0, TOTE_ODDS)]
    assert [one.win_pool_amount for one in mapped(sent).entrants] == [5000, 2500, 2500]


@pytest.mark.parametrize("odds", [{"pool_win": 0}, {}, None], ids=["price 0", "no price", "no odds"])
def test_with_one_tote_price_missing_the_win_shares_fall_back_to_the_hold(odds: Document | None) -> None:
    sent = event(runner(1, {"pool_win": 2}), runner(2, odds), money_tracker=HOLDS, tote_pools=[pool("Win", 100)])
    assert win_shares(mapped(sent)) == [(20.0, HOLD_PERCENTAGE), (30.0, HOLD_PERCENTAGE)]
    assert [one.win_pool_amount for one in mapped(sent).entrants] == [2000, 3000]


@pytest.mark.parametrize("flag", ["is_scratched", "is_late_scratched"])
@pytest.mark.parametrize("odds", [{"pool_win": 9}, None], ids=["with an old price", "without a price"])
def test_scratched_runners_have_no_part_in_the_tote_odds(flag: str, odds: Document | None) -> None:
    sent = event(runner(1, {"pool_win": 2}), runner(2, {"pool_win": 2}), runner(3, odds, **{flag: True}))
    assert win_shares(mapped(sent)) == [(50.0, TOTE_ODDS), (50.0, TOTE_ODDS), (None, None)]


def test_a_runner_whose_price_could_not_be_read_leaves_nothing_to_derive_from_the_others() -> None:
    sent = event(*PRICED, runner(4, {"pool_win": "n/a"}), money_tracker=HOLDS)
    assert {method for _, method in win_shares(mapped(sent))} == {HOLD_PERCENTAGE, None}


def test_the_tote_trends_of_the_win_pool_come_first_by_their_own_total() -> None:
    xml = trend_xml("WIN", total="800.00", r1="200.00", r2="100.00")
    sent = event(*PRICED, money_tracker=HOLDS, tote_pools=[pool("Win", 1000, xml)])
    assert win_shares(mapped(sent)) == [(25.0, TOTE_TRENDS), (12.5, TOTE_TRENDS), (None, None)]
    assert [one.win_pool_amount for one in mapped(sent).entrants] == [25_000, 12_500, None]


def test_a_scratched_runner_keeps_its_money_in_the_trends() -> None:
    xml = trend_xml("WIN", total="1000", r1="750", r2="250")
    sent = event(runner(1), runner(2, is_scratched=True), tote_pools=[pool("Win", 10, xml)])
    assert win_shares(mapped(sent)) == [(75.0, TOTE_TRENDS), (25.0, TOTE_TRENDS)]


@pytest.mark.parametrize(
    "xml",
    ["", trend_xml("PLC", r1="1"), trend_xml("WIN", race_number=2, r1="1"), trend_xml("WIN", r9="1"), trend_xml("WIN")],
    ids=["blank", "of another bet", "of another race", "of no runner here", "without runners"],
)
def test_trends_that_say_nothing_of_the_win_pool_leave_it_to_the_tote_odds(xml: str) -> None:
    snapshot = mapped(event(*PRICED, tote_pools=[pool("Win", 10, xml)]))
    assert {method for _, method in win_shares(snapshot)} == {TOTE_ODDS}
    assert snapshot.set_aside == ()


def test_trends_of_an_empty_pool_leave_it_to_the_tote_odds() -> None:
    snapshot = mapped(event(*PRICED, tote_pools=[pool("Win", 10, trend_xml("WIN", total="0.00", r1="0.00"))]))
    assert {method for _, method in win_shares(snapshot)} == {TOTE_ODDS}


def test_trends_that_cannot_be_read_are_reported_and_leave_it_to_the_tote_odds() -> None:
    snapshot = mapped(event(*PRICED, tote_pools=[pool("Place", 5), pool("Win", 10, "<meetings>")]))
    assert {method for _, method in win_shares(snapshot)} == {TOTE_ODDS}
    assert [part.where for part in snapshot.set_aside] == ["data.tote_pools[1].tote_trends"]
    assert snapshot.pools.total_race_pool == 1500


def test_place_shares_come_from_the_trends_of_the_place_pool() -> None:
    xml = trend_xml("PLC", total="400", r1="100", r2="300")
    sent = event(*PRICED[:2], money_tracker=HOLDS, tote_pools=[pool("Place", 10, xml)])
    assert place_shares(mapped(sent)) == [(25.0, TOTE_TRENDS), (75.0, TOTE_TRENDS)]
    assert [one.place_pool_amount for one in mapped(sent).entrants] == [250, 750]


def test_place_shares_else_come_from_the_hold_and_never_from_place_prices() -> None:
    priced = [runner(number, {"pool_win": 2, "pool_place": 1.5, "fixed_place": 1.4}) for number in (1, 2)]
    assert place_shares(mapped(event(*priced, money_tracker=HOLDS))) == [
        (20.0, HOLD_PERCENTAGE),
        (30.0, HOLD_PERCENTAGE),
    ]
    assert place_shares(mapped(event(*priced))) == [(None, None), (None, None)]


def test_the_trends_of_the_trifecta_say_nothing_of_win_and_place() -> None:
    xml = trend_xml("TFA", r1="100").replace("runner_investment>", "runner_investment1>")
    snapshot = mapped(event(tote_pools=[pool("Trifecta", 10, xml), pool("Win", 10, xml)]))
    assert win_shares(snapshot) == place_shares(snapshot) == [(None, None), (None, None)]


def test_a_share_without_its_pool_has_no_amount() -> None:
    runners = mapped(event(*PRICED, money_tracker=HOLDS)).entrants
    assert {one.win_pool_amount for one in runners} == {one.place_pool_amount for one in runners} == {None}


def test_a_runner_that_comes_twice_does_not_cost_the_others_their_shares() -> None:
    assert win_shares(mapped(event(*PRICED, PRICED[0]))) == win_shares(mapped(event(*PRICED)))


def test_a_misfit_in_the_list_that_is_not_used_does_not_cost_the_runners_their_shares() -> None:
    assert {method for _, method in win_shares(mapped(event({}, entrants=list(PRICED))))} == {TOTE_ODDS}
