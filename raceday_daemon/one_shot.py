"""The commands that do one thing and end: a daily job by hand, a look at one race, a rule added or removed."""

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import date
from functools import partial
from sqlite3 import Connection
from typing import TYPE_CHECKING

from raceday_daemon.assembly import Files, job_runner, open_alerts, open_files, open_ways
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.delivering import Delivery, delivering, open_delivery
from raceday_daemon.jobs.refusal import early_refusal
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.job import JobRun
from raceday_daemon.onward import Onward, aim_beside, open_onward, open_the_database, visiting
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.folder_lock import hold_folder, holder_of
from raceday_daemon.settings import Settings
from raceday_daemon.store.outbox import read_target, try_again
from raceday_daemon.store.rows import instant_text

if TYPE_CHECKING:
    from raceday_daemon.appwrite.pruning import RemotePruning
    from raceday_daemon.intake.intake import Look
    from raceday_daemon.keeping_house import HouseKept
    from raceday_daemon.model.alerts import AlertRule
    from raceday_daemon.model.progress import Progress
    from raceday_daemon.store.rule_queries import ListedRule
    from raceday_daemon.store.rule_writing import Outcome

_DRAIN_SECONDS = 30.0
# A rule is one row, and a person waits for the prompt.
_RULE_SECONDS = 3.0


async def run_once(settings: Settings, profile: Profile, job: str, days: Sequence[date]) -> tuple[list[JobRun], int]:
    """Run a job by its name for each day; give the records of all that was run, and how many rows wait for Appwrite.

    A day that could not reach the source, or lost the store, is the last one.
    Raises StoreError where the data folder can't be used.
    """
    async with AsyncExitStack() as parts:
        files = await open_files(parts, settings)
        onward = await _open_onward(parts, settings, files)
        files = onward.files if onward else files
        if refused := await early_refusal(files.leases, files.records, job, days[0]):
            return [refused], 0
        from raceday_daemon.intake.intake import Intake
        from raceday_daemon.views.progress import job_progress

        progress = job_progress(settings.log_format_on(sys.stderr))
        parts.callback(progress.close)
        delivery = await _open_delivery(parts, settings, files)
        await parts.enter_async_context(visiting(onward, days))
        ways = await open_ways(parts, settings, files.clock)
        alerts = await open_alerts(settings, profile, files, delivery.queue)
        intake = Intake(files.store, files.records, files.clock, files.outbox, alerts)
        runner = job_runner(settings, files, intake, ways.daily, progress)
        runs: list[JobRun] = []
        for day in days:
            runs += await runner.run(job, day)
            if runs[-1].ends_a_range:
                break
        await delivery.drain()
        return runs, await _drain(onward)


async def _open_onward(parts: AsyncExitStack, settings: Settings, files: Files) -> Onward | None:
    await aim_beside(files, settings)
    if onward := await open_onward(parts, settings, files):
        await onward.tables.begin()
    return onward


async def _open_delivery(parts: AsyncExitStack, settings: Settings, files: Files) -> Delivery:
    """Send on what the command tells people, unless a daemon does."""
    delivery = await open_delivery(parts, settings, files)
    await parts.enter_async_context(delivering(delivery))
    return delivery


async def _drain(onward: Onward | None, seconds: float = _DRAIN_SECONDS) -> int:
    """Send on what waits for Appwrite, for a while; give the number of rows that wait on."""
    return await onward.forwarder.drain(seconds) if onward else 0


def is_race_id(spelled: str) -> bool:
    """Say whether a text may be a race's id: it becomes part of an address."""
    return re.fullmatch(r"[0-9A-Za-z-]{1,36}", spelled) is not None


async def poll_race(settings: Settings, profile: Profile, race_id: str) -> "tuple[Look, int]":
    """Look at one race once; give what came of it, and how many rows wait for Appwrite.

    Raises RacedayError of the failure's kind.
    """
    async with AsyncExitStack() as parts:
        files = await open_files(parts, settings)
        onward = await _open_onward(parts, settings, files)
        from raceday_daemon.intake.intake import Intake
        from raceday_daemon.model.race import Race
        from raceday_daemon.store.race_queries import read_one

        delivery = await _open_delivery(parts, settings, files)
        await parts.enter_async_context(visiting(onward, [racing_day(files.clock.now())]))
        ways = await open_ways(parts, settings, files.clock)
        stored = await files.store.transaction(lambda connection: read_one(connection, Race, race_id))
        alerts = await open_alerts(settings, profile, files, delivery.queue)
        intake = Intake(files.store, files.records, files.clock, files.outbox, alerts)
        # By the daily lane, whose calls are tried again: no schedule does that here.
        status = stored.status if stored else None
        look = await intake.look_besides(ways.daily.new_source(), race_id, status, reason="by hand")
        await delivery.drain()
        return look, await _drain(onward)


async def prune(settings: Settings, progress: "Progress", *, anew: bool = False) -> "HouseKept":
    """Remove what is older than the settings keep, beside a daemon or without one; `anew` writes the files anew.

    Raises StoreError where the data folder can't be used, LeaseHeldError where a daemon has it and it is to be written
    anew.
    """
    from raceday_daemon.keeping_house import Manner, keep_house

    async with AsyncExitStack() as parts:
        if anew:
            now = instant_text(SystemClock().now())
            parts.enter_context(hold_folder(settings.raceday_data_dir, now))
        files = await open_files(parts, settings, forgets=False)
        is_alone = anew or holder_of(settings.raceday_data_dir) is None
        manner = Manner(spare_share=0.0, rests=not is_alone, anew=anew, progress=progress)
        return await keep_house(settings, files, await _remote_pruning(parts, settings, files), manner)


async def _remote_pruning(
    parts: AsyncExitStack, settings: Settings, files: Files
) -> "Callable[[], RemotePruning] | None":
    if settings.store != "appwrite" or not settings.raceday_appwrite_retention:
        return None
    from raceday_daemon.appwrite.pruning import RemotePruning

    appwrite = await parts.enter_async_context(open_the_database(settings))
    return partial(RemotePruning, appwrite, files.store, settings.appwrite_target or "")


async def retry_refused(settings: Settings) -> int:
    """Queue the rows again that Appwrite refused; whoever forwards sends them. Gives their number."""
    async with AsyncExitStack() as parts:
        files = await open_files(parts, settings)
        return await files.store.transaction(try_again)


async def add_alert_rule(settings: Settings, rule: "AlertRule") -> "tuple[Outcome, ListedRule, int]":
    """Add a rule; give what came of it, the rule as people see it, and how many rows wait for Appwrite.

    Raises RuleRefusedError where it can't be right, StoreError where the data folder can't be used.
    """
    from raceday_daemon.store.rule_queries import for_people
    from raceday_daemon.store.rule_writing import add_rule

    async with AsyncExitStack() as parts:
        files = await open_files(parts, settings)
        onward = await _open_onward(parts, settings, files)
        now = files.clock.now()
        await parts.enter_async_context(visiting(onward, [racing_day(now)]))
        sending = files.outbox.sending(now, is_patient=False)

        def add(connection: Connection) -> "tuple[Outcome, ListedRule]":
            addition = add_rule(connection, rule, now, sending)
            return addition.outcome, for_people(connection, addition.rule)

        outcome, listed = await files.store.transaction(add)
        files.outbox.ring()
        return outcome, listed, await _drain(onward, _RULE_SECONDS)


async def remove_alert_rule(settings: Settings, rule_id: str) -> bool:
    """Remove a rule or a band, in Appwrite too where rows go there; give whether there was one.

    Raises AppwriteError where it can't be removed there, and StoreError where that is not known how: then it stays.
    """
    from raceday_daemon.store.rule_writing import remove_rule

    async with AsyncExitStack() as parts:
        files = await open_files(parts, settings)
        await aim_beside(files, settings)
        if settings.store == "appwrite":
            from raceday_daemon.appwrite.rule_removal import remove_rule_everywhere

            appwrite = await parts.enter_async_context(open_the_database(settings))
            return await remove_rule_everywhere(appwrite, files.store, rule_id)
        if there := await files.store.transaction(read_target):
            raise StoreError(
                f"{settings.raceday_data_dir}: its rows go to {there}, from where the rule would come back:"
                " give this command the daemon's Appwrite settings"
            )
        return (await files.store.transaction(partial(remove_rule, rule_id=rule_id))).was_here
