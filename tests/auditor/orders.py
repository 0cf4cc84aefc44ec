"""The orders in which the daemon may have taken a race's answers, as far as its records leave that open.

A race's own answers come one after the other. A card is taken at some instant between its question and the end of its
job; what a kill cut off may have been taken or not. Nearly always all of these come to the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tests.auditor.steps import CardStep, EventStep, Step

_SLOT_BEFORE: Final = timedelta(seconds=2)
"""A slot asks for a look within a second."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which an answer may have been taken: before the event of that number, or not at all (None)."""

    step: Step
    place: int | None


def ways(events: Sequence[EventStep], cards: Sequence[CardStep], slots: Iterable[datetime]) -> list[tuple[Way, ...]]:
    """Give each answer's ways, the likely one first: for a card, as early as it can have been.

    `slots` are those that may have asked for a look that left no record.
    """
    found = [tuple(_ways_of_event(event, place, slots)) for place, event in enumerate(events)]
    return found + [tuple(_ways_of_card(events, card)) for card in cards]


def order_of(chosen: Iterable[Way]) -> tuple[Step, ...]:
    """Give the answers that were taken, in the order that follows from one way for each."""
    taken = [way for way in chosen if way.place is not None]
    # Of equal places the card comes first; sorting leaves those of the same place in their order.
    return tuple(way.step for way in sorted(taken, key=lambda way: (way.place, isinstance(way.step, EventStep))))


def _ways_of_event(event: EventStep, place: int, slots: Iterable[datetime]) -> Iterator[Way]:
    yield Way(event, place)
    if event.is_sure:
        return
    yield Way(event, None)
    if event.look is None:
        asked_by = (slot for slot in slots if timedelta() <= event.since - slot < _SLOT_BEFORE)
        yield from (Way(replace(event, due_at=slot), place) for slot in asked_by)


def _ways_of_card(events: Sequence[EventStep], card: CardStep) -> Iterator[Way]:
    first = sum(event.until < card.since for event in events)
    last = sum(event.since <= card.until for event in events)
    yield from (Way(card, place) for place in range(first, max(first, last) + 1))
    if not card.is_sure:
        yield Way(card, None)
