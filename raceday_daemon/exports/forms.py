"""Rows as lines: JSON, exactly as they are stored; or CSV, in which no text can do anything to whoever opens it."""

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final, Protocol

from raceday_daemon.ops.printable import printable

# What a spreadsheet may take for the beginning of a formula, as OWASP lists it; the last four are of full width.
_FIRST: Final = "=+-@\uff1d\uff0b\uff0d\uff20"
# Where a comma stands in numbers a spreadsheet takes the semicolon for the end of a cell, whatever quotes are around.
_FORMULA: Final = re.compile(f'^(?=[{re.escape(_FIRST)}])|(?<=;)(?="*[{re.escape(_FIRST)}])')


class Form(StrEnum):
    """In which form rows are written."""

    CSV = "csv"
    JSONL = "jsonl"


class Lines(Protocol):
    """A way to write rows."""

    def head(self) -> str:
        """Give what comes before all rows."""

    def line(self, row: Sequence[Any]) -> str:
        """Give a row as it is written, its end included."""


def lines_of(form: Form, columns: Sequence[str], booleans: frozenset[str]) -> Lines:
    """Give the way to write rows of these columns."""
    places = [place for place, name in enumerate(columns) if name in booleans]
    return CsvLines(columns, places) if form is Form.CSV else JsonLines(columns, places)


class CsvLines:
    """Lines by RFC 4180, every text in quotes: null is nothing, an empty text is two quotes.

    In a text control characters and marks of direction are spelled out, and what might be taken for a formula, also
    after a semicolon, gets a ' before it. Numbers stay as they are.
    """

    def __init__(self, columns: Sequence[str], booleans: Sequence[int]) -> None:
        """Write these columns; those at some places hold true and false."""
        self._columns = columns
        self._booleans = booleans

    def head(self) -> str:
        """Give the names of the columns."""
        return f"{','.join(self._columns)}\r\n"

    def line(self, row: Sequence[Any]) -> str:
        """Give a row's line."""
        cells = [_cell(value) for value in row]
        for place in self._booleans:
            cells[place] = {None: "", 0: "false", 1: "true"}[row[place]]
        return f"{','.join(cells)}\r\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return repr(value)
    text = value if value.isprintable() else printable(value)
    # Nearly all texts are neither, and looking for both costs next to nothing.
    if text[:1] in _FIRST or ";" in text:
        text = _FORMULA.sub("'", text)
    return f'"{text}"' if '"' not in text else '"{}"'.format(text.replace('"', '""'))


class JsonLines:
    """An object a line; texts that hold JSON stay texts."""

    def __init__(self, columns: Sequence[str], booleans: Sequence[int]) -> None:
        """Write these columns; those at some places hold true and false."""
        self._columns = columns
        self._booleans = booleans

    def head(self) -> str:
        """Give nothing: each line says what it holds."""
        return ""

    def line(self, row: Sequence[Any]) -> str:
        """Give a row's line; characters that would steer a terminal are written as JSON may write any."""
        values = list(row)
        for place in self._booleans:
            values[place] = None if row[place] is None else bool(row[place])
        text = json.dumps(dict(zip(self._columns, values, strict=True)), ensure_ascii=False)
        return f"{text if text.isprintable() else _escaped(text)}\n"


def _escaped(text: str) -> str:
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)
