"""What a daemon does about the tables when it starts."""

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.setup.builder import Progress
from raceday_daemon.appwrite.setup.record import SetupRecord
from raceday_daemon.appwrite.setup.setup import set_up
from raceday_daemon.appwrite.setup.version import VERSION, read_version, refuse_newer
from raceday_daemon.model.errors import (
    AppwriteElsewhereError,
    AppwriteKeyError,
    AppwriteMissingError,
    AppwriteSchemaError,
)


async def ensure_schema(appwrite: Appwrite, record: SetupRecord, read_role: str, progress: Progress) -> None:
    """Make sure that rows can be written: one question where a setup has come to its end.

    Sets an empty database up, and goes on with a setup that this machine began. Raises AppwriteSchemaError, which says
    `raceday-daemon setup`, where that is not enough; else as `Appwrite.ask`.
    """
    # Asked once: that it is away is for the daemon to know at once.
    version = await read_version(Patient(appwrite, attempts=1))
    refuse_newer(version)
    if version == VERSION:
        return
    if version is not None:
        raise AppwriteSchemaError(
            f"the tables in Appwrite are of version {version}, {VERSION} is needed: run `raceday-daemon setup`"
        )
    patient = Patient(appwrite)
    try:
        if not record.is_unfinished and await _has_tables(patient):
            raise AppwriteSchemaError(
                f"the database {appwrite.database_id} has tables, but not, or not all of, those that are needed:"
                " run `raceday-daemon setup`"
            )
        report = await set_up(patient, record, read_role, progress)
    except AppwriteKeyError as error:
        raise AppwriteSchemaError(
            f"the tables in Appwrite are missing, and the API key may not make them ({error}):"
            " run `raceday-daemon setup` with a key that may"
        ) from error
    if not report.is_usable:
        raise AppwriteSchemaError(f"{report.differences[0]}: run `raceday-daemon setup`, which says more")


async def _has_tables(appwrite: Patient) -> bool:
    from appwrite.query import Query

    try:
        found = await appwrite.ask(lambda tables: tables.list_tables(appwrite.database_id, [Query.limit(1)]))
    except AppwriteElsewhereError:
        raise
    except AppwriteMissingError:
        return False
    return bool(found.tables)
