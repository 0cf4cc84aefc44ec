"""The version of the tables in a database, and what has to be done to those of an earlier one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.model.appwrite_errors import AppwriteMissingError, AppwriteSchemaError, RowMissingError
from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.schema import SCHEMA_VERSION

ROW_ID: Final = "schema-version"


@dataclass(frozen=True, slots=True)
class Migration:
    """What makes tables of the version before into those of `version`, beyond what a comparison can tell.

    A new column needs none: it is found missing and made. `work` may be cut off anywhere and is done again then.
    """

    version: int
    what: str
    work: Callable[[Patient], Awaitable[None]] | None = None


MIGRATIONS: Final = (Migration(1, "the tables as they are declared"),)
VERSION: Final = MIGRATIONS[-1].version


async def read_version(appwrite: Patient) -> int | None:
    """Give the version that a database was set up for; None where no setup has come to its end there.

    Raises AppwriteSchemaError where the row holds no number.
    """
    from appwrite.models.row import Row

    try:
        row: Row[dict[str, Any]] = await appwrite.ask(
            lambda tables: tables.get_row(appwrite.database_id, SCHEMA_VERSION.name, ROW_ID)
        )
    except RowMissingError:
        return None
    except AppwriteMissingError:
        return None
    version = str(row.data.get("version"))
    if not (version.isascii() and version.isdigit()):
        raise AppwriteSchemaError(
            f"schema-version holds {version!r}, which is no version: correct it, or remove the row"
        )
    return int(version)


def refuse_newer(version: int | None) -> None:
    """Raise AppwriteSchemaError for tables of a version that this program does not know."""
    if version is not None and version > VERSION:
        raise AppwriteSchemaError(
            f"the tables in Appwrite are of version {version}, and this program knows {VERSION} at most: update it"
        )


async def migrate(appwrite: Patient, version: int | None) -> list[str]:
    """Do what leads from a version to the present one; give what was done. Without one, nothing is to migrate."""
    done = []
    for migration in MIGRATIONS:
        if version is not None and migration.version > version and migration.work is not None:
            await migration.work(appwrite)
            done.append(f"version {migration.version}: {migration.what}")
    return done


async def write_version(appwrite: Patient) -> None:
    """Note in the database that its tables are of the present version."""
    row = {"version": str(VERSION), "appliedAt": instant_text(datetime.now(UTC))}
    await appwrite.ask(lambda tables: tables.upsert_row(appwrite.database_id, SCHEMA_VERSION.name, ROW_ID, row))
