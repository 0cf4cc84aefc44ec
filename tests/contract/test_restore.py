"""A backup put back: all of it or nothing, never over anything, and whatever the file may be made of."""

import gzip
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.model.errors import FileRefusedError, LeaseHeldError, NewerStoreError, StoreError
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.stoppable import CutOffError, Stopping
from raceday_daemon.store.working_store import RESTORING, open_working_store
from tests.copied_folders import FILES, execute, filled, left_in, restored, taken
from tests.workbench import dump

Member = tuple[str, bytes, dict[str, Any]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("original") / "data")


@pytest.fixture(scope="module")
def backup(original: Path) -> Path:
    taken(original, original.parent / "raceday.tar.gz")
    return original.parent / "raceday.tar.gz"


@pytest.fixture(scope="module")
def demos_backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = filled(tmp_path_factory.mktemp("demo") / "data")
    (folder / "simulated").write_text("")
    taken(folder, folder.parent / "demo.tar.gz")
    return folder.parent / "demo.tar.gz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "restored"


def test_it_is_all_there_again_in_a_folder_that_was_not(original: Path, backup: Path, folder: Path) -> None:
    manifest = restored(folder, backup)
    assert {file: dump(folder / file) for file in FILES} == {file: dump(original / file) for file in FILES}
    assert left_in(folder) == set(FILES)
    assert (manifest.first_day, manifest.rows) == ("2025-07-17", sum(map(rows_in, (original / one for one in FILES))))


def rows_in(file: Path) -> int:
    return sum(map(len, dump(file).values())) - len(dump(file).get("sqlite_stat1", []))


async def test_the_daemons_parts_open_it(backup: Path, folder: Path) -> None:
    restored(folder, backup)
    store = await open_working_store(folder)
    await store.close()
    assert dump(folder / "raceday.db")["races"]


def test_recordings_may_be_there_before(backup: Path, folder: Path) -> None:
    (folder / "recordings" / "2025-07-17").mkdir(parents=True)
    restored(folder, backup)
    assert left_in(folder) == {*FILES, "recordings"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_restores_belongs_to_whom_the_folder_does(backup: Path, folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, 12345, 54321)
    restored(folder, backup)
    assert {((folder / one).stat().st_uid, (folder / one).stat().st_gid) for one in FILES} == {(12345, 54321)}


@pytest.mark.parametrize("name", [*FILES, "raceday.db-wal", "ops.db-journal"])
def test_no_files_place_is_taken(backup: Path, folder: Path, name: str) -> None:
    folder.mkdir()
    (folder / name).write_text("what was there")
    with pytest.raises(FileRefusedError, match=f"{name} is there"):
        restored(folder, backup)
    assert left_in(folder) == {name}
    assert (folder / name).read_text() == "what was there"


def test_a_folder_that_a_daemon_has_is_refused(backup: Path, folder: Path) -> None:
    with hold_folder(folder, "noon"), pytest.raises(LeaseHeldError, match="since noon"):
        restored(folder, backup)
    assert left_in(folder) == set()


def test_a_demos_backup_stays_a_demos(demos_backup: Path, folder: Path) -> None:
    assert restored(folder, demos_backup).is_demo
    assert left_in(folder) == {*FILES, "simulated"}


def test_a_demos_backup_goes_nowhere_else_and_nothing_real_into_a_demos_folder(
    backup: Path, demos_backup: Path, folder: Path
) -> None:
    (folder / "recordings").mkdir(parents=True)
    with pytest.raises(FileRefusedError, match="the backup is a demo's"):
        restored(folder, demos_backup)
    (folder / "simulated").write_text("")
    with pytest.raises(FileRefusedError, match="is a demo's, and the backup is of real races"):
        restored(folder, backup)
    assert left_in(folder) == {"recordings", "simulated"}


def test_without_room_nothing_is_begun(backup: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1024})
    monkeypatch.setattr("raceday_daemon.backups.restoring.shutil.disk_usage", lambda _: usage)
    with pytest.raises(FileRefusedError, match="1 MB are needed"):
        restored(folder, backup)
    assert left_in(folder) == set()


def test_one_that_is_told_to_stop_leaves_nothing(backup: Path, folder: Path) -> None:
    stopping = Stopping()

    def begin(_total: int) -> Callable[[int], None]:
        return lambda _done: stopping.wish()

    with pytest.raises(CutOffError):
        restored(folder, backup, begin, stopping)
    assert left_in(folder) == set()


def members_of(backup: Path) -> list[Member]:
    with tarfile.open(backup) as tar:
        return [(one.name, tar.extractfile(one).read(), {}) for one in tar]  # type: ignore[union-attr]


def packed(target: Path, members: Iterable[Member], form: int = tarfile.GNU_FORMAT) -> Path:
    with tarfile.open(target, "w:gz", format=form) as tar:
        for name, content, changes in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            for attribute, value in changes.items():
                setattr(member, attribute, value)
            tar.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return target


def told_otherwise(members: list[Member], **changes: Any) -> list[Member]:
    (name, content, _), *rest = members
    return [(name, json.dumps(json.loads(content) | changes).encode(), {}), *rest]


def hostile(members: list[Member]) -> dict[str, list[Member]]:
    """Give archives that anybody could make, by what is wrong with them."""
    manifest, ops, store = members
    facts = json.loads(manifest[1])
    inside = facts["files"]["ops.db"]
    spoiled = ops[1][:5_000] + b"?" + ops[1][5_001:]
    return {
        "way out": [manifest, ("../ops.db", ops[1], {}), store],
        "absolute": [manifest, ("/tmp/ops.db", ops[1], {}), store],
        "link": [manifest, ("ops.db", b"", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}), store],
        "hard link": [manifest, ("ops.db", b"", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"}), store],
        "device": [manifest, ("ops.db", b"", {"type": tarfile.CHRTYPE, "devmajor": 1}), store],
        "pipe": [manifest, ("ops.db", b"", {"type": tarfile.FIFOTYPE}), store],
        "sparse": [manifest, ("ops.db", ops[1], {"type": tarfile.GNUTYPE_SPARSE}), store],
        "longer": [manifest, ("ops.db", ops[1] + b"\0", {}), store],
        "shorter": [manifest, ("ops.db", ops[1][:-512], {}), store],
        "other bytes": [manifest, ("ops.db", spoiled, {}), store],
        "twice": [manifest, ops, ops, store],
        "other order": [manifest, store, ops],
        "one is lacking": [manifest, ops],
        "something besides": [*members, ("more.txt", b"x" * 30_000, {})],
        "mark of a demo": [*members, ("simulated", b"", {})],
        "no manifest": [ops, store],
        "long manifest": [("backup.json", manifest[1] + b" " * 70_000, {}), ops, store],
        "manifest of no JSON": [("backup.json", b"{", {}), ops, store],
        "deep manifest": [("backup.json", b"[" * 60_000, {}), ops, store],
        "no such file in it": told_otherwise(members, files={"../ops.db": inside}),
        "a size below nothing": told_otherwise(members, files=facts["files"] | {"ops.db": inside | {"bytes": -1}}),
        "a size beyond all": told_otherwise(members, files=facts["files"] | {"ops.db": inside | {"bytes": 2**70}}),
        "another layout": told_otherwise(members, files=facts["files"] | {"ops.db": inside | {"layout": 1}}),
        "a later format": told_otherwise(members, format=2),
    }


NAMES = tuple(
    hostile([("backup.json", b'{"files": {"ops.db": {}}}', {}), ("ops.db", b"", {}), ("raceday.db", b"", {})])
)


@pytest.mark.parametrize("name", NAMES)
def test_an_archive_of_another_make_is_refused_and_leaves_nothing(backup: Path, tmp_path: Path, name: str) -> None:
    file, folder = packed(tmp_path / "hostile.tar.gz", hostile(members_of(backup))[name]), tmp_path / "restored"
    with pytest.raises((FileRefusedError, StoreError)) as refused:
        restored(folder, file)
    assert str(refused.value).startswith(f"{file if name != 'a size beyond all' else folder}")
    assert left_in(folder) == set()
    assert left_in(tmp_path) <= {"hostile.tar.gz", "restored"}


def test_long_headers_are_not_read_whatever_they_say(backup: Path, tmp_path: Path) -> None:
    members = members_of(backup)
    members[0] = ("backup.json", members[0][1], {"pax_headers": {"comment": "x" * 1_000_000}})
    with pytest.raises(FileRefusedError, match="something else"):
        restored(tmp_path / "restored", packed(tmp_path / "pax.tar.gz", members, tarfile.PAX_FORMAT))


def test_one_of_a_later_version_is_refused_by_its_name(backup: Path, tmp_path: Path) -> None:
    members = members_of(backup)
    files = json.loads(members[0][1])["files"]
    files["raceday.db"]["layout"] = 99
    file = packed(tmp_path / "later.tar.gz", told_otherwise(members, version="9.0.0\x1b[2J", files=files))
    with pytest.raises(NewerStoreError, match=r"newer raceday-daemon \(9\.0\.0\\x1b\[2J; layout 99"):
        restored(tmp_path / "restored", file)
    assert not (tmp_path / "restored").exists()


def test_a_file_cut_off_anywhere_is_refused_and_leaves_nothing(backup: Path, tmp_path: Path) -> None:
    whole, cut = backup.read_bytes(), tmp_path / "cut.tar.gz"
    for size in (0, 1, 9, 20, *(len(whole) * part // 12 for part in range(1, 12)), len(whole) - 1):
        cut.write_bytes(whole[:size])
        with pytest.raises(FileRefusedError, match=r"cut\.tar\.gz: it is (cut off|damaged)"):
            restored(tmp_path / "restored", cut)
        assert left_in(tmp_path / "restored") == set()


def is_spelled_otherwise(packed: bytes, other: bytes) -> bool:
    """Say whether both unpack to the same: a run of zeros can be repeated from one place or another."""
    try:
        return gzip.decompress(other) == gzip.decompress(packed)
    except (EOFError, OSError, zlib.error):
        return False


def test_a_spoiled_copy_is_found_wherever_it_is_spoiled(backup: Path, tmp_path: Path) -> None:
    whole, spoiled, chance = backup.read_bytes(), tmp_path / "spoiled.tar.gz", random.Random(7)
    for _ in range(30):
        # The head of a gzip file has a time and a system that nobody goes by.
        place = chance.randrange(10, len(whole))
        other = whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]
        if is_spelled_otherwise(whole, other):
            continue
        spoiled.write_bytes(other)
        with pytest.raises(FileRefusedError, match=r"spoiled\.tar\.gz: "):
            restored(tmp_path / "restored", spoiled)
        assert left_in(tmp_path / "restored") == set()


def test_what_is_no_backup_at_all_is_refused(backup: Path, original: Path, tmp_path: Path) -> None:
    text, packed_text = tmp_path / "text", tmp_path / "text.gz"
    text.write_text("hello")
    packed_text.write_bytes(gzip.compress(b"hello " * 1_000))
    for file, words in (
        (text, "no backup"),
        (packed_text, "no backup"),
        (original / "raceday.db", "no backup"),
        (tmp_path, "no such file"),
        (tmp_path / "nowhere", "no such file"),
        (Path("/dev/zero"), "no such file"),
    ):
        with pytest.raises(FileRefusedError, match=words):
            restored(tmp_path / "restored", file)
    assert not (tmp_path / "restored").exists()


def test_a_database_that_is_damaged_inside_is_found_although_it_is_the_one_that_was_packed(tmp_path: Path) -> None:
    folder = filled(tmp_path / "data")
    taken(folder, tmp_path / "good.tar.gz")
    members = members_of(tmp_path / "good.tar.gz")
    content = members[1][1][:4096] + b"\xff" * 100 + members[1][1][4196:]
    files = json.loads(members[0][1])["files"]
    files["ops.db"]["sha256"] = hashlib.sha256(content).hexdigest()
    bad = [told_otherwise(members, files=files)[0], ("ops.db", content, {}), members[2]]
    with pytest.raises(FileRefusedError, match=r"its ops\.db is damaged"):
        restored(tmp_path / "restored", packed(tmp_path / "bad.tar.gz", bad))
    assert left_in(tmp_path / "restored") == set()


async def test_killed_at_any_step_it_is_all_there_or_nothing_opens_it_and_the_next_one_ends_it(
    original: Path, backup: Path, tmp_path: Path
) -> None:
    whole = {file: dump(original / file) for file in FILES}
    endings: set[str] = set()
    for step in range(400):
        folder = tmp_path / f"killed-{step}"
        if not killed_at(step, folder, backup):
            break
        if (folder / RESTORING).exists():
            endings.add("under way" if not (folder / FILES[1]).exists() else "half moved")
            with pytest.raises(StoreError, match="a restore into it is under way, or was cut off"):
                await open_working_store(folder)
        else:
            left = left_in(folder) - {f"{RESTORING}.done"}
            endings.add("all" if left else "nothing")
            assert left in (set(), set(FILES))
        if "all" not in endings:
            restored(folder, backup)
            assert left_in(folder) == set(FILES)
        assert {file: dump(folder / file) for file in FILES} == whole
    assert endings == {"nothing", "under way", "half moved", "all"}


def killed_at(step: int, folder: Path, backup: Path) -> bool:
    """Restore in a process that is killed at its so many-th step on files; give whether it came that far."""
    pid = os.fork()
    if pid == 0:
        try:
            _die_at(step)
            restored(folder, backup)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9


def _die_at(step: int) -> None:
    counted = iter(range(step))
    on_files = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect")

    def count(event: str, _arguments: tuple[object, ...]) -> None:
        if event in on_files and next(counted, None) is None:
            os.kill(os.getpid(), 9)

    sys.addaudithook(count)


def test_the_restore_of_another_backup_that_was_cut_off_is_not_ended_by_this_one(
    original: Path, backup: Path, tmp_path: Path
) -> None:
    other, folder = tmp_path / "other.tar.gz", tmp_path / "restored"
    execute(original / "ops.db", "UPDATE polls SET bytes = 1")
    taken(original, other)
    for step in range(400):
        shutil.rmtree(folder, ignore_errors=True)
        assert killed_at(step, folder, backup)
        if (folder / "ops.db").exists():
            break
    with pytest.raises(FileRefusedError, match="the restore of another backup was cut off here"):
        restored(folder, other)
    restored(folder, backup)
    with closing(sqlite3.connect(folder / "ops.db")) as connection:
        assert connection.execute("SELECT bytes FROM polls").fetchall() == [(None,)]
