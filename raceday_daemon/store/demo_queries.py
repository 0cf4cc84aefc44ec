"""What a demo's view reads: a field with its prices, and how much is stored."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection

from raceday_daemon.model.race import ABANDONED, FINAL
from raceday_daemon.store.reading import reading_both

_COUNTED = ("entrants", "odds_history", "money_flow_history", "big_bets", "race_results")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerLine:
    """A runner as the view shows it; `fixed_win_before` is the price before the present one, `amount` in cents."""

    number: int
    name: str
    is_scratched: bool
    fixed_win: float | None
    fixed_win_before: float | None
    pool_win: float | None
    share: float | None
    amount: int | None


def read_runners(store: Connection, race_id: str) -> list[RunnerLine]:
    """Read a race's runners by their numbers."""
    rows = store.execute(
        'SELECT "runnerNumber", "name", "isScratched", "fixedWinOdds", ('
        ' SELECT "odds" FROM "odds_history" WHERE "entrantId" = e."id" AND "type" = \'fixed_win\''
        ' ORDER BY "eventTimestamp" DESC LIMIT 1 OFFSET 1), "poolWinOdds", "winPoolPercentage", "winPoolAmount"'
        ' FROM "entrants" e WHERE "raceId" = ? ORDER BY "runnerNumber"',
        (race_id,),
    )
    return [
        RunnerLine(
            number=number,
            name=name,
            is_scratched=bool(scratched),
            fixed_win=fixed,
            fixed_win_before=before,
            pool_win=pool,
            share=share,
            amount=amount,
        )
        for number, name, scratched, fixed, before, pool, share, amount in rows
    ]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a demo has stored: its races by status, rows by table, looks by outcome, notifications by type.

    `seconds` is how long it took.
    """

    races: Counter[str]
    rows: dict[str, int]
    looks: Counter[str]
    told: Counter[str]
    seconds: float

    @property
    def is_done(self) -> bool:
        """Say whether every race is Final or Abandoned."""
        return bool(self.races) and self.races.keys() <= {FINAL, ABANDONED}


def read_outcome(data_dir: Path, seconds: float) -> Outcome:
    """Count what the files hold."""
    with reading_both(data_dir) as (store, records):
        races = dict(store.execute('SELECT "status", count(*) FROM "races" GROUP BY 1').fetchall())
        rows = {table: store.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in _COUNTED}  # noqa: S608
        told = dict(store.execute('SELECT "type", count(*) FROM "notifications" GROUP BY 1').fetchall())
        looks = dict(records.execute("SELECT outcome, count(*) FROM polls GROUP BY 1").fetchall())
    return Outcome(Counter(races), rows, Counter(looks), Counter(told), seconds)
