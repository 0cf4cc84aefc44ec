"""A backup: one moment's state of both files, whole or not there, beside a writer, and nothing else is touched."""

import json
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from raceday_daemon.backups.taking import refuse_target
from raceday_daemon.model.errors import FileRefusedError, LeaseHeldError, NewerStoreError, StoreError
from raceday_daemon.ops.stoppable import CutOffError, Stopping
from raceday_daemon.ops.whole_file import whole_file
from raceday_daemon.store.letting_go import IN_DOUBT
from tests.builders import race
from tests.copied_folders import FILES, execute, filled, left_in, taken
from tests.workbench import dump, rows

THEN = "2025-07-17T00:00:00.000Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return filled(tmp_path / "data")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "raceday.tar.gz"


def unpacked(target: Path) -> Path:
    """Unpack it as anybody would, without the program."""
    with tarfile.open(target) as tar:
        tar.extractall(target.parent / "by hand", filter="data")
    return target.parent / "by hand"


def all_rows(folder: Path) -> dict[str, object]:
    return {file: dump(folder / file) for file in FILES}


def test_plain_tar_gives_both_files_row_by_row_and_the_folder_is_as_before(folder: Path, target: Path) -> None:
    before, files = all_rows(folder), {one.name: one.read_bytes() for one in folder.iterdir()}
    made = taken(folder, target)
    copy = unpacked(target)
    assert left_in(copy) == {"backup.json", *FILES}
    assert all_rows(copy) == before
    assert [rows(copy / file, "PRAGMA integrity_check") for file in FILES] == [[("ok",)], [("ok",)]]
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == files
    assert left_in(target.parent) == {target.name, "by hand"}
    assert target.stat().st_mode & 0o777 == 0o600
    assert made.size_bytes == target.stat().st_size


@pytest.mark.parametrize("name", [*FILES, "simulated", "backup.json"])
def test_it_may_have_any_name_that_of_what_it_holds_too(folder: Path, target: Path, name: str) -> None:
    (folder / "simulated").touch()
    before = all_rows(folder)
    taken(folder, target.with_name(name))
    assert left_in(target.parent) == {name}
    assert all_rows(unpacked(target.with_name(name))) == before


def test_it_says_what_it_holds_and_until_when(folder: Path, target: Path) -> None:
    manifest = taken(folder, target).manifest
    assert json.loads((unpacked(target) / "backup.json").read_text()) == manifest.model_dump(mode="json")
    assert (manifest.days, manifest.first_day, manifest.last_day) == (1, "2025-07-17", "2025-07-17")
    assert manifest.until == "2025-07-17T00:40:02.000Z", "the newest record's"
    assert (manifest.version, manifest.is_demo, manifest.target, manifest.waiting) == ("0.1.0", False, None, 0)
    assert manifest.files["raceday.db"].rows["entrants"] == 2
    assert manifest.files["ops.db"].rows["polls"] == 1
    assert manifest.files["raceday.db"].layout == rows(folder / "raceday.db", "PRAGMA user_version")[0][0]


def test_the_newest_answer_counts_where_its_record_is_not_written_yet(folder: Path, target: Path) -> None:
    execute(folder / "raceday.db", "UPDATE looks SET eventTime = '2025-07-17T01:00:00.000Z'")
    assert taken(folder, target).manifest.until == "2025-07-17T01:00:00.000Z"


def test_a_demos_backup_keeps_its_mark(folder: Path, target: Path) -> None:
    (folder / "simulated").write_text("")
    assert taken(folder, target).manifest.is_demo
    assert (unpacked(target) / "simulated").exists()


@pytest.mark.parametrize("is_open", [True, False])
def test_what_is_written_while_it_is_taken_is_not_in_it_and_begins_nothing_anew(
    folder: Path, target: Path, is_open: bool
) -> None:
    with closing(sqlite3.connect(folder / "raceday.db", isolation_level=None)) as writer:
        if is_open:
            # The file has a log then, in which the newest rows are.
            writer.execute("UPDATE races SET name = 'in the log'")
        writer.execute("CREATE TABLE bulk (id INTEGER PRIMARY KEY, x TEXT)")
        writer.execute("BEGIN")
        writer.executemany("INSERT INTO bulk VALUES (NULL, ?)", [("x" * 1_000,)] * 6_000)
        writer.execute("COMMIT")
        before = dump(folder / "raceday.db")
        sizes: list[int] = []

        def begin(_total: int) -> Callable[[int], None]:
            def step(done: int) -> None:
                sizes.append(done)
                if len(sizes) < 6:
                    writer.execute("UPDATE races SET name = ?", (f"after {len(sizes)}",))

            return step

        size = (folder / "raceday.db").stat().st_size
        taken(folder, target, begin)
    assert dump(unpacked(target) / "raceday.db") == before
    assert sum(sizes) < 3 * (size + 8_000_000), "each page is copied, looked through and packed once"
    assert rows(folder / "raceday.db", "SELECT name FROM races") == [("after 5",)]


def test_the_copy_lets_go_of_leases_and_doubts_what_waited_and_the_original_does_not(
    folder: Path, target: Path
) -> None:
    store = folder / "raceday.db"
    execute(store, "UPDATE outbox_facts SET target = 'there'")
    for table, row, refused in (
        ("races", "race-1", None),
        ("odds-history", "point-1", None),
        ("notifications", "told-1", None),
        ("entrants", "e1", THEN),
    ):
        reason = "because" if refused else None
        execute(store, f"INSERT INTO outbox VALUES (?, ?, 'market', 1, 0, '{THEN}', ?, ?)", table, row, refused, reason)
    lease = f"INSERT INTO leases VALUES ('l.1', 'l', 1, 'run', 'host/1', '{THEN}', '{THEN}', '{THEN}', 'held', NULL)"
    execute(store, lease)
    for lease_id, held_from in (("own", "8:1234"), ("another's", None)):
        sighting = f"INSERT INTO sightings VALUES (?, 'there', 1, 'run', 'host/1', '{THEN}', '{THEN}', 'held', ?)"
        execute(store, sighting, lease_id, held_from)
    delivery = f"INSERT INTO deliveries VALUES (NULL, ?, 'webhook', '{THEN}', NULL, 0, 0, ?, NULL, NULL)"
    execute(store, delivery, "told-1", "waiting")
    execute(store, delivery, "told-2", "sent")
    before = dump(store)
    manifest = taken(folder, target).manifest
    copy = unpacked(target) / "raceday.db"

    assert dump(store) == before
    assert rows(copy, "SELECT status FROM leases") == [("released",)]
    assert rows(copy, "SELECT leaseId FROM sightings") == [("another's",)]
    assert dict(rows(copy, "SELECT rowId, reason FROM outbox")) == {
        "race-1": IN_DOUBT,
        "told-1": IN_DOUBT,
        "point-1": None,
        "e1": "because",
    }
    assert rows(copy, "SELECT notificationId, inDoubt FROM deliveries") == [("told-1", 1), ("told-2", 0)]
    assert (manifest.target, manifest.waiting) == ("there", 3)


def test_a_file_of_an_older_layout_is_copied_as_it_is(folder: Path, target: Path) -> None:
    store = folder / "raceday.db"
    for table in ("outbox", "outbox_facts", "sightings", "deliveries"):
        execute(store, f"DROP TABLE {table}")
    execute(store, "PRAGMA user_version = 1")
    manifest = taken(folder, target).manifest
    assert (manifest.files["raceday.db"].layout, manifest.target) == (1, None)
    assert dump(unpacked(target) / "raceday.db") == dump(store)


@pytest.mark.parametrize(
    ("version", "error", "words"), [(99, NewerStoreError, "newer"), (0, StoreError, "holds nothing yet")]
)
def test_a_file_of_a_layout_that_is_not_known_is_refused(
    folder: Path, target: Path, version: int, error: type[Exception], words: str
) -> None:
    execute(folder / "ops.db", f"PRAGMA user_version = {version}")
    with pytest.raises(error, match=words):
        taken(folder, target)
    assert left_in(target.parent) == set()


@pytest.mark.parametrize("file", FILES)
def test_a_folder_that_lacks_a_file_is_refused(folder: Path, target: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(StoreError, match=f"there is no {file}"):
        taken(folder, target)
    assert left_in(target.parent) == set()


@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_makes_no_backup(folder: Path, target: Path, file: str) -> None:
    with (folder / file).open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xff" * 100)
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        taken(folder, target)
    assert left_in(target.parent) == set()


def test_places_that_take_no_backup_are_each_refused_in_a_sentence(folder: Path, target: Path) -> None:
    target.write_text("what was there")
    link = target.parent / "link"
    link.symlink_to(folder / "raceday.db")
    for place, replace, words in (
        (target, False, "--force"),
        (target.parent, True, "is a folder"),
        (target.parent / "no" / "where.tar.gz", True, "there is no folder"),
        (Path("/dev/null"), True, "no plain file"),
        (folder / "raceday.db", True, "among the files"),
        (folder / "ops.db-wal", True, "among the files"),
        (folder / "daemon.lock", True, "among the files"),
        (link, True, "is a database"),
    ):
        with pytest.raises(FileRefusedError, match=words):
            refuse_target(folder, place, replace=replace)
    refuse_target(folder, target, replace=True)
    refuse_target(folder, folder / "raceday.tar.gz", replace=False)


def test_one_that_is_told_to_stop_leaves_nothing_and_the_one_before_as_it_was(folder: Path, target: Path) -> None:
    target.write_text("the one before")
    for stop_at in range(6):
        stopping, steps = Stopping(), iter(range(stop_at))

        def begin(_total: int, stopping: Stopping = stopping, steps: object = steps) -> Callable[[int], None]:
            def step(_done: int) -> None:
                if next(steps, None) is None:  # type: ignore[call-overload]
                    stopping.wish()

            return step

        with pytest.raises(CutOffError):
            taken(folder, target, begin, stopping)
        assert (left_in(target.parent), target.read_text()) == ({target.name}, "the one before")


def test_without_room_nothing_is_begun(folder: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    little = os.statvfs(folder).f_bsize
    monkeypatch.setattr("raceday_daemon.backups.taking.disk_usage", lambda _: type("Usage", (), {"free": little}))
    with pytest.raises(FileRefusedError, match=r"needs [0-9,]+ MB .* 1 MB are free"):
        taken(folder, target)
    assert left_in(target.parent) == set()


def test_what_a_killed_one_left_goes_with_the_next_and_two_at_once_are_told_apart(folder: Path, target: Path) -> None:
    workshop = target.parent / ".raceday-backup.partial"
    (workshop / "inside").mkdir(parents=True)
    (workshop / "raceday.db").write_bytes(b"half of it")
    with whole_file(target, workshop.name) as own:
        assert list(own.iterdir()) == []
        with pytest.raises(LeaseHeldError, match="another process"):
            taken(folder, target)
        (own / target.name).write_text("the first one")
    assert (target.read_text(), left_in(target.parent)) == ("the first one", {target.name})
    taken(folder, target)
    assert left_in(target.parent) == {target.name}


def test_races_of_many_days_are_counted(tmp_path: Path, target: Path) -> None:
    days = ("2025-07-16", "2025-07-17", "2025-07-20")
    folder = filled(tmp_path / "more", *(race(race_id=f"r{day}", race_date_nz=day) for day in days))
    manifest = taken(folder, target).manifest
    assert (manifest.days, manifest.first_day, manifest.last_day) == (3, "2025-07-16", "2025-07-20")
