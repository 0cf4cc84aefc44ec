"""Where in a TOML text an entry stands: tomllib reads the values and forgets the lines."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

Path = tuple[str, ...]

_WORD: Final = r"""(?:[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*')"""
_KEY: Final = rf"{_WORD}(?:\s*\.\s*{_WORD})*"
_HEADER: Final = re.compile(rf"\s*\[+\s*({_KEY})\s*\]")
_ENTRY: Final = re.compile(rf"\s*({_KEY})\s*=")


@dataclass(frozen=True, slots=True)
class Place:
    """A table or an entry of a text, by its path."""

    lines: Mapping[Path, int]
    path: Path = ()

    def within(self, key: str) -> "Place":
        """Give the place of a key in this table."""
        return Place(self.lines, (*self.path, key))

    @property
    def line(self) -> int:
        """Give the line of the place, of the nearest place around it where it stands on no line of its own, else 1."""
        around = (self.path[:length] for length in range(len(self.path), 0, -1))
        return next((self.lines[path] for path in around if path in self.lines), 1)


def root_of(text: str) -> Place:
    """Find the line (from 1) on which each table and each entry of a TOML text is first named."""
    lines: dict[Path, int] = {}
    for path, line in _named(text):
        for length in range(1, len(path) + 1):
            lines.setdefault(path[:length], line)
    return Place(lines)


def _named(text: str) -> Iterator[tuple[Path, int]]:
    table: Path = ()
    for line, content in enumerate(text.split("\n"), 1):
        if header := _HEADER.match(content):
            table = _words(header[1])
            yield table, line
        elif entry := _ENTRY.match(content):
            yield (*table, *_words(entry[1])), line


def _words(key: str) -> Path:
    return tuple(word.strip("\"'") for word in re.findall(_WORD, key))
