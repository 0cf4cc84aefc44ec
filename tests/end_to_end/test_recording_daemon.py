"""The daemon as a process that records what it is answered: stopped, killed, and short of room for it."""

from pathlib import Path
from typing import Any

from tests.conftest import raceday
from tests.end_to_end.beside import facts, until
from tests.end_to_end.daemon import running_daemon
from tests.end_to_end.simulated import simulated_day, starts_from_now
from tests.exchanges import files_of, kept
from tests.workbench import rows

RECORDING = {"RACEDAY_RECORD": "true"}
LOOKS = "SELECT count(*) FROM polls WHERE bytes IS NOT NULL"


async def looks(folder: Path, more: int) -> None:
    """Wait until so many more looks had an answer."""
    wanted = looks_of(folder) + more
    await until(lambda: looks_of(folder) >= wanted)


def looks_of(folder: Path) -> int:
    """Count the looks that had an answer, by their records; none before there are any records."""
    file = folder / "ops.db"
    if not file.exists() or not rows(file, "SELECT name FROM sqlite_master WHERE name = 'polls'"):
        return 0
    return int(rows(file, LOOKS)[0][0])


def without_jobs(folder: Path) -> dict[str, Any]:
    return {table: of_it for table, of_it in facts(folder).items() if table != "checkpoints"}


async def test_a_daemon_told_to_stop_has_recorded_all_and_a_replay_gives_its_rows(tmp_path: Path) -> None:
    live, again = tmp_path / "live", tmp_path / "again"
    async with (
        simulated_day(tmp_path, starts_from_now(6, -60, 20)) as source,
        running_daemon(source, live, tmp_path / "log", **RECORDING) as daemon,
    ):
        await daemon.watches(6)
        await looks(live, 6)
        assert await daemon.stop() == 0
    assert len([one for one in kept(live / "recordings") if "/events/" in one.path]) == looks_of(live)
    ended = await raceday("replay", str(live / "recordings"), "--json", RACEDAY_DATA_DIR=str(again))
    assert ended.status == 0, ended.err
    assert without_jobs(again) == without_jobs(live)


async def test_a_daemon_that_is_killed_leaves_every_file_readable_and_lacks_its_last_answers_at_most(
    tmp_path: Path,
) -> None:
    live = tmp_path / "live"
    async with simulated_day(tmp_path, starts_from_now(6, -60, 20)) as source:
        for more in (3, 1, 2):
            async with running_daemon(source, live, tmp_path / "log", **RECORDING) as daemon:
                await looks(live, more)
                daemon.process.kill()
                await daemon.end()
    recorded = [one for one in kept(live / "recordings") if "/events/" in one.path]
    assert looks_of(live) - 3 * 6 <= len(recorded)
    assert len([file for file in files_of(live / "recordings") if file.suffix == ".part"]) <= 3


async def test_a_daemon_that_cannot_record_says_so_once_and_polls_on(tmp_path: Path) -> None:
    live = tmp_path / "live"
    live.mkdir()
    (live / "recordings").write_text("a file where the folder should be")
    async with (
        simulated_day(tmp_path, starts_from_now(6, -60, 20)) as source,
        running_daemon(source, live, tmp_path / "log", **RECORDING) as daemon,
    ):
        await daemon.watches(6)
        assert await daemon.stop() == 0
        told = [line for line in daemon.log if line["action"].startswith("recording")]
    assert looks_of(live) >= 6
    assert [(line["action"], line["level"]) for line in told] == [("recording_failed", "ERROR")]
    assert "Not a directory" in told[0]["message"] or "File exists" in told[0]["message"]


async def test_an_old_day_goes_when_the_daemon_starts(tmp_path: Path) -> None:
    old = tmp_path / "live" / "recordings" / "2025-07-17"
    old.mkdir(parents=True)
    async with (
        simulated_day(tmp_path, starts_from_now(1, 600, 20)) as source,
        running_daemon(source, tmp_path / "live", tmp_path / "log") as daemon,
    ):
        await daemon.watches(1)
        assert not old.exists()
        assert await daemon.stop() == 0
