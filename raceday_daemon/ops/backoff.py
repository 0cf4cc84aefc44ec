"""How long something that fails is left alone before the next try: pure."""

from typing import Final

_FIRST_SECONDS: Final = 1.0
_LONGEST_WISH_SECONDS: Final = 300.0


def backoff_seconds(failures: int, longest_seconds: float, wish_seconds: float | None) -> float:
    """Give the seconds until the next try after so many failures in a row: one, then twice as long, up to the longest.

    Where the other side wishes for more (None: it names no time), five minutes of that are granted at most.
    """
    doubled: float = _FIRST_SECONDS * 2 ** min(failures - 1, 10)
    return max(min(doubled, longest_seconds), min(wish_seconds or 0.0, _LONGEST_WISH_SECONDS))
