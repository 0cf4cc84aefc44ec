"""What is run by one name, each stage anew and in this order."""

from collections.abc import Mapping
from typing import Final

SEQUENCES: Final[Mapping[str, tuple[str, ...]]] = {
    # The NZ morning's second look at the day.
    "refresh": ("meetings", "races", "entrants"),
    "all": ("meetings", "races", "entrants", "statuses"),
}


def stages_of(name: str) -> tuple[str, ...]:
    """Give the jobs of a sequence, or the one job of that name."""
    return SEQUENCES.get(name, (name,))
