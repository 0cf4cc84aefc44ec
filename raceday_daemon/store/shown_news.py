"""What the event stream asks the files: which races may have changed, how they stand, whether a card has changed."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from sqlite3 import Connection
from typing import Final

from raceday_daemon.model.shown_race import RaceNow
from raceday_daemon.store.rows import day_text
from raceday_daemon.store.shown_race import VERSION_OF, read_now, version_of

_VERSIONS: Final = f'{VERSION_OF} WHERE m."date" = ?'

_CARD: Final = (
    'SELECT m."id", m."meetingName", m."status", m."toteStatus", m."trackCondition", m."railPosition", m."weather",'
    ' m."firstRaceStart", (SELECT group_concat("id") FROM ('
    ' SELECT "id" FROM "races" WHERE "meetingId" = m."id" AND "withdrawnAt" IS NULL ORDER BY "id"))'
    ' FROM "meetings" m WHERE m."date" = ? AND m."withdrawnAt" IS NULL ORDER BY m."id"'
)


@dataclass(frozen=True, slots=True)
class RecordMarks:
    """The newest records of looks and of jobs, by their row's number: what is beyond was done since, by any process."""

    polls: int = 0
    job_runs: int = 0


def read_marks(records: Connection) -> RecordMarks:
    """Read the newest records' numbers."""
    (polls,) = records.execute("SELECT max(rowid) FROM polls").fetchone()
    (job_runs,) = records.execute("SELECT max(rowid) FROM job_runs").fetchone()
    return RecordMarks(polls or 0, job_runs or 0)


def races_written_since(records: Connection, marks: RecordMarks) -> set[str]:
    """Read which races have a record of a look, beyond these marks, that wrote anything."""
    rows = records.execute("SELECT DISTINCT race_id FROM polls WHERE rowid > ? AND rows_written > 0", (marks.polls,))
    return {race_id for (race_id,) in rows}


def read_versions(store: Connection, day: date) -> dict[str, str]:
    """Read the versions of a day's races by their ids."""
    return {race_id: version_of(marks) for race_id, *marks in store.execute(_VERSIONS, (day_text(day),))}


def read_changed(store: Connection, race_ids: Iterable[str], known: Mapping[str, str]) -> list[RaceNow]:
    """Read how those of the races stand whose version is another than the known one."""
    found = (read_now(store, race_id, known.get(race_id)) for race_id in race_ids)
    return [race for race in found if race]


def card_mark(store: Connection, day: date) -> str:
    """Give a mark of a day's card: another one when its meetings are or stand otherwise, or have other races."""
    return hashlib.sha256(repr(store.execute(_CARD, (day_text(day),)).fetchall()).encode()).hexdigest()
