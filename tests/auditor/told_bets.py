"""The big bets in an event's answer."""

from typing import Any
from uuid import UUID

from tests.auditor.answers import Document
from tests.auditor.values import cents, computed_id, iso_instant

Row = dict[str, Any]


def told_bets(data: Document) -> dict[str, Row]:
    """Give each bet that was made public, the biggest too, once, by its row's id."""
    race_id = data["race"]["event_id"]
    sent = [*(data.get("big_bets") or []), *([data["biggest_bet"]] if data.get("biggest_bet") else [])]
    return {computed_id(bet["place_time"], bet["title"], race_id): _bet(bet, race_id) for bet in sent}


def _bet(sent: Document, race_id: str) -> Row:
    return {
        "raceId": race_id,
        "entrantId": _entrant_id(sent["legs"]),
        "title": sent["title"],
        "description": "\n".join(sent["description"]) or None,
        "stake": cents(sent["stake"]),
        "odds": sent["place_odds"] or None,
        "placedAt": iso_instant(sent["place_time"]),
        "legs": len(sent["legs"]),
    }


def _entrant_id(legs: list[Document]) -> str | None:
    """Give the runner of a bet with one leg; its id comes as sixteen numbers."""
    return str(UUID(bytes=bytes(legs[0]["race"]["entrant_id"]))) if len(legs) == 1 else None
