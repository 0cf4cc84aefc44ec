"""What a daemon does about the tables when it starts, and later where Appwrite was away then."""

import asyncio
from typing import Final

from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.setup.key_scopes import refuse_without_writing
from raceday_daemon.appwrite.setup.record import SetupRecord
from raceday_daemon.appwrite.setup.setup import set_up
from raceday_daemon.appwrite.setup.version import VERSION, read_version, refuse_newer
from raceday_daemon.model.appwrite_errors import (
    AppwriteAwayError,
    AppwriteError,
    AppwriteKeyError,
    AppwriteMisfitError,
    AppwriteMissingError,
    AppwriteSchemaError,
    AppwriteTimeoutError,
)
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.progress import Progress

FIRST_ANSWER_SECONDS: Final = 5.0
"""A daemon that starts waits no longer for Appwrite: it has races to poll."""
SETUP_SECONDS: Final = 60.0
"""Nor longer for a whole setup; what is left of it is done beside the polling."""
AGAIN_SECONDS: Final = 30.0


class OwnTables:
    """The tables that this process writes: looked for when it begins, and on and on while Appwrite is away."""

    def __init__(self, appwrite: Appwrite, record: SetupRecord, read_role: str, progress: Progress) -> None:
        """Ask nothing yet."""
        self._appwrite = appwrite
        self._record = record
        self._read_role = read_role
        self._progress = progress
        self._is_sure = False
        self._told = ""

    async def begin(self, *, tries_writing: bool = False) -> None:
        """Look for them, and make them in an empty database; that Appwrite is away is told, and no error.

        `tries_writing` looks too whether the key may write: two requests more. Raises as `ensure_schema` what only a
        person can mend.
        """
        try:
            async with asyncio.timeout(SETUP_SECONDS):
                await self._ensure()
                if tries_writing:
                    await refuse_without_writing(self._appwrite)
        except (AppwriteAwayError, AppwriteMisfitError) as error:
            self._tell(error)
        except TimeoutError:
            self._tell(AppwriteTimeoutError(f"the tables are not made after {SETUP_SECONDS:g} s, that goes on"))

    async def go_on(self) -> None:
        """Try again until they are there; by now the polling goes on whatever Appwrite says, so that all is told."""
        while not self._is_sure:
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                await self._ensure()
            except (AppwriteError, StoreError) as error:
                self._tell(error)

    async def _ensure(self) -> None:
        await ensure_schema(self._appwrite, self._record, self._read_role, self._progress)
        self._is_sure = True
        if self._told:
            logger.info("Appwrite: the tables are there", action="tables_ready")

    def _tell(self, error: AppwriteError | StoreError) -> None:
        words = str(error)
        logger.log(
            "DEBUG" if words == self._told else "WARNING" if error.retryable else "ERROR",
            "Appwrite: {error}; rows wait here until the tables are found",
            action="appwrite_away",
            kind=error.kind,
            error=words,
        )
        self._told = words


async def ensure_schema(appwrite: Appwrite, record: SetupRecord, read_role: str, progress: Progress) -> None:
    """Make sure that rows can be written: one question where a setup has come to its end.

    Sets an empty database up, and goes on with a setup that this machine began. Raises AppwriteSchemaError, which says
    `raceday-daemon setup`, where that is not enough; else as `Appwrite.ask`.
    """
    try:
        async with asyncio.timeout(FIRST_ANSWER_SECONDS):
            # Asked once: that it is away is for the daemon to know at once.
            version = await read_version(Patient(appwrite, attempts=1))
    except TimeoutError as error:
        raise AppwriteTimeoutError(f"Appwrite has not answered within {FIRST_ANSWER_SECONDS:g} s") from error
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
    except AppwriteMissingError:
        return False
    return bool(found.tables)
