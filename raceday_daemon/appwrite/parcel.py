"""What goes to Appwrite in one go: whole ChangeSets in their order, as many as the limits take."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from raceday_daemon.store import schema
from raceday_daemon.store.outbox import Entry
from raceday_daemon.store.plain_rows import PlainRow

MOST_ROWS: Final = 1000
"""More in one go gain nothing: the requests are few by then, and a failure costs more."""
MOST_RACES: Final = 80
"""Races go one by one within a transaction, which takes 100 operations."""
LEAST_ROWS: Final = 250
"""Where that many are too many for a server, fewer go at once, but never fewer than one poll of any field has."""
MOST_CHARACTERS: Final = 1_000_000
"""A body may have some 12 MB; a character takes six bytes of it at most (an escaped one), a row's names some 2 KB."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A row on its way, as it stands now."""

    entry: Entry
    row: PlainRow


def parcel(
    entries: Iterable[Entry], rows: Mapping[tuple[str, str], PlainRow], most_rows: int = MOST_ROWS
) -> list[Outgoing]:
    """Choose what goes next: meetings, then ChangeSets in their order, whole unless one alone is too much.

    To see that the last ChangeSet is whole it needs to see an entry more than it may take. `rows` are by table and id;
    an entry whose row is gone is left out. The rows of a ChangeSet are in the order of
    their tables.
    """
    chosen: list[Outgoing] = []
    load = _Load(most_rows)
    for change_set in _change_sets(entries, rows):
        fitting = load.take(change_set)
        if fitting < len(change_set):
            return chosen or change_set[:fitting]
        chosen += change_set
    return chosen


def _change_sets(entries: Iterable[Entry], rows: Mapping[tuple[str, str], PlainRow]) -> Iterator[list[Outgoing]]:
    for _, group in groupby(entries, _border):
        ranked = sorted(group, key=lambda entry: entry.rank)
        yield [Outgoing(entry, rows[entry.key]) for entry in ranked if entry.key in rows]


def _border(entry: Entry) -> int:
    """Tell ChangeSets apart; all meetings go together, before the rest."""
    return 0 if entry.table is schema.MEETINGS else entry.position


@dataclass(slots=True)
class _Load:
    """How much was taken so far."""

    most_rows: int
    rows: int = 0
    races: int = 0
    characters: int = 0

    def take(self, change_set: Sequence[Outgoing]) -> int:
        """Add rows until one does not fit, and count those that did; the very first always does."""
        for count, one in enumerate(change_set):
            self.rows += 1
            self.races += one.entry.table is schema.RACES
            self.characters += sum(len(value) for value in one.row.values() if isinstance(value, str))
            too_much = self.rows > self.most_rows or self.races > MOST_RACES or self.characters > MOST_CHARACTERS
            if too_much and self.rows > 1:
                return count
        return len(change_set)
