"""Carrying the steps out: tables side by side, the columns of a table one by one, each phase waited for."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from itertools import groupby
from time import monotonic
from typing import Any, Final

from loguru import logger

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.setup.columns import Columns
from raceday_daemon.appwrite.setup.found import find_table
from raceday_daemon.appwrite.setup.record import Made, SetupRecord
from raceday_daemon.appwrite.setup.steps import (
    Await,
    ChangeColumn,
    ChangeTable,
    MakeColumn,
    MakeIndex,
    MakeTable,
    RemoveColumn,
    RemoveIndex,
    Step,
)
from raceday_daemon.model.appwrite_errors import AppwriteConflictError, AppwriteKeyError, AppwriteRefusedError
from raceday_daemon.model.progress import Progress

_FIRST_LOOK_SECONDS: Final = 0.05
_LONGEST_LOOK_SECONDS: Final = 2.0
_STANDSTILL_SECONDS: Final = 60.0


class Builder:
    """Carries steps out; what Appwrite refuses is kept in `failures`, a label and its words, and the others go on.

    Stopped at any moment, it has lost nothing: the next run begins with what is there then.
    """

    def __init__(
        self,
        appwrite: Patient,
        record: SetupRecord,
        progress: Progress,
        *,
        standstill_seconds: float = _STANDSTILL_SECONDS,
    ) -> None:
        """Wait `standstill_seconds` at most for something of Appwrite's own that does not move on."""
        self._appwrite = appwrite
        self._columns = Columns(appwrite)
        self._record = record
        self._progress = progress
        self._standstill_seconds = standstill_seconds
        self.failures: list[tuple[str, str]] = []

    async def build(self, steps: Sequence[Step]) -> None:
        """Carry out all steps; raises what concerns all of them: AppwriteAwayError, AppwriteKeyError."""
        self._progress.begin("setup", 0, len(steps))
        # A relationship needs its target: all tables come before any column.
        await _side_by_side(self._try(step) for step in steps if isinstance(step, MakeTable))
        others = sorted((step for step in steps if not isinstance(step, MakeTable)), key=lambda step: step.table.name)
        await _side_by_side(self._finish_table(list(of)) for _, of in groupby(others, key=lambda step: step.table.name))
        self._progress.end()

    async def _finish_table(self, steps: list[Step]) -> None:
        """Do a table's steps one after the other: Appwrite makes its columns one by one too."""
        for phase, of_it in groupby(sorted(steps, key=lambda step: step.phase), key=lambda step: step.phase):
            for step in of_it:
                await self._try(step)
            if phase < ChangeTable.phase:
                await self._until_settled(steps[0].table.name)

    async def _try(self, step: Step) -> None:
        try:
            await self._do(step)
        except AppwriteKeyError:
            raise
        except AppwriteRefusedError as error:
            logger.warning("{label}: {error}", action="setup_step_failed", label=step.label, error=str(error))
            self.failures.append((step.label, str(error)))
        self._progress.advance(step.label)

    async def _do(self, step: Step) -> None:
        database, table = self._appwrite.database_id, step.table
        match step:
            case MakeTable():
                await self._make(step, Made("table", table.name, table.name))
            case MakeColumn():
                await self._make(step, Made("column", table.name, step.column.name))
            case MakeIndex():
                await self._make(step, Made("index", table.name, step.index))
            case ChangeColumn():
                await self._columns.change(step)
            case ChangeTable(title=title, enabled=enabled):
                permissions, secured = list(table.permissions), table.row_security
                await self._appwrite.ask(
                    lambda tables: tables.update_table(database, table.name, title, permissions, secured, enabled)
                )
            case RemoveColumn(column=column):
                await self._appwrite.ask(lambda tables: tables.delete_column(database, table.name, column))
            case RemoveIndex(index=index):
                await self._appwrite.ask(lambda tables: tables.delete_index(database, table.name, index))
            case Await():
                pass

    async def _make(self, step: MakeTable | MakeColumn | MakeIndex, thing: Made) -> None:
        self._record.note(thing)
        try:
            await self._ask_for(step)
        except AppwriteConflictError as error:
            # It is there by now. Unless an attempt of ours got no answer, somebody who sets up beside us has made it.
            if not error.may_be_ours:
                self._record.strike(thing)

    async def _ask_for(self, step: MakeTable | MakeColumn | MakeIndex) -> None:
        from appwrite.enums.tables_db_index_type import TablesDBIndexType

        database, table = self._appwrite.database_id, step.table
        match step:
            case MakeColumn():
                await self._columns.make(step)
            case MakeTable():
                permissions, secured = list(table.permissions), table.row_security
                await self._appwrite.ask(
                    lambda tables: tables.create_table(database, table.name, table.name, permissions, secured)
                )
            case MakeIndex():
                index, columns = step.index, list(step.columns)
                await self._appwrite.ask(
                    lambda tables: tables.create_index(database, table.name, index, TablesDBIndexType.KEY, columns)
                )

    async def _until_settled(self, name: str) -> None:
        """Wait until Appwrite makes and removes nothing more in a table, or moves on no more."""
        wait, seen, since = _FIRST_LOOK_SECONDS, frozenset[str](), monotonic()
        while found := await find_table(self._appwrite, name):
            if not found.busy:
                return
            if found.busy != seen:
                seen, since = found.busy, monotonic()
            elif monotonic() - since > self._standstill_seconds:
                logger.warning(
                    "Appwrite is still making {parts} of {table} after {seconds:g} s",
                    action="setup_standstill",
                    parts=", ".join(sorted(seen)),
                    table=name,
                    seconds=self._standstill_seconds,
                )
                return
            await asyncio.sleep(wait)
            wait = min(wait * 1.5, _LONGEST_LOOK_SECONDS)


async def _side_by_side(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Do works side by side, as many as the way has threads for; the first failure stops the others."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
