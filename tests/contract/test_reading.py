"""A SQLite file read by those who only look: nothing is made or changed, whatever state the file is in."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from raceday_daemon.model.errors import StoreError
from raceday_daemon.onlooker import status_of
from raceday_daemon.store.reading import reading
from raceday_daemon.store.records import open_records
from raceday_daemon.store.working_store import open_working_store
from tests.builders import NOW

Files = dict[str, tuple[int, int]]

KILLED_WRITER = """import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("INSERT INTO facts VALUES ('from the log')")
os.kill(os.getpid(), 9)"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in WAL mode that was closed well: it lies there alone."""
    file = tmp_path / "100% of #1?.db"
    with closing(writer(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE facts (words TEXT)")
        connection.execute("INSERT INTO facts VALUES ('from the file')")
    assert os.listdir(tmp_path) == [file.name]
    return file


def writer(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None)


def facts(file: Path) -> list[str]:
    with reading(file) as connection:
        return [words for (words,) in connection.execute("SELECT words FROM facts")]


def files_beside(file: Path) -> Files:
    return {one.name: (one.stat().st_size, one.stat().st_mtime_ns) for one in file.parent.iterdir()}


def kill_a_writer_of(file: Path) -> None:
    assert subprocess.run([sys.executable, "-c", KILLED_WRITER, str(file)]).returncode == -9


def test_a_file_that_was_closed_well_stays_alone(file: Path) -> None:
    before = files_beside(file)
    assert facts(file) == ["from the file"]
    assert files_beside(file) == before


def test_what_a_killed_process_left_in_the_log_is_read_and_left_there(file: Path) -> None:
    kill_a_writer_of(file)
    before = files_beside(file)
    assert len(before) == 3
    assert facts(file) == ["from the file", "from the log"]
    assert files_beside(file) == before


def test_a_log_without_its_index_is_read_too(file: Path) -> None:
    kill_a_writer_of(file)
    file.with_name(f"{file.name}-shm").unlink()
    assert facts(file) == ["from the file", "from the log"]


def test_a_file_that_is_being_written_is_read_as_it_stands_and_its_writer_does_not_wait(file: Path) -> None:
    with closing(writer(file)) as connection:
        connection.execute("INSERT INTO facts VALUES ('committed')")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO facts VALUES ('not yet')")
        with reading(file) as looker:
            seen = looker.execute("SELECT words FROM facts").fetchall()
            connection.execute("COMMIT")
            assert looker.execute("SELECT words FROM facts").fetchall() == seen == [("from the file",), ("committed",)]
        assert facts(file) == ["from the file", "committed", "not yet"]


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"), reading(tmp_path / "none.db"):
        pass
    assert os.listdir(tmp_path) == []


def test_nothing_can_be_written_through_it(file: Path) -> None:
    with pytest.raises(StoreError, match="readonly database"), reading(file) as connection:
        connection.execute("INSERT INTO facts VALUES ('mine')")


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "words.db").write_text("no database at all, " * 100)
    with pytest.raises(StoreError, match="file is not a database"), reading(tmp_path / "words.db"):
        pass


async def test_a_folder_of_an_older_version_is_told_as_one(tmp_path: Path) -> None:
    await (await open_working_store(tmp_path)).close()
    await (await open_records(tmp_path)).close()
    with closing(sqlite3.connect(tmp_path / "ops.db")) as older:
        older.execute("DROP TABLE alert_passes")
    told = status_of(tmp_path, NOW)
    assert told.trouble is not None
    assert told.trouble.endswith(
        f"{tmp_path}: cannot be read (no such table: alert_passes); an older version wrote it, and"
        " `raceday-daemon run` brings it up to date"
    )
