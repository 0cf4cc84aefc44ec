"""The Markdown of the help texts as roff, for a man page."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN: Final = MarkdownIt("commonmark").enable("table")

_COMPOUND: Final = r"(?<![^ ])(?=[^ ]*[-_/])"
_WHOLE: Final = r"\\%"


def escaped(text: str) -> str:
    """Escape what roff would read as its own."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...")
    return re.sub(r"^(?=[.'])", r"\\&", plain, flags=re.MULTILINE)


def bold(text: str) -> str:
    """Give a name or a command in bold; none of its words is broken at the end of a line."""
    return f"\\fB{re.sub(_COMPOUND, _WHOLE, escaped(text))}\\fR"


def roff(markdown: str) -> list[str]:
    """Give the lines of a text of paragraphs, lists, tables and commands; a paragraph of code alone is an example."""
    return list(_blocks(_MARKDOWN.parse(markdown)))


def inline(markdown: str) -> str:
    """Give a text of one paragraph on one line."""
    (_, words, _) = _MARKDOWN.parse(markdown)
    return _words(words).replace("\n", " ")


def examples(markdown: str) -> list[str]:
    """Give the commands that stand as paragraphs of their own."""
    tokens = _MARKDOWN.parse(markdown)
    return [
        token.content.strip("`")
        for before, token in pairwise(tokens)
        if before.type == "paragraph_open" and _is_example(token)
    ]


def _blocks(tokens: Sequence[Token]) -> Iterator[str]:
    in_item = in_table = False
    cells: list[str] = []
    for token in tokens:
        match token.type:
            case "list_item_open":
                in_item = True
                yield ".IP \\(bu 2"
            case "list_item_close":
                in_item = False
            case "table_open":
                in_table = True
                columns = sum(one.type == "th_open" for one in tokens)
                yield from (".PP", ".TS", "tab(|);", f"{' '.join(['lb'] * columns)}", f"{' '.join(['l'] * columns)}.")
            case "table_close":
                in_table = False
                yield ".TE"
            case "tr_close":
                yield "|".join(cells)
                cells.clear()
            case "inline" if in_table:
                cells.append(_cell(token))
            case "inline" if _is_example(token):
                yield from (".PP", ".RS", ".EX", _words(token), ".EE", ".RE")
            case "inline":
                yield from ([] if in_item else [".PP"])
                yield from _words(token).splitlines()


def _cell(token: Token) -> str:
    """Give a cell; one of several words is filled to the width of its column, a name alone is as wide as it is."""
    words = _words(token)
    return f"T{{\n{words}\nT}}" if " " in words else words


def _is_example(token: Token) -> bool:
    return [child.type for child in token.children or ()] == ["code_inline"]


def _words(token: Token) -> str:
    words = []
    for child in token.children or ():
        match child.type:
            case "code_inline":
                words.append(bold(child.content))
            case "softbreak":
                words.append("\n")
            case "text":
                words.append(child.content.replace("\\", "\\e").replace("-", "\\-"))
    return re.sub(r"^(?=[.'])", r"\\&", "".join(words), flags=re.MULTILINE)
