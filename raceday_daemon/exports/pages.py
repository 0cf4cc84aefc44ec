"""The rows of a table, page by page: each page is a question of its own, so nothing is held while somebody reads."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from raceday_daemon.cadence.racing_day import racing_day_start
from raceday_daemon.exports.tables import RACES_OF_DAY, Exported
from raceday_daemon.store.reading import reading
from raceday_daemon.store.rows import day_text, instant_text
from raceday_daemon.store.working_store import FILE_NAME as STORE

PAGE_ROWS: Final = 2_000

Page = Sequence[tuple[Any, ...]]
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pages:
    """A table of a data folder. Each page is as its rows stand when it is read; raises StoreError."""

    data_dir: Path
    table: Exported

    def columns(self) -> list[str]:
        """Give the names of the columns, in their order."""
        with reading(self.data_dir / self.table.file) as connection:
            found = connection.execute(f'SELECT * FROM "{self.table.sqlite_name}" LIMIT 0')  # noqa: S608
            with closing(found):
                return [name for name, *_ in found.description]

    def all(self) -> Iterator[Page]:
        """Give all rows, as they were written."""
        yield from self._pages("TRUE", {})

    def of_day(self, day: date) -> Iterator[Page]:
        """Give the rows of a racing day."""
        table, facts = self.table, _facts_of(day)
        if not table.is_by_race:
            yield from self._pages(table.of_day, facts, table.order)
            return
        for race_id in self._races_of(facts):
            yield from self._pages(table.of_day, {"race": race_id}, table.order)
        if table.strays:
            yield from self._strays(facts)

    def _strays(self, facts: Facts) -> Iterator[Page]:
        place = self.columns().index("race_id")
        for page in self._pages(self.table.strays, facts, self.table.order):
            known = self._stored({row[place] for row in page})
            if rows := [row for row in page if row[place] not in known]:
                yield rows

    def _pages(self, where: str, facts: Facts, order: str = "") -> Iterator[Page]:
        """Page on by the order's column and the row's number: what was read before is not gone through again."""
        question, value, number = _question(self.table.sqlite_name, where, order), None, None
        while True:
            asked = {**facts, "value": value, "number": number, "most": PAGE_ROWS}
            with reading(self.data_dir / self.table.file) as connection:
                found = connection.execute(question, asked).fetchall()
            if found:
                yield [row[2:] for row in found]
            if len(found) < PAGE_ROWS:
                return
            value, number = found[-1][:2]
            question = _question(self.table.sqlite_name, where, order, goes_on=True)

    def _races_of(self, facts: Facts) -> list[str]:
        with reading(self.data_dir / STORE) as store:
            rows = store.execute(f'SELECT "id" FROM "races" WHERE {RACES_OF_DAY} ORDER BY "startTime", "id"', facts)  # noqa: S608
            return [race_id for (race_id,) in rows]

    def _stored(self, race_ids: set[str]) -> set[str]:
        with reading(self.data_dir / STORE) as store:
            return {one for one in race_ids if store.execute('SELECT 1 FROM "races" WHERE "id" = ?', (one,)).fetchone()}


def _question(name: str, where: str, order: str, *, goes_on: bool = False) -> str:
    """Give the question for a page: the order's value and the row's number, then all columns."""
    column, downwards = order.lstrip("-"), order.startswith("-")
    value = f'"{column}"' if order else "NULL"
    after = ""
    if goes_on and order:
        beyond, way = ("<", "<=") if downwards else (">", ">=")
        # The first of the two is what an index can find.
        after = f" AND {value} {way} :value AND ({value} {beyond} :value OR rowid > :number)"
    elif goes_on:
        after = " AND rowid > :number"
    by = f"{value}{' DESC' if downwards else ''}, rowid" if order else "rowid"
    return f'SELECT {value}, rowid, * FROM "{name}" WHERE ({where}){after} ORDER BY {by} LIMIT :most'  # noqa: S608


def _facts_of(day: date) -> Facts:
    since, until = (instant_text(racing_day_start(one)) for one in (day, day + timedelta(days=1)))
    return {"day": day.isoformat(), "label": day_text(day), "since": since, "until": until}
