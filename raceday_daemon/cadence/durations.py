"""Durations as people write them: 90s, 5m, 1h."""

import re
from typing import Final

_DURATION: Final = re.compile(r"([0-9]{1,9})([smh])")
_UNIT_SECONDS: Final = {"h": 3600, "m": 60, "s": 1}


def seconds_of(spelled: str) -> int:
    """Give the seconds of a whole number with s, m or h; ValueError for any other text."""
    match = _DURATION.fullmatch(spelled)
    if match is None:
        raise ValueError("no duration such as 90s, 5m or 1h")
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def spelled_duration(seconds: int) -> str:
    """Spell positive seconds in the largest unit that takes them whole."""
    unit = next(unit for unit, size in _UNIT_SECONDS.items() if seconds % size == 0)
    return f"{seconds // _UNIT_SECONDS[unit]}{unit}"
