"""Where a page of a list ends, as text that callers hand back: the values that its rows are ordered by."""

import base64
import json
import re
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

Place = Sequence[str | int]

_GREATEST: Final = 2**63 - 1
_HALF: Final = re.compile("[\ud800-\udfff]")
"""Half a letter of UTF-16, which JSON can spell and no file can hold."""


def cursor_of(place: Place | None) -> str | None:
    """Write down the place of a page's last row in its order; None for the last page."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def place_of(cursor: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """Read what `cursor_of` wrote, values of these kinds; HTTPBadRequest for any other text."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or [type(value) for value in place] != list(kinds) or not _fit(place):
        raise web.HTTPBadRequest(text="after: this is no place in this list; take the `next` of a page as it is")
    return tuple(place)


def _fit(place: list[Any]) -> bool:
    """Say whether SQLite can take the values."""
    numbers = [value for value in place if isinstance(value, int)]
    texts = [value for value in place if isinstance(value, str)]
    return all(abs(number) <= _GREATEST for number in numbers) and not any(map(_HALF.search, texts))
