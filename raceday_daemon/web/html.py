"""A page without scripts: one style sheet, every text escaped, and nothing loaded from anywhere."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from typing import Final

from raceday_daemon.ops.printable import printable

_STYLE: Final = """
:root { color-scheme: light dark; --line: #ccc; --soft: #595959; --bad: #b00020; --link: #0b57d0 }
@media (prefers-color-scheme: dark) { :root { --line: #444; --soft: #aaa; --bad: #ff8a80; --link: #8ab4f8 } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem }
p { margin: .25rem 0 } a { color: var(--link) } .soft { color: var(--soft) } .bad { color: var(--bad) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .2rem .9rem .2rem 0; border-bottom: 1px solid var(--line); white-space: nowrap }
"""

_DIGEST: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}


def page(title: str, *parts: str, every_seconds: int) -> str:
    """Give a whole page, which the browser asks for again every so often; `parts` are HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{every_seconds}"><title>{text(title)}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{text(title)}</h1>{''.join(parts)}</main></body></html>"
    )


def text(words: object) -> str:
    """Give words as they are to be read: no markup, and no character that would turn the line about."""
    return escape(printable(str(words)))


def line(words: object, *, kind: str = "") -> str:
    """Give a line of words; `kind` is soft or bad."""
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def links(targets: Sequence[str]) -> str:
    """Give links to places of this site."""
    anchors = (f'<a href="{escape(target)}">{escape(target)}</a>' for target in targets)
    return f"<p>{' · '.join(anchors)}</p>"


def table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> str:
    """Give a table under its heading, or the words `empty` where it has no row."""
    body = "".join(f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return f"<h2>{text(heading)}</h2>{line(empty, kind='soft')}"
    head = "".join(f'<th scope="col">{text(column)}</th>' for column in columns)
    # On a phone a wide table moves by itself; with the keyboard too, for which it must be reached.
    return (
        f'<h2>{text(heading)}</h2><div class="wide" role="region" tabindex="0" aria-label="{text(heading)}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
