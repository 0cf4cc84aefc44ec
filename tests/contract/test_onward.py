"""The way to Appwrite as the daemon takes it: at its end nothing keeps it from ending well."""

import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

from raceday_daemon.assembly import open_files
from raceday_daemon.onward import open_onward
from raceday_daemon.settings import Settings
from raceday_daemon.store.working_store import FILE_NAME
from tests.appwrite_servers import AppwriteServer
from tests.contract.test_targets import Lines, lines

__all__ = ["lines"]


async def test_a_file_that_is_locked_at_the_end_is_told_and_ends_nothing_badly(
    appwrite_server: AppwriteServer, tmp_path: Path, lines: Lines
) -> None:
    settings = Settings(
        raceday_data_dir=tmp_path,
        appwrite_endpoint=appwrite_server.endpoint,
        appwrite_project_id=appwrite_server.project,
        appwrite_api_key=appwrite_server.key,
        appwrite_database_id=appwrite_server.database,
    )
    async with AsyncExitStack() as parts:
        onward = await open_onward(parts, settings, await open_files(parts, settings))
        assert onward is not None
        with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await onward.end(1)
    (told,) = [line for line in lines if line[1] == "rows_waiting"]
    assert told[0] == "WARNING"
    assert told[2]["error"] == f"{tmp_path / FILE_NAME}: database is locked"
