"""Where the source answers which question."""

from typing import Final

_RACING: Final = "/affiliates/v1/racing"

MEETINGS: Final = f"{_RACING}/meetings"
EVENTS: Final = f"{_RACING}/events"
RACES: Final = f"{_RACING}/list"


def id_below(place: str, path: str) -> str | None:
    """Give the id that a path asks for below a place, None where it does not."""
    before, slash, subject_id = path.rpartition("/")
    return subject_id if slash and before == place and subject_id else None
