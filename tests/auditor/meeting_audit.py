"""The meetings' rows: what their last cards say, and what follows from their races."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.store import schema
from tests.auditor.finding import Finding
from tests.auditor.matchers import OneOf, Within
from tests.auditor.notes import Note, read_note, wrong_note
from tests.auditor.steps import EventStep, MeetingStep, Step
from tests.auditor.store_rows import Row, read_rows, wrong_rows
from tests.auditor.values import stored_instant

_OVER: Final = ("Final", "Abandoned")
_NO_TRACK: Final[Row] = dict.fromkeys(("trackDirection", "trackSurface", "railPosition"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse(Step):
    """What a race's own answer tells of its meeting."""

    generated: str
    race: Row
    track: Row

    @classmethod
    def of(cls, event: EventStep) -> "Glimpse":
        """Take it, and leave the rest of the answer behind."""
        told = event.told
        return cls(since=event.since, until=event.until, generated=told.generated, race=told.race, track=told.track)


@dataclass(frozen=True, slots=True)
class MeetingStory:
    """A meeting: its cards in their order, the rows of its races by id, and glimpses of it in any order."""

    cards: list[MeetingStep] = field(default_factory=list)
    races: dict[str, Row] = field(default_factory=dict)
    glimpses: list[Glimpse] = field(default_factory=list)


def audit_meetings(connection: Connection, stories: Mapping[str, MeetingStory]) -> list[Finding]:
    """Compare every meeting with what follows from its answers."""
    stored = dict(read_rows(connection, schema.MEETINGS))
    found: list[Finding] = []
    for meeting_id, story in stories.items():
        rows = {meeting_id: stored.pop(meeting_id)} if meeting_id in stored else {}
        judged = (list(wrong_rows(schema.MEETINGS, expected, rows)) for expected in _expected(meeting_id, story))
        best = min(judged, key=len)
        found += best
        found += wrong_note(meeting_id, _notes(story), read_note(connection, meeting_id))
    return found + list(wrong_rows(schema.MEETINGS, {}, stored))


def _last_sure(story: MeetingStory) -> int | None:
    return max((place for place, card in enumerate(story.cards) if card.is_sure), default=None)


def _notes(story: MeetingStory) -> list[Note]:
    """Give what may be noted: the last card that was taken for sure, or any that may have been since."""
    sure = _last_sure(story)
    notes: list[Note] = [(card.told.generated, None) for card in story.cards[sure or 0 :]]
    return notes if sure is not None else [*notes, None]


def _expected(meeting_id: str, story: MeetingStory) -> Iterator[Mapping[str, Row]]:
    """Give what may be stored: by the last card that was taken for sure, or by one that may have been since."""
    sure = _last_sure(story)
    if sure is None or not story.races:
        yield {}
    if story.races:
        follows = _summary(story.races) | _track(story) | _marks(story)
        yield from ({meeting_id: card.told.row | follows} for card in story.cards[sure or 0 :])


def _summary(races: Mapping[str, Row]) -> Row:
    """Give what follows from the races as they stand."""
    in_order = _by_start(races)
    over = [race["status"] in _OVER for race in in_order]
    abandoned = all(race["status"] == "Abandoned" for race in in_order)
    return {
        "status": "active" if not all(over) else "abandoned" if abandoned else "completed",
        "weather": _next(in_order)["weather"],
        "firstRaceStart": in_order[0]["startTime"],
        "lastRaceStart": in_order[-1]["startTime"],
    }


def _by_start(races: Mapping[str, Row]) -> list[Row]:
    return sorted(races.values(), key=lambda race: (race["startTime"], race["raceId"]))


def _next(in_order: Sequence[Row]) -> Row:
    """Give the next race to be run, else the last one."""
    return next((race for race in in_order if race["status"] not in _OVER), in_order[-1])


def _track(story: MeetingStory) -> Row:
    """Give what the next race says of the course; until it has said anything, what the one before it said."""
    seen: dict[str, Any] = {race_id: race | {"status": "Open"} for race_id, race in story.races.items()}
    track = _NO_TRACK
    for glimpse in sorted(story.glimpses, key=lambda one: one.until):
        race = glimpse.race
        seen[race["raceId"]] = race
        if track == _NO_TRACK or _next(_by_start(seen))["raceId"] == race["raceId"]:
            track = glimpse.track
    return track


def _marks(story: MeetingStory) -> Row:
    """Give what the daemon's marks may be: of any of the answers, since not all of them changed the meeting."""
    steps: Sequence[Step] = [*story.cards, *story.glimpses]
    generated = {card.told.generated for card in story.cards} | {one.generated for one in story.glimpses}
    return {
        "apiGeneratedTime": OneOf(frozenset(generated)),
        "lastUpdated": Within(
            stored_instant(min(step.since for step in steps)), stored_instant(max(step.until for step in steps))
        ),
    }
