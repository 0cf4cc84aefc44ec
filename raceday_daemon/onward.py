"""The way onward: from the data folder's outbox to the user's Appwrite, where the settings name one."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from loguru import logger

from raceday_daemon.assembly import Files
from raceday_daemon.jobs.polling_post import Place, PollingPost
from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.lease import POLLER_LEASE
from raceday_daemon.model.progress import NoProgress
from raceday_daemon.model.status import OnwardStatus
from raceday_daemon.ops.folder_lock import holder_of
from raceday_daemon.ops.gate import Gate
from raceday_daemon.ops.tasks import beside
from raceday_daemon.settings import Settings
from raceday_daemon.store.aiming import aim_at
from raceday_daemon.store.outbox import read_target
from raceday_daemon.store.working_store import FILE_NAME as STORE

if TYPE_CHECKING:
    from raceday_daemon.appwrite.connection import Appwrite
    from raceday_daemon.appwrite.forwarder import Forwarder
    from raceday_daemon.appwrite.pruning import RemotePruning
    from raceday_daemon.appwrite.rules import RulesMirror
    from raceday_daemon.appwrite.setup.ensuring import OwnTables
    from raceday_daemon.appwrite.setup.record import SetupRecord

# The SDK is imported only where rows go to Appwrite: it takes a quarter of a second.

_VISIT_AGAIN_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """What works on Appwrite; `files` are the data folder's, whose leases are shared ones from here on.

    `remove_rule` removes an alert rule there and here, and gives whether there was one; `remote_pruning` makes what
    removes old rows there.
    """

    files: Files
    tables: "OwnTables"
    forwarder: "Forwarder"
    rules: "RulesMirror"
    post: PollingPost
    gate: Gate
    remove_rule: Callable[[str], Awaitable[bool]]
    remote_pruning: "Callable[[], RemotePruning]"

    async def status(self) -> OnwardStatus:
        """Tell what waits, and what stands in its way: rows that may not leave are not tried either."""
        status, shut = await self.forwarder.status(), self.gate.shut
        return replace(status, failing_since=shut.since, failure=shut.why) if shut else status

    async def end(self, seconds: float) -> None:
        """Send on what still waits, within these seconds; the rest waits in the file, also where that can't be read."""
        try:
            waiting = await self.forwarder.drain(seconds)
        except StoreError as error:
            logger.warning(
                "what waits for Appwrite can't be read, and is kept: {error}", action="rows_waiting", error=str(error)
            )
        else:
            if waiting:
                logger.warning(
                    "{rows} rows still wait for Appwrite; the next start sends them",
                    action="rows_waiting",
                    rows=waiting,
                )


async def aim(files: Files, settings: Settings) -> None:
    """Send the rows of the data folder where the settings say, those too that went nowhere or elsewhere until now."""
    target, now = settings.appwrite_target, files.clock.now()
    thins = settings.raceday_appwrite_history == "thin"
    queued = await files.store.transaction(lambda connection: aim_at(connection, target, now, is_thinned=thins))
    if queued:
        logger.info("{rows} stored rows wait for Appwrite, which has none yet", action="outbox_aimed", rows=queued)


async def aim_beside(files: Files, settings: Settings) -> None:
    """Do the same for a command that ends; where a daemon has the folder, that one has aimed it.

    Raises StoreError where the daemon's rows go elsewhere: the command's would go there too, or nowhere.
    """
    target = settings.appwrite_target
    there = await files.store.transaction(read_target)
    if target is None or target == there:
        return
    if holder_of(settings.raceday_data_dir):
        raise StoreError(
            f"{settings.raceday_data_dir}: the daemon that has it sends its rows to {there or 'no Appwrite'}, and this"
            f" command's settings say {target}: give it the daemon's, or stop the daemon"
        )
    await aim(files, settings)


@asynccontextmanager
async def open_the_database(settings: Settings) -> "AsyncIterator[Appwrite]":
    """Open the way to the database that the settings name; nothing is asked yet."""
    from raceday_daemon.appwrite.connection import open_appwrite

    endpoint, project, key, database = _named(settings)
    async with open_appwrite(endpoint, project, key, database) as appwrite:
        yield appwrite


def setup_record(settings: Settings) -> "SetupRecord":
    """Give the progress record of the database that the settings name."""
    from raceday_daemon.appwrite.setup.record import Place as Database
    from raceday_daemon.appwrite.setup.record import SetupRecord

    endpoint, project, _, database = _named(settings)
    return SetupRecord(settings.raceday_data_dir, Database(endpoint, project, database))


def _named(settings: Settings) -> tuple[str, str, str, str]:
    key = settings.appwrite_api_key
    if settings.appwrite_endpoint is None or settings.appwrite_project_id is None or key is None:
        raise ValueError("the settings of Appwrite were not judged")
    endpoint = settings.appwrite_endpoint.rstrip("/")
    return endpoint, settings.appwrite_project_id, key.get_secret_value(), settings.appwrite_database_id


async def open_onward(parts: AsyncExitStack, settings: Settings, files: Files) -> Onward | None:
    """Build what works on Appwrite, None where rows stay on this machine; nothing is asked yet."""
    if settings.store != "appwrite":
        return None
    return _put_together(settings, files, await parts.enter_async_context(open_the_database(settings)))


def _put_together(settings: Settings, files: Files, appwrite: "Appwrite") -> Onward:
    from raceday_daemon.appwrite.forwarder import Forwarder
    from raceday_daemon.appwrite.leases import AppwriteLeases
    from raceday_daemon.appwrite.pruning import RemotePruning
    from raceday_daemon.appwrite.rule_removal import remove_rule_everywhere
    from raceday_daemon.appwrite.rules import RulesMirror
    from raceday_daemon.appwrite.setup.ensuring import OwnTables
    from raceday_daemon.appwrite.succession import Heir

    store, clock, gate = files.store, files.clock, Gate(files.clock)
    shared, rules = AppwriteLeases(appwrite, clock), RulesMirror(appwrite, store, clock)
    heir = Heir(appwrite, store, rules)
    forwarder = Forwarder(
        settings.raceday_data_dir,
        store,
        appwrite,
        clock,
        files.outbox,
        settings.raceday_outbox_max_rows,
        gate.is_open,
        settings.appwrite_target,
        files.observer,
    )
    return Onward(
        files=replace(files, leases=replace(files.leases, shared=shared)),
        tables=OwnTables(appwrite, setup_record(settings), settings.raceday_read_role, NoProgress()),
        forwarder=forwarder,
        rules=rules,
        post=PollingPost(POLLER_LEASE, shared, store, clock, gate, _place(settings), heir),
        gate=gate,
        remove_rule=partial(remove_rule_everywhere, appwrite, store),
        remote_pruning=partial(RemotePruning, appwrite, store, settings.appwrite_target or "", gate.is_open),
    )


def _place(settings: Settings) -> Place:
    """Name the very file: a copy of it, or a new one in its place, is another."""
    file = (settings.raceday_data_dir / STORE).stat()
    return Place(file=f"{file.st_dev}:{file.st_ino}", target=settings.appwrite_target or "")


@asynccontextmanager
async def forwarding(onward: Onward | None) -> AsyncIterator[None]:
    """Send on what is queued, and follow the alert rules, as long as the block lasts; see to the tables till then."""
    if onward is None:
        yield
        return
    works = {"forwarder": onward.forwarder.run(), "alert_rules": onward.rules.run(), "tables": onward.tables.go_on()}
    async with beside(**works):
        yield


@asynccontextmanager
async def visiting(onward: Onward | None, days: Sequence[date]) -> AsyncIterator[None]:
    """Send on what is queued for a command on some days, once what other machines have sent of these is here."""
    if onward is None:
        yield
        return
    works = {"forwarder": onward.forwarder.run(), "tables": onward.tables.go_on()}
    if not await _visited(onward, days, "WARNING"):
        works["visit"] = _visit(onward, days)
    async with beside(**works):
        yield


async def _visit(onward: Onward, days: Sequence[date]) -> None:
    while not await _visited(onward, days, "DEBUG"):
        await onward.files.clock.sleep(_VISIT_AGAIN_SECONDS)


async def _visited(onward: Onward, days: Sequence[date], level: str) -> bool:
    try:
        await onward.post.visit(days)
    except AppwriteError as error:
        logger.log(level, "Appwrite: {error}; rows wait here", action="visit_failed", kind=error.kind, error=str(error))
        return False
    return True
