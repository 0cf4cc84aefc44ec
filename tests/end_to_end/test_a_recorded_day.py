"""A racing day lands in the store: the command against the recorded source."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import raceday
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, EVENT_ID, needs_recordings

pytestmark = needs_recordings

Row = tuple[object, ...]


def rows(path: Path, query: str, *values: object) -> list[Row]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def dump(path: Path) -> dict[str, list[Row]]:
    """Read every table but the leases, which tell of the runs themselves."""
    tables = [name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'") if name != "leases"]
    return {str(name): rows(path, f'SELECT * FROM "{name}" ORDER BY 1, 2') for name in tables}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def import_day(source: RecordedSource, data_dir: Path, job: str = "all") -> None:
    ended = await raceday(
        "run-once", job, "--date", DAY, "--json", NZTAB_API_BASE_URL=source.url, RACEDAY_DATA_DIR=str(data_dir)
    )
    assert ended.status == 0, ended.err
    assert ended.answer["status"] == "ok"


async def test_the_day_is_stored_as_the_source_sent_it(recorded_source: RecordedSource, data_dir: Path) -> None:
    await import_day(recorded_source, data_dir)
    store = data_dir / "raceday.db"

    assert rows(store, "SELECT count(*) FROM meetings") == [(12,)]
    assert rows(store, "SELECT count(*) FROM races") == [(96,)]
    assert rows(store, "SELECT count(*), count(DISTINCT raceId) FROM entrants") == [(96 * 8, 96)]
    runners = rows(
        store,
        "SELECT fixedWinOdds, poolWinOdds, holdPercentage, betPercentage, round(winPoolPercentage, 1), shareMethod"
        " FROM entrants WHERE raceId = ? ORDER BY runnerNumber",
        EVENT_ID,
    )
    assert runners == [
        (5.0, 4.4, 18.0, 14.0, 19.0, "tote_odds"),
        (7.5, 6.6, 13.0, 14.0, 12.7, "tote_odds"),
        (6.5, 9.9, 5.0, 9.0, 8.5, "tote_odds"),
        (4.2, 4.8, 16.0, 17.0, 17.4, "tote_odds"),
        (5.0, 3.8, 16.0, 17.0, 22.0, "tote_odds"),
        (5.5, 6.6, 19.0, 19.0, 12.7, "tote_odds"),
        (13.0, 15.6, 4.0, 8.0, 5.4, "tote_odds"),
        (41.0, 35.4, 2.0, 3.0, 2.4, "tote_odds"),
    ]
    assert rows(store, "SELECT totalRacePool, winPoolTotal FROM race_pools WHERE id = ?", EVENT_ID) == [
        (3_101_011, 915_138)
    ]
    assert rows(
        store,
        "SELECT json_array_length(resultsData), json_array_length(dividendsData), resultStatus FROM race_results"
        " WHERE id = ?",
        EVENT_ID,
    ) == [(8, 7, "final")]


async def test_a_second_run_leaves_every_table_the_same_row_for_row(
    recorded_source: RecordedSource, data_dir: Path
) -> None:
    await import_day(recorded_source, data_dir)
    first = dump(data_dir / "raceday.db")
    await import_day(recorded_source, data_dir)
    assert dump(data_dir / "raceday.db") == first
    assert {name: len(table) for name, table in first.items()}["odds_history"] == 96 * 8 * 4
