"""The command that looks whether everything is in order: settings, folder, source, clock, Appwrite and its key."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from raceday_daemon.assembly import open_ways
from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.delivering import open_channels
from raceday_daemon.model import appwrite_errors, errors
from raceday_daemon.onward import open_the_database
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.settings import Settings

if TYPE_CHECKING:
    from raceday_daemon.appwrite.patience import Patient
    from raceday_daemon.appwrite.setup.key_scopes import KeyScopes
    from raceday_daemon.appwrite.setup.report import SetupReport

State = Literal["ok", "warning", "wrong"]

_CLOCKS_APART_SECONDS: Final = 60.0
"""The source's answers are up to half a minute old: its refreshing every 15 s, and a proxy's memory."""
_UNSEEN: Final = "not compared: this key may not read them, and `run` need not"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, in one sentence; `error` is the failure behind what is wrong."""

    name: str
    state: State
    words: str
    error: errors.RacedayError | None = None


async def check_up(settings: Settings) -> list[Finding]:
    """Look at everything; what can't be looked at is a finding too."""
    return [finding async for finding in _findings(settings)]


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield _sender(settings)
    yield _folder(settings)
    async for finding in _source(settings):
        yield finding
    if settings.store == "appwrite":
        async for finding in _appwrite(settings):
            yield finding
    else:
        yield Finding("Appwrite", "ok", "not used: rows stay in the data folder")
    yield await _channels(settings)


def _sender(settings: Settings) -> Finding:
    if settings.nztab_from is None:
        return Finding(
            "NZTAB_FROM",
            "warning",
            "it is not set: the source asks callers for an e-mail address, and may block those without",
        )
    return Finding("NZTAB_FROM", "ok", f"the source is told who asks: {settings.nztab_from}")


def _folder(settings: Settings) -> Finding:
    folder = settings.raceday_data_dir.absolute()
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        error = errors.StoreError(f"{nearest}: it is no folder that this user may write to")
        return Finding("data folder", "wrong", str(error), error)
    made = "" if nearest == folder else ", made by the first command that keeps rows"
    return Finding("data folder", "ok", f"{folder}{made}")


async def _channels(settings: Settings) -> Finding:
    if not settings.channel_names:
        return Finding("channels", "ok", "not used: notifications stay in their table")
    try:
        async with AsyncExitStack() as parts:
            await open_channels(parts, settings, SystemClock())
    except errors.ChannelError as error:
        return Finding("channels", "wrong", str(error), error)
    words = f"notifications go to {', '.join(settings.channel_names)}; `raceday-daemon alerts test` tries them"
    return Finding("channels", "ok", words)


async def _source(settings: Settings) -> AsyncIterator[Finding]:
    from raceday_daemon.nztab.wanted import Wanted

    clock = SystemClock()
    unrecorded = settings.model_copy(update={"raceday_record": False})
    async with AsyncExitStack() as parts:
        ways = await open_ways(parts, unrecorded, clock)
        day = racing_day(clock.now())
        wanted = Wanted.of(settings.raceday_countries, settings.raceday_categories)
        try:
            card = await ways.poll.new_source().day(day, wanted)
        except errors.RacedayError as error:
            yield Finding("NZ TAB", "wrong", f"{settings.nztab_api_base_url}: {error}", error)
            return
    races = sum(len(meeting.races) for meeting in card.cards)
    yield Finding("NZ TAB", "ok", f"answers: {len(card.cards)} wanted meetings with {races} races on {day}")
    yield _clock(card.generated_time, clock.now())


def _clock(generated_time: datetime, now: datetime) -> Finding:
    apart = (now - generated_time.astimezone(UTC)).total_seconds()
    if abs(apart) > _CLOCKS_APART_SECONDS:
        return Finding(
            "clock",
            "warning",
            f"it is {abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the source's answer:"
            " look whether this machine's clock is kept right (timedatectl)",
        )
    return Finding("clock", "ok", f"within {_CLOCKS_APART_SECONDS:.0f} s of the source's")


async def _appwrite(settings: Settings) -> AsyncIterator[Finding]:
    from raceday_daemon.appwrite.patience import Patient
    from raceday_daemon.appwrite.setup.key_scopes import find_scopes
    from raceday_daemon.appwrite.setup.setup import check

    async with open_the_database(settings) as appwrite:
        try:
            scopes = await find_scopes(appwrite)
        except errors.RacedayError as error:
            yield Finding("Appwrite", "wrong", str(error), error)
            return
        yield Finding("Appwrite", "ok", f"answers at {settings.appwrite_endpoint}")
        yield _key(scopes)
        once = Patient(appwrite, attempts=1)
        try:
            report = await check(once, settings.raceday_read_role)
        except appwrite_errors.AppwriteKeyError:
            yield await _tables_unseen(once) if not scopes.missing else Finding("tables", "ok", _UNSEEN)
        except errors.RacedayError as error:
            yield Finding("tables", "wrong", str(error), error)
        else:
            yield _tables(report)


def _key(scopes: "KeyScopes") -> Finding:
    has = f"it has {', '.join(scopes.of_run) or 'no scope'}"
    if scopes.missing:
        told = f"{has} and lacks {' and '.join(scopes.missing)}, which `run` needs: add that in Appwrite's console"
        return Finding("API key", "wrong", told, appwrite_errors.AppwriteKeyError(told, status=401))
    has = f"{has}, all that `run` needs"
    if scopes.surplus:
        return Finding("API key", "warning", f"{has}, and {', '.join(scopes.surplus)}, which nothing here needs")
    if not scopes.for_setup:
        return Finding("API key", "ok", f"{has}, and no more: `setup` needs another key")
    lacks = f"; for that it lacks {', '.join(scopes.lacking_for_setup)}" if scopes.lacking_for_setup else ""
    return Finding("API key", "ok", f"{has}, and for `setup` {', '.join(scopes.for_setup)}{lacks}")


async def _tables_unseen(appwrite: "Patient") -> Finding:
    """Judge by the row that a setup leaves at its end: this key reads rows, and not how tables are made."""
    from raceday_daemon.appwrite.setup.version import read_version

    try:
        if await read_version(appwrite) is not None:
            return Finding("tables", "ok", _UNSEEN)
    except errors.RacedayError as error:
        return Finding("tables", "wrong", str(error), error)
    told = f"no setup of {appwrite.database_id} has come to its end: run `raceday-daemon setup` with a key that may"
    return Finding("tables", "wrong", told, appwrite_errors.AppwriteSchemaError(told))


def _tables(report: "SetupReport") -> Finding:
    if not report.differences:
        return Finding("tables", "ok", f"those of {report.database_id} are as declared")
    if report.is_absent:
        told = "not set up yet: `raceday-daemon setup` makes the tables, and so does `run` where its key may"
        return Finding("tables", "wrong", told, appwrite_errors.AppwriteSchemaError(told))
    told = f"{len(report.differences)} differences: `raceday-daemon setup --check` lists them"
    if report.is_usable:
        return Finding("tables", "warning", f"{told}; none is in the way")
    return Finding("tables", "wrong", told, appwrite_errors.AppwriteSchemaError(told))
