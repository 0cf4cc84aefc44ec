"""The command that sets the tables in Appwrite up: the way there, the record, the progress bar."""

import sys
from typing import TYPE_CHECKING

from raceday_daemon.onward import open_the_database, setup_record
from raceday_daemon.settings import Settings

if TYPE_CHECKING:
    from raceday_daemon.appwrite.setup.report import SetupReport
    from raceday_daemon.appwrite.setup.rollback import RolledBack


async def set_up_tables(settings: Settings) -> "SetupReport":
    """Make and mend the tables; raises as `set_up`."""
    from raceday_daemon.appwrite.patience import Patient
    from raceday_daemon.appwrite.setup.setup import set_up
    from raceday_daemon.views.progress import job_progress

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
