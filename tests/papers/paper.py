"""A paper as a reader meets it: its headings, links, blocks of code and words of code, read by a Markdown parser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.papers import ROOT

_MARKDOWN: Final = MarkdownIt("commonmark").enable("table")

PAPERS: Final = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))


@dataclass(frozen=True)
class Paper:
    path: Path

    @cached_property
    def tokens(self) -> list[Token]:
        return _MARKDOWN.parse(self.path.read_text())

    @property
    def links(self) -> list[str]:
        """Where its links and pictures lead."""
        led = [
            str(child.attrs.get("href") or child.attrs.get("src") or "")
            for token in self.tokens
            for child in token.children or ()
            if child.type in ("link_open", "image")
        ]
        return led + re.findall(r'<(?:img|a) [^>]*(?:src|href)="([^"]*)"', self.path.read_text())

    @cached_property
    def anchors(self) -> set[str]:
        """The names of its headings in links, as GitHub makes them."""
        found: set[str] = set()
        for token, words in pairwise(self.tokens):
            if token.type == "heading_open":
                name = re.sub(r"[^\w\- ]", "", words.content.lower()).replace(" ", "-")
                found.add(next(one for one in _numbered(name) if one not in found))
        return found

    def blocks(self, language: str) -> list[str]:
        """Its fenced blocks in a language."""
        return [token.content for token in self.tokens if token.type == "fence" and token.info == language]

    @property
    def codes(self) -> list[str]:
        """Its words of code within sentences and tables."""
        return [child.content for token in self.tokens for child in token.children or () if child.type == "code_inline"]


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(1, 100):
        yield f"{name}-{number}"
