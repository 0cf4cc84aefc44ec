"""How long a channel is left alone after a failure: pure."""

from typing import Final

_FIRST_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 60.0
_LONGEST_WISH_SECONDS: Final = 300.0


def pause_after(failures: int, wish_seconds: float | None = None) -> float:
    """Give the seconds until the next try after so many failures in a row; the channel's own wish counts in reason."""
    doubled: float = _FIRST_SECONDS * 2 ** min(failures - 1, 10)
    return max(min(doubled, _LONGEST_SECONDS), min(wish_seconds or 0.0, _LONGEST_WISH_SECONDS))
