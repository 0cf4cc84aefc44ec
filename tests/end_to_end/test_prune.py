"""The command that removes what is too old: counted, done, killed in the middle, beside a daemon, in Appwrite too."""

import asyncio
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.store.records import open_records
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_stores import machine
from tests.appwrite_tables import make_tables, way_to
from tests.conftest import Ended, raceday
from tests.end_to_end.beside import assert_files_are_sound, until
from tests.end_to_end.daemon import running_daemon
from tests.end_to_end.served_here import served_here
from tests.pruned_store import open_store, race_rows
from tests.workbench import rows

LONG_AGO = date(2024, 2, 29)
RACES = 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


async def put_races(folder: Path, old: int = 2, points: int = 3, *, today: bool = True) -> None:
    """Store races of long ago, and one of today unless told otherwise."""
    now = datetime.now(UTC)
    async with open_store(folder, now) as here:
        for number in range(old):
            await here.put(*race_rows(f"old-{number}", LONG_AGO, points=points))
        if today:
            await here.put(*race_rows("today", racing_day(now), start=now))


async def prune(folder: Path, *arguments: str, **environment: str) -> Ended:
    return await raceday("prune", *arguments, RACEDAY_DATA_DIR=str(folder), **environment)


def history_of(folder: Path) -> set[str]:
    return {race_id for (race_id,) in rows(folder / "raceday.db", "SELECT DISTINCT raceId FROM odds_history")}


async def test_a_count_then_the_same_for_real_then_nothing(folder: Path) -> None:
    await put_races(folder)
    counted = await prune(folder, "--dry-run", "--json")
    assert (counted.status, counted.err) == (0, "")
    assert counted.answer["dry_run"]
    assert history_of(folder) == {"old-0", "old-1", "today"}
    done = await prune(folder, "--json")
    assert (done.status, done.answer["status"], done.answer["dry_run"]) == (0, "ok", False)
    assert done.answer["removed"] == counted.answer["removed"]
    assert done.answer["removed"]["odds-history"] == 6
    assert done.answer["removed"]["races"] == 0, "races are kept for ever unless told otherwise"
    assert set(done.answer["files"]) == {"raceday.db", "ops.db"}
    assert history_of(folder) == {"today"}
    again = await prune(folder, "--vacuum")
    assert again.status == 0
    assert "nothing here is older than that" in again.out
    assert "raceday.db: " in again.out
    assert rows(folder / "ops.db", "SELECT job, status, processed FROM job_runs") == [
        ("housekeeping", "ok", 18),
        ("housekeeping", "ok", 0),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--dry-run", "--vacuum"), "leave one of them out"), (("--dry-run",), "cannot be read")],
    ids=["both", "no files"],
)
async def test_what_can_not_be_done_is_a_sentence(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    ended = await prune(folder, *arguments)
    assert ended.status == 2
    assert words in ended.err
    assert not list(folder.parent.glob("data*")), "nothing was made"


async def test_one_that_is_killed_in_the_middle_is_made_good_by_the_next(folder: Path) -> None:
    await put_races(folder, old=3, points=6_000)
    store, count = folder / "raceday.db", "SELECT count(*) FROM money_flow_history"
    before = rows(store, count)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "raceday_daemon", "prune"),
        env=os.environ | {"RACEDAY_DATA_DIR": str(folder), "RACEDAY_RACES_RETENTION_DAYS": "30"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await until(lambda: rows(store, count) < before)
    process.kill()
    await process.wait()
    left = rows(store, "SELECT id FROM races WHERE id LIKE 'old-%'")
    assert left, "it was not done"
    assert_files_are_sound(folder)
    ended = await prune(folder, "--json", RACEDAY_RACES_RETENTION_DAYS="30")
    assert (ended.status, ended.answer["removed"]["races"]) == (0, len(left))
    assert rows(store, "SELECT id FROM races") == [("today",)]
    assert history_of(folder) == {"today"}
    assert_files_are_sound(folder)


async def test_beside_a_polling_daemon_no_slot_is_late(folder: Path, tmp_path: Path) -> None:
    await put_races(folder, old=2, points=6_000, today=False)
    async with served_here(RACES, 60, 1) as source, running_daemon(source, folder, tmp_path / "log") as daemon:
        await daemon.watches(RACES)
        refused = await prune(folder, "--vacuum")
        assert refused.status == 5
        assert f"held by process {daemon.process.pid}" in refused.err
        done = await prune(folder, "--json", RACEDAY_RACES_RETENTION_DAYS="30")
        assert (done.status, done.answer["removed"]["races"]) == (0, 2), done.err
        status = await daemon.status()
        assert {run["job"]: run["status"] for run in status["activity"]["jobs"]}["housekeeping"] == "ok"
        assert await daemon.stop() == 0
    outcomes = {outcome for (outcome,) in rows(folder / "ops.db", "SELECT DISTINCT outcome FROM polls")}
    assert not outcomes & {"failed", "missed"}, rows(folder / "ops.db", "SELECT outcome, reason, error FROM polls")
    assert {race_id for (race_id,) in rows(folder / "raceday.db", "SELECT id FROM races")}.isdisjoint(
        {"old-0", "old-1"}
    )


async def test_where_rows_go_to_appwrite_it_removes_there_too_if_so_wished(
    folder: Path, appwrite_server: AppwriteServer
) -> None:
    make_tables(appwrite_server)
    async with way_to(appwrite_server) as appwrite, machine(folder, appwrite) as here:
        await here.write(*race_rows("old-0", LONG_AGO))
        await here.send()
    await (await open_records(folder)).close()
    ours = {
        **appwrite_server.environment,
        "APPWRITE_DATABASE_ID": appwrite_server.database,
        "RACEDAY_RACES_RETENTION_DAYS": "30",
    }

    def there() -> int:
        return len(appwrite_server.control.rows(appwrite_server.database, "races"))

    assert (await prune(folder, "--dry-run", "--json", **ours)).answer["appwrite"] is None
    appwrite_server.control.key(appwrite_server.key, {"rows.read"})
    barred = await prune(folder, "--json", RACEDAY_APPWRITE_RETENTION="true", **ours)
    assert (barred.status, barred.answer["status"], barred.answer["removed"]["races"]) == (2, "partial", 1)
    assert [(one["item"], one["kind"]) for one in barred.answer["errors"]] == [("Appwrite", "key")]
    appwrite_server.control.key(appwrite_server.key)
    assert (await prune(folder, "--json", **ours)).answer["appwrite"] is None
    assert there() == 1
    done = await prune(folder, "--json", RACEDAY_APPWRITE_RETENTION="true", **ours)
    assert (done.status, done.answer["appwrite"]["removed"]["races"], there()) == (0, 1, 0)
