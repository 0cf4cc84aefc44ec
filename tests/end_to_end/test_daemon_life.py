"""The daemon told to stop, in the middle of whatever it does: what is under way is finished or recorded as cut off."""

import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from raceday_daemon.model.lease import POLLER_LEASE
from raceday_daemon.ops.folder_lock import holder_of
from raceday_daemon.store.records import open_records
from tests.end_to_end.beside import until
from tests.end_to_end.daemon import Daemon, running_daemon
from tests.end_to_end.served_here import ServedHere, served_here
from tests.workbench import Row, rows

RACES = 15


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def source() -> AsyncIterator[ServedHere]:
    """Fifteen races in their last minutes, so that a slot is due every second."""
    async with served_here(RACES, 60, 1) as source:
        yield source


@pytest.fixture
async def daemon(source: ServedHere, folder: Path, tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running_daemon(source, folder, tmp_path / "log") as daemon:
        yield daemon


async def poll_under_way(daemon: Daemon, source: ServedHere) -> None:
    """Wait until a scheduled poll waits for its answer."""
    await daemon.watches(RACES)
    held = source.meddler.hold("/events/")
    await held.reached.wait()


async def stopping(daemon: Daemon, number: signal.Signals) -> datetime:
    """Send a signal and wait until it is heard; give when that was."""
    daemon.process.send_signal(number)
    await until(lambda: any(line["action"] == "stopping" for line in daemon.log))
    return next(datetime.fromisoformat(line["time"]) for line in daemon.log if line["action"] == "stopping")


def slots_begun(folder: Path) -> list[Row]:
    query = "SELECT outcome, error, began_at, ended_at FROM polls WHERE due_at IS NOT NULL AND outcome <> 'missed'"
    return rows(folder / "ops.db", f"{query} ORDER BY began_at")


def unreleased_leases(folder: Path) -> list[Row]:
    return rows(folder / "raceday.db", "SELECT id FROM leases WHERE status <> 'released'")


def last_life_ended_well(folder: Path) -> bool:
    return rows(folder / "ops.db", "SELECT ended_at IS NOT NULL FROM lives ORDER BY rowid DESC LIMIT 1") == [(1,)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_a_poll_under_way_is_finished_and_nothing_new_begins(
    daemon: Daemon, source: ServedHere, folder: Path, number: signal.Signals
) -> None:
    await poll_under_way(daemon, source)
    told_at = await stopping(daemon, number)
    source.meddler.let_go()
    assert await daemon.end() == 0
    last = slots_begun(folder)[-1]
    assert last[0] in ("ok", "unchanged")
    assert datetime.fromisoformat(last[2]) <= told_at <= datetime.fromisoformat(last[3])
    assert not rows(folder / "ops.db", "SELECT 1 FROM polls WHERE outcome = 'failed'")
    held = rows(folder / "raceday.db", "SELECT count(*) FROM leases WHERE leaseId = ?", POLLER_LEASE.lease_id)
    assert (held, unreleased_leases(folder)) == ([(1,)], [])
    assert last_life_ended_well(folder)
    assert holder_of(folder) is None
    assert not [line for line in daemon.log if line["level"] in ("WARNING", "ERROR", "CRITICAL")]
    assert daemon.log[-1]["message"] == "stopped; nothing waits"


async def test_a_poll_that_takes_longer_than_the_grace_is_cut_off_and_recorded_as_such(
    source: ServedHere, folder: Path, tmp_path: Path
) -> None:
    async with running_daemon(source, folder, tmp_path / "log", RACEDAY_GRACE_SECONDS="1") as daemon:
        await poll_under_way(daemon, source)
        told_at = await stopping(daemon, signal.SIGTERM)
        assert await daemon.end() == 0
    cut_off = [poll for poll in slots_begun(folder) if poll[0] == "failed"]
    assert {error for _, error, *_ in cut_off} == {"cancelled: given up before it was done"}
    assert all((datetime.fromisoformat(ended) - told_at).total_seconds() > 0.9 for *_, ended in cut_off)
    assert unreleased_leases(folder) == []
    assert last_life_ended_well(folder)
    assert not [line for line in daemon.log if line["level"] in ("WARNING", "ERROR", "CRITICAL")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
async def test_a_second_signal_ends_it_at_once_by_that_signal(
    daemon: Daemon, source: ServedHere, folder: Path, number: signal.Signals
) -> None:
    await poll_under_way(daemon, source)
    await stopping(daemon, signal.SIGTERM)
    assert await daemon.stop(number) == -number
    assert not last_life_ended_well(folder)
    assert "Traceback" not in daemon.log_file.read_text()


async def test_while_the_source_is_away_it_ends_at_once_and_well(
    daemon: Daemon, source: ServedHere, folder: Path
) -> None:
    await daemon.watches(RACES)
    source.meddler.instead["/"] = lambda _: web.Response(status=503)
    await until(lambda: any(line["action"] == "poll_failed" for line in daemon.log))
    assert await daemon.stop() == 0
    assert unreleased_leases(folder) == []
    assert last_life_ended_well(folder)
    assert "Traceback" not in daemon.log_file.read_text()


async def test_a_daily_import_that_is_cut_off_keeps_its_checkpoint_and_the_next_start_goes_on_from_there(
    folder: Path, tmp_path: Path
) -> None:
    checkpoint = "SELECT status, json_array_length(done) FROM checkpoints WHERE job = 'entrants'"
    # They start so late that only the import looks at them.
    async with served_here(RACES, 7200, 1) as source:
        held = source.meddler.hold(f"/events/{source.race_ids[4]}")
        async with running_daemon(source, folder, tmp_path / "log") as daemon:
            await held.reached.wait()
            assert await daemon.stop() == 0
        assert rows(folder / "raceday.db", checkpoint) == [("running", 4)]
        assert unreleased_leases(folder) == []
        assert last_life_ended_well(folder)
        (cut_off,) = rows(folder / "ops.db", "SELECT status, processed, errors FROM job_runs WHERE job = 'entrants'")
        assert cut_off[:2] == ("failed", 4)
        assert "the next run goes on from here" in cut_off[2]

        source.meddler.let_go()
        source.meddler.asked.clear()
        async with running_daemon(source, folder, tmp_path / "log") as daemon:
            await daemon.watches(RACES)
            assert await daemon.stop() == 0
    looked_at = [path.rpartition("/")[2] for path in source.meddler.asked if "/events/" in path]
    assert looked_at == source.race_ids[4:]
    assert rows(folder / "raceday.db", checkpoint) == [("ok", 0)]


async def test_waiting_after_crashes_it_ends_at_once_and_well(source: ServedHere, folder: Path, tmp_path: Path) -> None:
    records = await open_records(folder)
    for _ in range(8):
        await records.begin_life(datetime.now(UTC))
    await records.close()
    async with running_daemon(source, folder, tmp_path / "log") as daemon:
        await until(lambda: any(line["action"] == "crash_loop" for line in daemon.log))
        assert await daemon.stop() == 0
    assert last_life_ended_well(folder)
    assert source.meddler.asked == []
