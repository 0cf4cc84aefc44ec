"""An answer to another question than the one asked is refused, by the echo in its own `params`."""

from typing import Any

import pytest

from raceday_daemon.model.errors import MisfitError, WrongAnswerError
from raceday_daemon.nztab.echo import check_echo, page_size

PATH = "/affiliates/v1/racing/meetings"


@pytest.mark.parametrize(
    ("name", "value", "echo"),
    [
        ("enc", "json", "json"),
        ("date_from", "2025-07-17", "2025-07-17T00:00:00Z"),
        ("date_to", "2025-07-17", "2025-07-17T23:59:59.999999999Z"),
        ("date_from", "2025-07-17", "2025-07-17"),
        ("with_money_tracker", "true", True),
        ("with_big_bets", "false", False),
        ("with_big_bets", "true", "true"),
        ("offset", "0", 0),
        ("offset", "200", 200),
        ("offset", "200", "200"),
        ("page_token", "abc", "abc"),
        ("page_token", "abc", " abc "),
        ("country", "", " "),
        ("country", "", ""),
    ],
)
def test_an_echo_that_says_what_was_asked_is_taken(name: str, value: str, echo: Any) -> None:
    check_echo(PATH, {name: value}, {name: echo})


@pytest.mark.parametrize(
    ("name", "value", "echo"),
    [
        ("date_from", "2025-07-17", "2025-07-16T00:00:00Z"),
        ("date_from", "2025-07-17", "2025-07-16T12:00:00Z"),
        ("date_from", "2025-07-17", "17/07/2025"),
        ("date_from", "2025-07-17", ""),
        ("date_from", "2025-07-17", True),
        ("with_money_tracker", "true", False),
        ("with_big_bets", "false", True),
        ("with_money_tracker", "true", 1),
        ("offset", "0", 200),
        ("offset", "0", False),
        ("offset", "1", True),
        ("country", "NZ", " "),
        ("country", "NZ", "AUS"),
        ("country", "NZ", "nz"),
        ("id", "race-1", "race-2"),
        ("id", "race-1", ["race-1"]),
        ("enc", "json", None),
    ],
)
def test_an_echo_that_says_something_else_is_refused(name: str, value: str, echo: Any) -> None:
    with pytest.raises(WrongAnswerError):
        check_echo(PATH, {name: value}, {name: echo})


def test_a_parameter_without_an_echo_was_not_understood() -> None:
    with pytest.raises(WrongAnswerError, match=r"asked for date=2025-07-17, but the source understood None"):
        check_echo(PATH, {"date": "2025-07-17"}, {"date_from": "2025-07-18T00:00:00Z"})


def test_the_echo_of_an_answer_without_any_is_refused() -> None:
    with pytest.raises(WrongAnswerError):
        check_echo(PATH, {"enc": "json"}, {})


def test_echoes_of_things_that_nobody_asked_for_do_no_harm() -> None:
    check_echo(PATH, {"enc": "json"}, {"enc": "json", "bets_limit": 10, "type": " ", "futures": False, "ids": None})


@pytest.mark.parametrize("echo", [{}, {"limit": 100}, {"limit": None}])
def test_the_limit_is_left_to_the_caller(echo: dict[str, Any]) -> None:
    check_echo(PATH, {"limit": "200"}, echo)


def test_every_parameter_is_compared() -> None:
    asked = {"enc": "json", "date_from": "2025-07-17", "date_to": "2025-07-17"}
    echo = {"enc": "json", "date_from": "2025-07-17T00:00:00Z", "date_to": "2025-07-18T00:00:00Z"}
    with pytest.raises(WrongAnswerError, match="date_to"):
        check_echo(PATH, asked, echo)


def test_the_refusal_names_the_path_and_quotes_an_endless_echo_in_part() -> None:
    with pytest.raises(WrongAnswerError) as caught:
        check_echo(PATH, {"id": "race-1"}, {"id": "x" * 100_000})
    assert str(caught.value).startswith(f"{PATH}: asked for id=race-1")
    assert len(str(caught.value)) < 300


def test_a_wrong_answer_is_a_misfit_that_no_second_try_mends() -> None:
    assert issubclass(WrongAnswerError, MisfitError)
    assert WrongAnswerError.kind == "wrong_answer"
    assert not WrongAnswerError.retryable


@pytest.mark.parametrize("limit", [1, 100, 200])
def test_a_page_is_as_long_as_the_source_says(limit: int) -> None:
    assert page_size(PATH, {"limit": limit}) == limit


@pytest.mark.parametrize("params", [{}, *({"limit": limit} for limit in (None, 0, -1, True, "many", " ", 99.5, [200]))])
def test_a_source_that_does_not_say_how_long_its_pages_are_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(WrongAnswerError, match="does not say how long its pages are"):
        page_size(PATH, params)
