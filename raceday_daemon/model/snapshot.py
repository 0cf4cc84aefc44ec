"""What the source says now: of a race whole, or of a meeting and its card."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults

RUNNERS: Final = "RUNNERS"
MONEY: Final = "MONEY"
POOLS: Final = "POOLS"
PLACINGS: Final = "PLACINGS"
DIVIDENDS: Final = "DIVIDENDS"
CLOSING_PRICES: Final = "CLOSING_PRICES"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A part of an answer that did not fit: the path to it in the answer, and why it was left out."""

    path: tuple[str | int, ...]
    reason: str

    @property
    def where(self) -> str:
        """Spell the path as people write it: data.runners[3]."""
        return spelled(self.path)

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.where}: {self.reason}"


def spelled(path: tuple[str | int, ...]) -> str:
    """Write a path in a JSON document as data.runners[3]."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackDetails:
    """What only a race's own answer tells of its meeting."""

    track_direction: str | None = None
    track_surface: str | None = None
    rail_position: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceSnapshot:
    """All that one event answer says of a race, at the source's `generated_time`.

    `results` is None while the source has neither placings nor dividends. `set_aside` lists the parts that did not
    fit, and `unread` names what is not known because of them: fields of the race by their names, and RUNNERS, MONEY,
    POOLS, PLACINGS, DIVIDENDS, CLOSING_PRICES. Of those the snapshot says nothing, rather than that there are none.
    """

    generated_time: datetime
    race: Race
    entrants: tuple[Entrant, ...] = ()
    pools: RacePools
    results: RaceResults | None = None
    big_bets: tuple[BigBet, ...] = ()
    track: TrackDetails = field(default_factory=TrackDetails)
    set_aside: tuple[SetAside, ...] = ()
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingCard:
    """A meeting with its races, in the order of the source, at the source's `generated_time`."""

    generated_time: datetime
    meeting: Meeting
    races: tuple[Race, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCard:
    """The whole answer for a racing day: the wanted meetings, and what else it named.

    `listed_ids` are the ids of all meetings and races in the answer, wanted or not. `doubtful_ids` are those of
    meetings of which a part was set aside, or that were listed without any race: a race missing there proves nothing.
    `complete` is false when a whole meeting could not be read.
    """

    generated_time: datetime
    cards: tuple[MeetingCard, ...] = ()
    listed_ids: frozenset[str] = frozenset()
    doubtful_ids: frozenset[str] = frozenset()
    complete: bool = True
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceListing:
    """A race as the day's plain list of starts names it."""

    race_id: str
    meeting_id: str
    name: str
    race_number: int | None
    start_time: datetime
    actual_start: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceAnswer:
    """A race's snapshot and what it took to get it: the bytes of the answer, and milliseconds."""

    snapshot: RaceSnapshot
    bytes: int
    fetch_ms: float
    decode_ms: float
