"""What a card of /meetings says, as the rows that follow from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.auditor.answers import Document
from tests.auditor.values import flag, instant_of, iso_instant, words

Row = dict[str, Any]

COUNTRIES: Final = ("NZ", "AUS")
CATEGORIES: Final = ("T", "H")
"""Which meetings are wanted unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class ToldCardRace:
    """A race as a card has it; `generated` is the answer's own time."""

    generated: str
    row: Row

    @property
    def start(self) -> datetime:
        """Give the advertised start."""
        return instant_of(self.row["startTime"])


@dataclass(frozen=True, slots=True)
class ToldCard:
    """A meeting as its card has it, without what follows from its races."""

    generated: str
    meeting_id: str
    row: Row
    races: Mapping[str, ToldCardRace]


def told_cards(document: Document) -> Iterator[ToldCard]:
    """Give the wanted meetings of an answer, in its order."""
    generated = iso_instant(document["header"]["generated_time"])
    for meeting in document["data"]["meetings"]:
        if meeting["country"] in COUNTRIES and meeting["category"] in CATEGORIES:
            races = {race["id"]: ToldCardRace(generated, _race(meeting, race)) for race in meeting["races"]}
            yield ToldCard(generated, meeting["meeting"], _meeting(meeting), races)


def _meeting(sent: Document) -> Row:
    return {
        "meetingId": sent["meeting"],
        "meetingName": sent["name"],
        "country": sent["country"],
        "state": words(sent.get("state")),
        "raceType": sent["category_name"],
        "category": sent["category"],
        "categoryName": sent["category_name"],
        "date": f"{sent['date'][:10]}T00:00:00.000Z",
        "trackCondition": words(sent.get("track_condition")),
        "toteStatus": words(sent.get("tote_status")),
        "dataSource": "nztab",
        # The simulator lists its meetings and races to the end of the day: none is ever withdrawn.
        "withdrawnAt": None,
    }


def _race(meeting: Document, sent: Document) -> Row:
    only_told_by_events = (
        *("actualStart", "startTimeNz", "raceDateNz", "trackSurface", "totalPrizeMoney", "entrantCount", "fieldSize"),
        *("positionsPaid", "silkUrl", "silkBaseUrl", "videoChannels"),
    )
    return {
        **dict.fromkeys(only_told_by_events),
        "raceId": sent["id"],
        "meeting": meeting["meeting"],
        "meetingId": meeting["meeting"],
        "name": sent["name"],
        "raceNumber": sent["race_number"],
        "startTime": iso_instant(sent["start_time"]),
        "toteStartTime": words(sent.get("tote_start_time")),
        "distance": sent.get("distance"),
        "trackCondition": words(sent.get("track_condition")),
        "weather": words(sent.get("weather")),
        "status": sent["status"],
        "type": meeting["category"],
        "protest": flag(sent.get("protest")),
        "protestReason": words(sent.get("protest_reason")),
        "withdrawnAt": None,
    }
