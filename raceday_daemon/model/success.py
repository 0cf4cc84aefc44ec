"""How often the work of the last days succeeded, against what is aimed at."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

SUCCESS_WINDOW: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessRate:
    """What was tried of one kind of work in the last seven days, and how much of it succeeded.

    `percent` and `below_aim` are None where nothing was tried.
    """

    work: str
    succeeded: int
    failed: int
    aim_percent: float

    # Fields, so that they are told too.
    percent: float | None
    below_aim: bool | None

    @classmethod
    def of(cls, work: str, succeeded: int, failed: int, aim_percent: float) -> "SuccessRate":
        """Reckon a rate; it is below its aim by the very counts, whatever the percentage is rounded to."""
        tried = succeeded + failed
        return cls(
            work=work,
            succeeded=succeeded,
            failed=failed,
            aim_percent=aim_percent,
            percent=round(100 * succeeded / tried, 3) if tried else None,
            below_aim=100 * succeeded < aim_percent * tried if tried else None,
        )
