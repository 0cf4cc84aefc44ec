"""The command that sets the tables in Appwrite up: the way there, the record, the progress bar."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from raceday_daemon.settings import Settings

if TYPE_CHECKING:
    from raceday_daemon.appwrite.connection import Appwrite
    from raceday_daemon.appwrite.setup.record import SetupRecord
    from raceday_daemon.appwrite.setup.report import SetupReport
    from raceday_daemon.appwrite.setup.rollback import RolledBack


async def set_up_tables(settings: Settings) -> "SetupReport":
    """Make and mend the tables; raises as `set_up`."""
    from raceday_daemon.appwrite.patience import Patient
    from raceday_daemon.appwrite.setup.setup import set_up
    from raceday_daemon.terminal import job_progress

    progress = job_progress(settings.log_format_on(sys.stderr))
    try:
        async with open_the_database(settings) as appwrite:
            return await set_up(Patient(appwrite), setup_record(settings), settings.raceday_read_role, progress)
    finally:
        progress.close()


async def check_tables(settings: Settings) -> "SetupReport":
    """Compare the tables with the declared ones, and change nothing; raises as `check`."""
    from raceday_daemon.appwrite.patience import Patient
    from raceday_daemon.appwrite.setup.setup import check

    async with open_the_database(settings) as appwrite:
        return await check(Patient(appwrite), settings.raceday_read_role)


async def roll_tables_back(settings: Settings) -> "RolledBack":
    """Take back what the last unfinished setup made, as far as it is empty; raises as `Appwrite.ask`."""
    from raceday_daemon.appwrite.patience import Patient
    from raceday_daemon.appwrite.setup.rollback import roll_back

    async with open_the_database(settings) as appwrite:
        return await roll_back(Patient(appwrite), setup_record(settings))


@asynccontextmanager
async def open_the_database(settings: Settings) -> "AsyncIterator[Appwrite]":
    """Open the way to the database that the settings name; nothing is asked yet."""
    from raceday_daemon.appwrite.connection import open_appwrite

    endpoint, project, key, database = _named(settings)
    async with open_appwrite(endpoint, project, key, database) as appwrite:
        yield appwrite


def setup_record(settings: Settings) -> "SetupRecord":
    """Give the progress record of the database that the settings name."""
    from raceday_daemon.appwrite.setup.record import Place, SetupRecord

    endpoint, project, _, database = _named(settings)
    return SetupRecord(settings.raceday_data_dir, Place(endpoint, project, database))


def _named(settings: Settings) -> tuple[str, str, str, str]:
    key = settings.appwrite_api_key
    if settings.appwrite_endpoint is None or settings.appwrite_project_id is None or key is None:
        raise ValueError("the settings of Appwrite were not judged")
    endpoint = settings.appwrite_endpoint.rstrip("/")
    return endpoint, settings.appwrite_project_id, key.get_secret_value(), settings.appwrite_database_id
