"""A file looked after once rows are gone: statistics renewed, free pages given back, its log shortened."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from loguru import logger

from raceday_daemon.model.errors import StoreError
from raceday_daemon.ops.portions import Portions
from raceday_daemon.store.file_care import Room, give_back, optimize, read_room, shorten_log, write_anew
from raceday_daemon.store.sqlite import Database

SPARE_SHARE: Final = 0.05
"""So much of a file stays free for the rows of the next days, which would take it again at once."""

SMALL_BYTES: Final = 32_000_000
"""A file up to this size is written anew within two seconds, which polls at night can wait for."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to be looked after; statistics are kept of `measured` tables alone, None for all."""

    path: Path
    database: Database
    measured: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Cared:
    """How large a file was and is now, in bytes, and what is free within it; `is_short` says that its log was cut."""

    bytes_before: int
    bytes_after: int
    free_bytes: int
    is_short: bool


async def care_for(file: File, portions: Portions, *, spare_share: float = SPARE_SHARE) -> Cared:
    """Look after a file while others use it; free pages beyond a share of the file are given back.

    A small file that can't give back pages is written anew, so that it can; a large one is left as it is.
    Raises StoreError where the file fails.
    """
    await file.database.transaction(partial(optimize, measured=file.measured))
    before = await file.database.apart(read_room)
    if not before.shrinks and before.free_pages and before.bytes <= SMALL_BYTES and _has_room(file, before):
        await file.database.apart(partial(write_anew, folder=file.path.parent))
    elif before.shrinks:
        await _give_back(file.database, before, portions, spare_share)
    return await _ended(file, before)


async def write_file_anew(file: File) -> Cared:
    """Write a file anew, however large it is; nobody else can write to it meanwhile.

    Raises StoreError, with nothing changed, where the disk has no room for it.
    """
    before = await file.database.apart(read_room)
    if not _has_room(file, before):
        raise StoreError(f"{file.path}: writing it anew needs {_mb(_needed(before))} MB of room beside it for a while")
    await file.database.apart(partial(write_anew, folder=file.path.parent))
    return await _ended(file, before)


def _has_room(file: File, room: Room) -> bool:
    return shutil.disk_usage(file.path.parent).free > _needed(room)


def _needed(room: Room) -> int:
    """Give the bytes that writing anew takes for a while: once as a copy on its way, once in the log."""
    return 2 * (room.bytes - room.free_bytes)


async def _give_back(database: Database, before: Room, portions: Portions, spare_share: float) -> None:
    left = before.free_pages - int(spare_share * before.bytes / before.page_bytes)
    while left > 0:
        given = await portions.do(lambda most: database.apart(partial(give_back, most_pages=min(most, left))))  # noqa: B023
        if not given:
            return
        left -= given


async def _ended(file: File, before: Room) -> Cared:
    # Only with the log does the file itself become shorter.
    is_short = await file.database.apart(shorten_log)
    after = await file.database.apart(read_room)
    cared = Cared(before.bytes, after.bytes, after.free_bytes, is_short)
    logger.info(
        "{file}: {mb} MB, {free_mb} MB of it free, {given_mb} MB were given back{log}",
        action="file_cared_for",
        file=file.path.name,
        mb=_mb(cared.bytes_after),
        free_mb=_mb(cared.free_bytes),
        given_mb=_mb(cared.bytes_before - cared.bytes_after),
        log="" if is_short else "; somebody reads it, and its log stays for now",
    )
    return cared


def _mb(size: int) -> float:
    return round(size / 1_000_000, 1)
