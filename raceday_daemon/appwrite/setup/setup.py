"""Setting the database up, or looking whether it is: find, compare, mend, look again."""

import asyncio
from contextlib import suppress
from typing import Final

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.setup.bands import seed_bands
from raceday_daemon.appwrite.setup.builder import Builder
from raceday_daemon.appwrite.setup.differences import Difference, differences, steps_towards
from raceday_daemon.appwrite.setup.found import find_table
from raceday_daemon.appwrite.setup.links import count_broken_links
from raceday_daemon.appwrite.setup.record import SetupRecord
from raceday_daemon.appwrite.setup.report import SetupReport
from raceday_daemon.appwrite.setup.steps import Await, ChangeColumn, ChangeTable, Step
from raceday_daemon.appwrite.setup.version import VERSION, migrate, read_version, refuse_newer, write_version
from raceday_daemon.appwrite.setup.wanted import wanted_tables
from raceday_daemon.model.appwrite_errors import AppwriteConflictError, AppwriteMissingError
from raceday_daemon.model.progress import Progress

_TITLE: Final = "RaceDay"
_ROUNDS: Final = 3


async def check(appwrite: Patient, read_role: str) -> SetupReport:
    """Compare the database with the declared tables, and count the links that lead nowhere; changes nothing."""
    version = await read_version(appwrite)
    refuse_newer(version)
    found = await _compare(appwrite, read_role)
    if version != VERSION and all(difference.harmless for difference in found):
        found.append(Difference("schema-version", f"it is {version or 'missing'}, declared is {VERSION}"))
    missing = any(difference.steps for difference in found)
    links = [] if missing else await count_broken_links(appwrite)
    return SetupReport(appwrite.database_id, differences=found, broken_links=links)


async def set_up(appwrite: Patient, record: SetupRecord, read_role: str, progress: Progress) -> SetupReport:
    """Make the database and what it lacks, mend what can be mended without loss, and look whether it is right.

    Can be stopped anywhere, and repeated: it begins with what is there. Raises AppwriteAwayError, AppwriteKeyError,
    AppwriteSchemaError (tables of a newer version) and StoreError (the record).
    """
    report = SetupReport(appwrite.database_id)
    if await _make_database(appwrite):
        report.made.append(f"database {appwrite.database_id}")
    version = await read_version(appwrite)
    refuse_newer(version)
    report.mended += await migrate(appwrite, version)
    report.differences = await _compare(appwrite, read_role)
    await _mend(appwrite, record, read_role, progress, report)
    if report.is_usable:
        report.bands = await _complete(appwrite, record, version)
    return report


async def _mend(
    appwrite: Patient, record: SetupRecord, read_role: str, progress: Progress, report: SetupReport
) -> None:
    """Do what the differences ask for, and compare again; what an earlier run left unfinished may differ only then."""
    builder, tried = Builder(appwrite, record, progress), list[Step]()
    for _ in range(_ROUNDS):
        steps = [step for step in steps_towards(report.differences) if step not in tried]
        if not steps:
            break
        await builder.build(steps)
        tried += steps
        report.differences = await _compare(appwrite, read_role)
    report.failures = [f"{label}: {words}" for label, words in builder.failures]
    _tell_done(report, tried, {label for label, _ in builder.failures})


async def _compare(appwrite: Patient, read_role: str) -> list[Difference]:
    wanted = wanted_tables(read_role)
    found = await asyncio.gather(*(find_table(appwrite, table.name) for table in wanted))
    return [difference for table, there in zip(wanted, found, strict=True) for difference in differences(table, there)]


async def _make_database(appwrite: Patient) -> bool:
    database = appwrite.database_id
    try:
        await appwrite.ask(lambda tables: tables.get(database))
    except AppwriteMissingError:
        with suppress(AppwriteConflictError):
            await appwrite.ask(lambda tables: tables.create(database, _TITLE))
        return True
    return False


def _tell_done(report: SetupReport, steps: list[Step], failed: set[str]) -> None:
    """List what was made and what was mended, without what failed or still differs."""
    undone = failed | {step.label for difference in report.differences for step in difference.steps}
    for step in steps:
        if step.label not in undone and not isinstance(step, Await):
            done = report.mended if isinstance(step, ChangeColumn | ChangeTable) else report.made
            if step.label not in done:
                done.append(step.label)


async def _complete(appwrite: Patient, record: SetupRecord, version: int | None) -> int:
    """Note that the setup is complete, last of all; give how many bands the first one has made."""
    bands = await seed_bands(appwrite) if version is None else 0
    if version != VERSION:
        await write_version(appwrite)
    record.finish()
    return bands
