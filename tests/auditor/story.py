"""A race's story: what must be stored of it after the answers that were taken, one after the other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from raceday_daemon.store import schema
from tests.auditor.eras import Era, Facts, confirmed_era, first_era, next_era
from tests.auditor.finding import Finding, What
from tests.auditor.money import MoneyHistory
from tests.auditor.notes import Note
from tests.auditor.odds import OddsHistory
from tests.auditor.steps import CardStep, EventStep, Step
from tests.auditor.store_rows import Rows
from tests.auditor.told_money import no_pools

Row = dict[str, Any]

_PROGRESS: Final = {"Open": 0, "Closed": 1, "Interim": 2, "Final": 3, "Abandoned": 3}
_NO_MARKS: Final = {"lastStatusChange": None, "finalizedAt": None, "abandonedAt": None}
_CARD_ALONE: Final = {"toteStartTime": None}
"""What no event tells."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A row's facts, and the steps that wrote it first, last, and last because of an event."""

    facts: Row
    imported: Step
    updated: Step
    polled: EventStep | None


class RaceStory:
    """Takes the answers of one race in their order; `rows`, `eras` and `findings` tell what follows."""

    def __init__(self, race_id: str) -> None:
        self.race_id = race_id
        self.card_time = self.event_time = ""
        self.eras: list[Era] = []
        self.findings: list[Finding] = []
        self._written: dict[str, dict[str, _Written]] = {name: {} for name in _MARKED}
        self._bets: dict[str, Row] = {}
        self._odds = OddsHistory()
        self._money = MoneyHistory()

    def take(self, steps: Iterable[Step]) -> "RaceStory":
        """Take answers."""
        for step in steps:
            if isinstance(step, CardStep):
                self._take_card(step)
            elif isinstance(step, EventStep):
                self._take_event(step)
        return self

    @property
    def race(self) -> Row | None:
        """Give the race's row without the daemon's own marks."""
        written = self._written[schema.RACES.name].get(self.race_id)
        return written.facts if written else None

    @property
    def note(self) -> Note:
        """Give what must be noted of the last answers."""
        return (self.card_time or None, self.event_time or None) if self.card_time or self.event_time else None

    def rows(self) -> dict[str, Rows]:
        """Give the rows that must be there, by table and id."""
        return {
            **{
                name: {row_id: one.facts | _marks(name, one) for row_id, one in table.items()}
                for name, table in self._written.items()
            },
            schema.BIG_BETS.name: self._bets,
            schema.ODDS_HISTORY.name: self._odds.rows,
            schema.MONEY_FLOW_HISTORY.name: self._money.rows,
        }

    def _take_card(self, step: CardStep) -> None:
        """Take a card, unless a newer answer was taken; once an event was, it tells status and start alone."""
        sent = step.told.row
        if step.told.generated < max(self.card_time, self.event_time):
            return
        self.card_time = step.told.generated
        if self.race is None:
            self._write(schema.RACES.name, self.race_id, sent | _NO_MARKS, step)
            self._write(schema.RACE_POOLS.name, self.race_id, no_pools(self.race_id), step)
        else:
            # Final is left to the race's own answer, which has the results.
            status = self.race["status"] if sent["status"] == "Final" else sent["status"]
            told = self.race if self.event_time else self.race | sent
            self._write_race(told | {"status": status, "startTime": sent["startTime"]}, step.told.generated, step)
        self._note_era(step)

    def _take_event(self, step: EventStep) -> None:
        told, is_stale = step.told, step.told.generated < self.event_time
        if step.look and is_stale != (step.look.outcome == "stale"):
            expected = "stale" if is_stale else "taken"
            self.findings.append(Finding(What.WRONG_RECORD, step.look.where, expected, step.look.outcome))
        if is_stale:
            return
        race: Row = (self.race or _CARD_ALONE | _NO_MARKS) | told.race
        if self.race and self.card_time > told.generated:
            # A later card knows as much of these two.
            further = max(self.race["status"], told.race["status"], key=_progress)
            race |= {"status": further, "startTime": self.race["startTime"]}
        self.event_time = told.generated
        written = self._write_race(race, told.generated, step)
        for entrant_id, entrant in told.entrants.items():
            written += self._write(schema.ENTRANTS.name, entrant_id, entrant, step)
        written += self._write(schema.RACE_POOLS.name, self.race_id, told.pools, step)
        written += self._write_results(step)
        written += len(told.bets.keys() - self._bets.keys())
        self._bets = dict(told.bets) | self._bets
        written += self._odds.take(told, race["startTime"])
        if race["status"] == "Open":
            written += self._money.take(told, race["startTime"], step.due_at, step.window)
        if written and step.look and step.look.outcome == "unchanged":
            self.findings.append(Finding(What.WRONG_RECORD, step.look.where, f"{written} rows", "unchanged"))
        self._note_era(step)

    def _write_race(self, told: Row, generated: str, step: Step) -> int:
        before = self.race or _NO_MARKS
        turned = self.race is not None and self.race["status"] != told["status"]
        marks = {
            "lastStatusChange": generated if turned else before["lastStatusChange"],
            "finalizedAt": _ended_at(before["finalizedAt"], told["status"] == "Final", turned, generated),
            "abandonedAt": _ended_at(before["abandonedAt"], told["status"] == "Abandoned", turned, generated),
        }
        return self._write(schema.RACES.name, self.race_id, told | marks, step)

    def _write_results(self, step: EventStep) -> int:
        if step.told.results is None:
            return 0
        stored = self._written[schema.RACE_RESULTS.name].get(self.race_id)
        first = stored.facts["resultTime"] if stored else step.told.generated
        return self._write(schema.RACE_RESULTS.name, self.race_id, step.told.results | {"resultTime": first}, step)

    def _write(self, table: str, row_id: str, facts: Row, step: Step) -> int:
        """Write a row if it says something new; give how many were written."""
        before = self._written[table].get(row_id)
        if before and before.facts == facts:
            return 0
        polled = step if isinstance(step, EventStep) else before.polled if before else None
        self._written[table][row_id] = _Written(facts, before.imported if before else step, step, polled)
        return 1

    def _note_era(self, step: Step) -> None:
        race, imported = self.race or {}, self._written[schema.RACES.name][self.race_id].imported
        facts = Facts.of(race)
        if not self.eras:
            self.eras.append(first_era(facts, imported))
        elif facts != self.eras[-1].facts:
            self.eras.append(next_era(facts, step))
        elif not self.eras[-1].is_sure:
            self.eras[-1] = confirmed_era(self.eras[-1], step)


_MARKED: Final = {
    schema.RACES.name: ("importedAt", "lastUpdated", "lastPollTime"),
    schema.ENTRANTS.name: ("importedAt", "lastUpdated"),
    schema.RACE_POOLS.name: ("lastUpdated",),
    schema.RACE_RESULTS.name: ("lastUpdated",),
}
"""The daemon's own marks on a row: when it was first written, last written, and last written because of an event."""


def _marks(table: str, written: _Written) -> Row:
    """Give what the marks may be: instants of the daemon's clock within the look, or the job, that wrote the row."""
    steps = {"importedAt": written.imported, "lastUpdated": written.updated, "lastPollTime": written.polled}
    return {name: step.window if (step := steps[name]) else None for name in _MARKED[table]}


def _ended_at(stored: str | None, ended: bool, turned: bool, generated: str) -> str | None:
    """Give when a race ended by the source; one that was over when first seen has no such time."""
    return (generated if turned else stored) if ended else None


def _progress(status: str) -> int:
    return _PROGRESS.get(status, -1)
