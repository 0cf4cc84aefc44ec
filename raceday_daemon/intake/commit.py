"""What came of taking an answer into the store."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from raceday_daemon.model.errors import WrongAnswerError
from raceday_daemon.model.poll import CHANGED, STALE, UNCHANGED
from raceday_daemon.model.race import Race
from raceday_daemon.model.snapshot import SetAside

CLOCKS_APART: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Commit:
    """Whether the answer changed anything, was unchanged, or was older than one already taken; and the rows written.

    `to_look_at` are the races of a card that ended since they were last looked at: their own answers have the results.
    `set_aside` are parts of the answer that do not fit what is stored; `race` is the race that was looked at, as it is
    stored now. `told` counts the notifications written, and `moved` says that a race has another start than before, or
    is new. `changed` are the races that anything was written of; `card_changed` says that a meeting was, or what is on
    its card.
    """

    outcome: str
    rows_written: int = 0
    to_look_at: tuple[str, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    race: Race | None = field(default=None, compare=False)
    told: int = 0
    moved: bool = field(default=False, compare=False)
    changed: tuple[str, ...] = field(default=(), compare=False)
    card_changed: bool = field(default=False, compare=False)

    @classmethod
    def of(
        cls,
        rows_written: int,
        *,
        to_look_at: tuple[str, ...] = (),
        set_aside: tuple[SetAside, ...] = (),
        race: Race | None = None,
        told: int = 0,
        moved: bool = False,
        changed: tuple[str, ...] = (),
        card_changed: bool = False,
    ) -> "Commit":
        """Name the outcome by the rows that were written; what people are told of is none of the race's."""
        return cls(
            CHANGED if rows_written else UNCHANGED,
            rows_written,
            to_look_at,
            set_aside,
            race,
            told,
            moved,
            changed,
            card_changed,
        )


STALE_ANSWER = Commit(STALE)


def starts_anew(before: Race | None, after: Race) -> bool:
    """Say whether a race has another advertised start than it had, or was not known."""
    return before is None or before.start_time != after.start_time


def refuse_future(generated_time: datetime, now: datetime) -> None:
    """Raise WrongAnswerError for an answer whose time the clocks of two machines cannot explain."""
    if generated_time > now + CLOCKS_APART:
        raise WrongAnswerError(
            f"the answer is of {generated_time:%Y-%m-%d %H:%M} UTC, and this machine's clock says {now:%Y-%m-%d %H:%M}:"
            " one of the two is wrong"
        )
