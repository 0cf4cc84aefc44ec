"""Placings, dividends and closing prices, as the JSON that the tables keep."""

import json
from typing import Any

import pytest

from raceday_daemon.model.results import RaceResults
from tests.builders import RACE_ID, Document, dividend, event, mapped, placing, runner


def results_of(*runners: Document, status: str = "Final", **data: Any) -> RaceResults:
    found = mapped(event(*runners, race={"status": status}, **data)).results
    assert found
    return found


def placings(*sent: Document) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = json.loads(results_of(results=list(sent)).results_data or "[]")
    return kept


def dividends(*sent: Document) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = json.loads(results_of(dividends=list(sent)).dividends_data or "[]")
    return kept


def closing(*runners: Document) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(results_of(*runners, results=[placing(1, 1)]).fixed_odds_data or "{}")
    return kept


@pytest.mark.parametrize(
    "data",
    [{}, {"results": None, "dividends": None}, {"results": [], "dividends": []}, {"dividends": [dividend(amount=0)]}],
    ids=["absent", "null", "empty", "dividends of nothing"],
)
def test_while_there_is_neither_placing_nor_dividend_there_are_no_results(data: Document) -> None:
    assert mapped(event(**data)).results is None


@pytest.mark.parametrize(
    ("status", "kept"),
    [("Final", "final"), ("FINAL", "final"), ("Interim", "interim"), ("Closed", "interim"), ("Abandoned", "interim")],
)
def test_results_are_final_once_the_race_is(status: str, kept: str) -> None:
    assert results_of(status=status, results=[placing(1, 1)]).result_status == kept


def test_results_carry_no_mark_of_the_daemon_and_no_word_on_photos_and_inquiries() -> None:
    assert results_of(runner(1), results=[placing(1, 1)]) == RaceResults(
        race_id=RACE_ID,
        results_available=True,
        result_status="final",
        results_data='[{"entrant_id":"runner-1","position":1,"runner_number":1}]',
    )


def test_dividends_before_placings_are_not_yet_results() -> None:
    found = results_of(dividends=[dividend()])
    assert (found.results_available, found.results_data) == (False, None)
    assert found.dividends_data


def test_placings_are_sorted_by_position_whatever_order_they_come_in() -> None:
    kept = placings(placing(3, 7), placing(1, 2), placing(2, 4))
    assert [one["entrant_id"] for one in kept] == ["runner-2", "runner-4", "runner-7"]


def test_a_dead_heat_repeats_its_position() -> None:
    kept = placings(placing(1, 2), placing(3, 1), placing(1, 4))
    assert [(one["position"], one["entrant_id"]) for one in kept] == [(1, "runner-2"), (1, "runner-4"), (3, "runner-1")]


def test_a_dead_heat_is_written_the_same_in_either_order() -> None:
    first = results_of(results=[placing(1, 2), placing(1, 4)])
    assert first == results_of(results=[placing(1, 4), placing(1, 2)])


def test_a_runner_placed_twice_counts_once_and_is_reported() -> None:
    snapshot = mapped(event(results=[placing(1, 2), placing(2, 2)]))
    assert [str(part) for part in snapshot.set_aside] == ["data.results[1]: entrant runner-2 is placed twice"]
    assert [one["position"] for one in placings(placing(1, 2), placing(2, 2))] == [1]


def test_a_placing_keeps_all_that_the_source_sends_with_it() -> None:
    sent = placing(1, 2, name="Frosbie", margin_length=0.4, winning_time=106.73, barrier=2, extra={"a": [1]})
    assert placings(sent) == [sent]


@pytest.mark.parametrize("sent", [{"position": "1"}, {"margin_length": None}, {"name": 5}], ids=str)
def test_a_placing_may_spell_its_numbers_as_text_and_leave_things_out(sent: Document) -> None:
    assert placings({**placing(1, 2), **sent})[0]["position"] == 1


def test_a_placing_that_cannot_be_read_is_set_aside_and_the_others_are_kept() -> None:
    snapshot = mapped(event(results=[placing(1, 2), {"position": "first"}, placing(2, 1)]))
    assert [part.where for part in snapshot.set_aside] == ["data.results[1]"]
    assert snapshot.results
    assert len(json.loads(snapshot.results.results_data or "")) == 2


@pytest.mark.parametrize("first", ["Interim", "Final"], ids=["interim first", "final first"])
def test_of_an_interim_and_a_final_dividend_the_final_one_is_kept(first: str) -> None:
    both = [dividend(amount=3.5, status="Final"), dividend(amount=3.9, status="Interim")]
    kept = dividends(*(both[::-1] if first == "Interim" else both))
    assert [(one["status"], one["dividend"]) for one in kept] == [("Final", 3.5)]


def test_the_same_dividend_with_two_ids_is_one() -> None:
    assert len(dividends(dividend(id="a"), dividend(id="b"))) == 1


@pytest.mark.parametrize(
    "other",
    [{"description": "2"}, {"tote": "VIC"}, {"product_name": "Pool Place"}],
    ids=["for another runner", "of another tote", "of another product"],
)
def test_dividends_that_differ_in_what_they_are_for_are_both_kept(other: Document) -> None:
    assert len(dividends(dividend(), {**dividend(), **other})) == 2


@pytest.mark.parametrize("amount", [0, 0.0, "", None, "0"], ids=["0", "0.0", "blank", "null", "text 0"])
def test_a_dividend_without_an_amount_is_left_out(amount: Any) -> None:
    assert dividends(dividend(amount=amount), dividend("Pool Place", 1.7))[0]["product_name"] == "Pool Place"
    assert len(dividends(dividend(amount=amount), dividend("Pool Place", 1.7))) == 1


def test_a_final_entry_without_an_amount_does_not_hide_the_interim_dividend() -> None:
    kept = dividends(dividend(amount=3.9, status="Interim"), dividend(amount=0, status="Final"))
    assert [(one["status"], one["dividend"]) for one in kept] == [("Interim", 3.9)]


def test_a_dividend_is_kept_in_the_shape_that_the_front_end_reads() -> None:
    sent = dividend("Pool Quinella", "13.70", id="x", pool_size=10, positions=[{"runner_number": 2, "position": 1}])
    assert dividends(sent) == [
        {
            "product_name": "Pool Quinella",
            "dividend": 13.7,
            "status": "Final",
            "description": "1",
            "positions": [{"runner_number": 2, "position": 1}],
        }
    ]


def test_dividends_are_written_the_same_in_whatever_order_they_come() -> None:
    sent = [dividend(), dividend("Pool Place", 1.7), dividend("Pool Place", 1.9, description="4")]
    assert dividends(*sent) == dividends(*sent[::-1])


def test_closing_prices_stand_under_the_runners_number() -> None:
    assert closing(runner(2, {"fixed_win": 7.5, "fixed_place": 2.3}, name="Frosbie")) == {
        "2": {"fixed_win": 7.5, "fixed_place": 2.3, "runner_name": "Frosbie", "entrant_id": "runner-2"}
    }


@pytest.mark.parametrize(
    "sent",
    [
        runner(2, {"fixed_win": 7.5}, is_scratched=True),
        pytest.param(
            runner(2, {"fixed_win": 7.5}, is_late_scratched=True),
        ),
        runner(2, {"fixed_win": 0, "pool_win": 5}),
        runner(2, {}),
        runner(2),
    ],
    ids=["scratched", "late scratched", "at zero", "no price", "no odds"],
)
def test_runners_that_closed_without_a_fixed_price_are_left_out(sent: Document) -> None:
    assert list(closing(runner(1, {"fixed_win": 5}), sent)) == ["1"]


@pytest.mark.parametrize(("sent", "lodged"), [(True, True), (False, False), (None, None), ("", None)])
def test_a_protest_is_lodged_only_when_the_source_says_so(sent: Any, lodged: bool | None) -> None:
    data = event(race={"protest": sent}, results=[placing(1, 1)])
    results = mapped(data).results
    assert results
    assert results.protest_lodged is lodged
    assert mapped(data).race.protest is lodged


def test_placings_too_long_for_their_column_are_left_out_whole_and_reported() -> None:
    snapshot = mapped(event(results=[placing(1, 1, comment="x" * 70_000)], dividends=[dividend()]))
    assert [part.where for part in snapshot.set_aside] == ["data.results"]
    assert snapshot.results
    assert (snapshot.results.results_data, snapshot.results.results_available) == (None, True)
    assert snapshot.results.dividends_data
