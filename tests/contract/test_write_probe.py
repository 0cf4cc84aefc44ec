"""Whether the data folder takes writes: a real folder and file, with each thing that can be in the way."""

import asyncio
import os
import resource
import subprocess
from pathlib import Path

from raceday_daemon.store.working_store import open_working_store
from raceday_daemon.store.write_probe import WriteProbe
from tests.workbench import dump

LOOK = """
import asyncio, sys
from pathlib import Path
from raceday_daemon.store.working_store import open_working_store
from raceday_daemon.store.write_probe import WriteProbe

async def look(folder):
    store = await open_working_store(folder)
    folder.chmod(0o555)
    print(await WriteProbe(store, folder).fault())
    folder.chmod(0o755)
    await store.close()

asyncio.run(look(Path(sys.argv[1])))
"""


async def fault(folder: Path) -> str | None:
    store = await open_working_store(folder)
    try:
        return await WriteProbe(store, folder).fault()
    finally:
        await store.close()


async def test_a_folder_that_takes_writes_has_no_fault_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    assert await fault(tmp_path) is None
    assert os.listdir(tmp_path) == ["raceday.db"]


def test_a_folder_that_may_only_be_read_is_told(tmp_path: Path, no_root: tuple[str, ...]) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    told = subprocess.run([*no_root, "-c", LOOK, folder], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == f"{folder}: no file can be written (Permission denied)"


async def test_a_disk_without_room_is_told(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    store = await open_working_store(tmp_path)
    try:
        # No file may grow, which is what a full disk comes to; the store says so first, then the folder.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        told = await WriteProbe(store, tmp_path).fault()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        await store.close()
    assert told in (f"{tmp_path}/raceday.db: disk I/O error", f"{tmp_path}/raceday.db: database or disk is full")


async def test_a_place_for_no_file_is_told_although_the_store_takes_writes(tmp_path: Path) -> None:
    (tmp_path / "write.probe").mkdir()
    assert await fault(tmp_path) == f"{tmp_path}: no file can be written (Is a directory)"


async def test_a_write_that_is_not_done_is_said_and_not_begun_again_beside_itself(tmp_path: Path) -> None:
    store = await open_working_store(tmp_path)
    may_go_on = asyncio.Event()
    loop = asyncio.get_running_loop()
    holding = asyncio.create_task(
        store.transaction(lambda _: asyncio.run_coroutine_threadsafe(may_go_on.wait(), loop).result() and None)
    )
    probe = WriteProbe(store, tmp_path, now=lambda: 100.0, longest_seconds=0.05)
    assert [await probe.fault() for _ in range(3)] == ["a write has taken 0 s and is not done"] * 3
    may_go_on.set()
    await holding
    probe.longest_seconds = 30
    assert await probe.fault() is None
    await store.close()


async def test_a_write_changes_nothing_that_is_stored(tmp_path: Path) -> None:
    assert await fault(tmp_path) is None
    before = dump(tmp_path / "raceday.db")
    assert await fault(tmp_path) is None
    assert dump(tmp_path / "raceday.db") == before
