"""What can be exported, by its public name, and which of its rows belong to a racing day."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from raceday_daemon.store import schema
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.schema import Kind, Table
from raceday_daemon.store.working_store import FILE_NAME as STORE


def _in_the_day(instant: str) -> str:
    return f"{instant} >= :since AND {instant} < :until"


RACES_OF_DAY: Final = f'"raceDateNz" = :day OR ("raceDateNz" IS NULL AND {_in_the_day("startTime")})'
"""The condition that a race is one of the racing day."""

_OF_RACE: Final = '"raceId" = :race'


@dataclass(frozen=True, slots=True)
class Exported:
    """A table that can be exported: the file that it is in, its name there, and by which condition rows are of a day.

    The conditions are SQL, with :day (as text), :label (as the tables keep a day), :since and :until (its first instant
    and that of the next one), and where it has to be asked for race by race, :race. `strays` finds the day's rows whose
    race may not be stored. Rows come in the order of a column, downwards where its name has a - before it, or as
    they were written. `booleans` are the columns that hold true and false.
    """

    name: str
    file: str
    sqlite_name: str
    of_day: str
    order: str = ""
    strays: str = ""
    booleans: frozenset[str] = frozenset()

    @property
    def is_by_race(self) -> bool:
        """Say whether it has to be asked for race by race: that is what its indexes are for."""
        return ":race" in self.of_day


def _of_people(race: str, instant: str) -> str:
    """Give the condition of a row that may name a race: that one's day counts, else the day of its own instant."""
    races = '(SELECT "id" FROM "races"'
    has_none = f'("{race}" IS NULL OR "{race}" NOT IN {races}))'
    return f'"{race}" IN {races} WHERE {RACES_OF_DAY}) OR ({has_none} AND {_in_the_day(instant)})'


_DECLARED: Final[tuple[tuple[Table, str, str], ...]] = (
    (schema.MEETINGS, '"date" = :label', ""),
    (schema.RACES, RACES_OF_DAY, "startTime"),
    (schema.ENTRANTS, _OF_RACE, "runnerNumber"),
    (schema.ODDS_HISTORY, _OF_RACE, "eventTimestamp"),
    (schema.MONEY_FLOW_HISTORY, _OF_RACE, "-timeInterval"),
    (schema.RACE_POOLS, _OF_RACE, ""),
    (schema.RACE_RESULTS, _OF_RACE, ""),
    (schema.BIG_BETS, _OF_RACE, "placedAt"),
    (schema.USER_ALERT_CONFIGS, _of_people("race", 'coalesce("createdAt", "lastUpdated")'), ""),
    (schema.NOTIFICATIONS, _of_people("raceId", '"createdAt"'), ""),
)

_RECORDED: Final = (
    Exported("polls", RECORDS, "polls", "race_id = :race", "began_at", _in_the_day("began_at")),
    Exported("job-runs", RECORDS, "job_runs", "racing_day = :day", "started_at"),
)


def _exported(table: Table, of_day: str, order: str) -> Exported:
    booleans = frozenset(column.name for column in table.columns if column.kind is Kind.BOOLEAN)
    return Exported(table.name, STORE, table.sqlite_name, of_day, order, booleans=booleans)


EXPORTED: Final[Mapping[str, Exported]] = {
    one.name: one for one in (*(_exported(*declared) for declared in _DECLARED), *_RECORDED)
}
"""All of them, in the order in which they are told."""
