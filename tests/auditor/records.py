"""What `ops.db` tells: the looks at races, the runs of jobs, and the daemon's lives."""

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from sqlite3 import Connection
from typing import Final

from tests.auditor.values import instant_of

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NEVER: Final = datetime(2100, 1, 1, tzinfo=UTC)

LONGEST_LOOK: Final = timedelta(minutes=2)
"""No look goes on for longer: three tries of fifteen seconds, and the pauses between them."""
LONGEST_JOB: Final = timedelta(minutes=15)
"""No run of a job goes on for longer: it ends itself after 13 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A look at a race, or a slot that was missed; `place` is its place among all records."""

    place: int
    race_id: str
    due_at: datetime | None
    began_at: datetime
    ended_at: datetime
    reason: str
    outcome: str
    race_status: str | None
    rows_written: int
    error: str | None

    @property
    def is_turn(self) -> bool:
        """Say whether the race's own loop looked, which goes by what it learns at once."""
        return self.outcome != "missed" and (self.due_at is not None or self.reason in ("retry", "catching up"))

    @property
    def kind(self) -> str:
        """Give the kind of its error."""
        return (self.error or "").partition(":")[0]

    @property
    def where(self) -> str:
        """Say which record it is."""
        due = f" due {self.due_at:%H:%M:%S}" if self.due_at else ""
        return f"polls[{self.place}] {self.race_id}{due} began {self.began_at:%m-%d %H:%M:%S.%f} ({self.reason})"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A run of a job; `errors` are the item and the kind of each failure."""

    place: int
    job: str
    day: str
    started_at: datetime
    finished_at: datetime
    status: str
    processed: int
    errors: tuple[tuple[str, str], ...]

    @property
    def where(self) -> str:
        """Say which record it is."""
        return f"job_runs[{self.place}] {self.job} of {self.day} at {self.started_at:%m-%d %H:%M:%S.%f}"


@dataclass(frozen=True)
class Records:
    """All that was recorded: the polls by race and the runs in the order of writing; lives as (began, ended)."""

    polls: Mapping[str, Sequence[Poll]]
    runs: Sequence[JobRun]
    lives: Sequence[tuple[datetime, datetime | None]]

    def cut_off(self) -> "Records":
        """Give them as those of a copy: a demo notes no lives, and is taken to have one, which has no end."""
        return Records(self.polls, self.runs, self.lives or [(_LONG_AGO, None)])

    def cut_off_after(self, at: datetime, longest: timedelta) -> datetime | None:
        """Give until when what began at `at` may have gone on if a kill cut it off; None where no kill explains it.

        Only the daemon knows what it did between its last record and its sudden end: a life without an end explains a
        request that no record tells of, unless it went on for longer than such work takes at most.
        """
        life = self._life_at(at)
        if life is None or self.lives[life][1] is not None:
            return None
        last, end = at + longest, self._end_of(life)
        went_on = bisect_right(self._looks, last) < bisect_left(self._looks, end)
        return None if went_on else min(last, end)

    def watching_since(self, at: datetime) -> datetime | None:
        """Give when the life that recorded something at `at` is first known to have watched races."""
        life = self._life_at(at)
        since = self.lives[life][0] if life is not None else _LONG_AGO
        first = bisect_left(self._turns, since)
        return self._turns[first] if first < len(self._turns) and self._turns[first] <= at else None

    @cached_property
    def _looks(self) -> Sequence[datetime]:
        return sorted(poll.began_at for polls in self.polls.values() for poll in polls)

    @cached_property
    def _turns(self) -> Sequence[datetime]:
        return sorted(poll.began_at for polls in self.polls.values() for poll in polls if poll.is_turn)

    def _life_at(self, at: datetime) -> int | None:
        begun = bisect_right(self.lives, at, key=lambda life: life[0])
        return begun - 1 if begun else None

    def _end_of(self, life: int) -> datetime:
        return self.lives[life + 1][0] if life + 1 < len(self.lives) else _NEVER


def read_records(connection: Connection) -> Records:
    """Read them all."""
    polls: dict[str, list[Poll]] = defaultdict(list)
    for poll in _polls(connection):
        polls[poll.race_id].append(poll)
    return Records(polls, _runs(connection), _lives(connection))


def _lives(connection: Connection) -> list[tuple[datetime, datetime | None]]:
    lives = connection.execute("SELECT began_at, ended_at FROM lives ORDER BY rowid")
    return [(instant_of(began), instant_of(ended) if ended else None) for began, ended in lives]


def _polls(connection: Connection) -> list[Poll]:
    rows = connection.execute(
        "SELECT rowid, race_id, due_at, began_at, ended_at, reason, outcome, race_status, rows_written, error"
        " FROM polls ORDER BY rowid"
    )
    return [
        Poll(
            place=place,
            race_id=race_id,
            due_at=instant_of(due) if due else None,
            began_at=instant_of(began),
            ended_at=instant_of(ended),
            reason=reason,
            outcome=outcome,
            race_status=status,
            rows_written=rows_written,
            error=error,
        )
        for place, race_id, due, began, ended, reason, outcome, status, rows_written, error in rows
    ]


def _runs(connection: Connection) -> list[JobRun]:
    rows = connection.execute(
        "SELECT rowid, job, racing_day, started_at, finished_at, status, processed, errors FROM job_runs ORDER BY rowid"
    )
    return [
        JobRun(
            place=place,
            job=job,
            day=day,
            started_at=instant_of(started),
            finished_at=instant_of(finished),
            status=status,
            processed=processed,
            errors=tuple((failure["item"], failure["kind"]) for failure in json.loads(errors)),
        )
        for place, job, day, started, finished, status, processed, errors in rows
    ]
