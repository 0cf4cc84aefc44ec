"""One race's rows held to the answers that were taken, in any order that the records allow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.store import schema
from tests.auditor.finding import Finding
from tests.auditor.notes import Note, read_note, wrong_note
from tests.auditor.orders import Way, order_of, ways
from tests.auditor.steps import CardStep, EventStep
from tests.auditor.store_rows import Rows, read_rows, wrong_rows
from tests.auditor.story import RaceStory
from tests.auditor.values import instant_of

_OF_A_RACE: Final = (
    schema.RACES,
    schema.ENTRANTS,
    schema.RACE_POOLS,
    schema.RACE_RESULTS,
    schema.BIG_BETS,
    schema.ODDS_HISTORY,
    schema.MONEY_FLOW_HISTORY,
)
_MOST_ORDERS: Final = 400


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is stored of a race: its rows by table, and the note of its last answers."""

    tables: Mapping[str, Rows]
    note: Note


@dataclass(frozen=True, slots=True)
class AuditedRace:
    """The story that fits the stored race best, and what is wrong with the race even so."""

    story: RaceStory
    findings: Sequence[Finding]
    imported_at: datetime | None


def audit_race(
    connection: Connection,
    race_id: str,
    events: Sequence[EventStep],
    cards: Sequence[CardStep],
    slots: Iterable[datetime],
) -> AuditedRace:
    """Compare a race with what follows from its answers.

    Where the likely order of these does not fit, the other ways are tried, an answer at a time: what only the daemon
    knows is allowed, and nothing else. `slots` are those that may have asked for a look that left no record.
    """
    stored = _Stored(
        {table.name: read_rows(connection, table, "raceId", race_id) for table in _OF_A_RACE},
        read_note(connection, race_id),
    )
    options = ways(events, cards, slots)
    chosen = [likely for likely, *_ in options]
    best = _judged(race_id, chosen, stored)
    for tried, (place, way) in enumerate(_others(options)):
        if not best.findings or tried >= _MOST_ORDERS:
            break
        other = [*chosen[:place], way, *chosen[place + 1 :]]
        judged = _judged(race_id, other, stored)
        if len(judged.findings) < len(best.findings):
            best, chosen = judged, other
    return best


def _others(options: Sequence[tuple[Way, ...]]) -> Iterator[tuple[int, Way]]:
    for place, (_, *others) in enumerate(options):
        yield from ((place, way) for way in others)


def _judged(race_id: str, chosen: Iterable[Way], stored: _Stored) -> AuditedRace:
    story = RaceStory(race_id).take(order_of(chosen))
    expected = story.rows()
    findings = [*story.findings, *wrong_note(race_id, [story.note], stored.note)]
    for table in _OF_A_RACE:
        findings += wrong_rows(table, expected[table.name], stored.tables[table.name])
    row = stored.tables[schema.RACES.name].get(race_id)
    imported_at = instant_of(row["importedAt"]) if row and row["importedAt"] else None
    return AuditedRace(story, findings, imported_at)
