"""A lease between real processes: a holder that falls silent is followed by exactly one other, and not before its time.

Silent is one that was stopped with SIGSTOP, as a laptop does when it is closed, or one of another machine.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import pytest

from raceday_daemon.model.lease import HELD, RELEASED, Lease
from raceday_daemon.ops.identity import owner_of_this_process
from raceday_daemon.store.leases import beat, take_lease
from raceday_daemon.store.rows import read_instant
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.end_to_end.beside import MOST_SECONDS, Process, kill, stop_between_transactions, until
from tests.fakes.lease_holder import TERMS
from tests.workbench import rows

ROUNDS, TRIES = 3, 20
ROOT = Path(__file__).resolve().parents[2]
STALE = timedelta(seconds=TERMS.stale_seconds)
ALWAYS, NEVER_AGAIN = 0.02, 3600.0
PAST_ALL_PROCESS_IDS = 2**22 + 1

Start = Callable[..., Awaitable[Process]]


@dataclass(frozen=True)
class Step:
    what: str
    epoch: int
    process: int


def steps(folder: Path) -> list[Step]:
    log = folder / "log"
    words = [line.rsplit(" ", 2) for line in log.read_text().splitlines()] if log.exists() else []
    return [Step(what, int(epoch), int(process)) for what, epoch, process in words]


def takings(folder: Path) -> list[Step]:
    return [step for step in steps(folder) if step.what == "taken"]


def is_taken(folder: Path, epoch: int) -> bool:
    return epoch in [step.epoch for step in takings(folder)]


def tries(folder: Path, process: Process) -> int:
    return [(step.what, step.process) for step in steps(folder)].count(("refused", process.pid))


async def refused_again_and_again(folder: Path, *processes: Process) -> None:
    before = [tries(folder, one) for one in processes]
    await until(lambda: all(tries(folder, one) >= was + TRIES for one, was in zip(processes, before, strict=True)))


def worked(folder: Path, epoch: int) -> int:
    """Count the pieces of work done under an epoch."""
    return int(rows(folder / "raceday.db", "SELECT count(*) FROM work WHERE epoch = ?", epoch)[0][0])


def epoch_row(folder: Path, epoch: int) -> tuple[datetime, datetime, str]:
    """Read when an epoch was taken, when its holder was last heard of, and its status."""
    query = "SELECT startTime, lastHeartbeat, status FROM leases WHERE epoch = ?"
    ((start, last_heartbeat, status),) = rows(folder / "raceday.db", query, epoch)
    return read_instant(start), read_instant(last_heartbeat), status


def silence_before(folder: Path, epoch: int) -> timedelta:
    """Give how long the holder before had not been heard of when an epoch was taken."""
    return epoch_row(folder, epoch)[0] - epoch_row(folder, epoch - 1)[1]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start processes that want the lease; all are gone at the end."""
    started: list[Process] = []

    async def start_one(seconds: float = ALWAYS) -> Process:
        program = (sys.executable, "-m", "tests.fakes.lease_holder", str(tmp_path), str(seconds))
        started.append(await asyncio.create_subprocess_exec(*program, cwd=ROOT))
        return started[-1]

    yield start_one
    for one in started:
        kill(one)
        await one.wait()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


async def test_a_stopped_holder_is_followed_by_exactly_one_of_two_that_try_without_end_once_it_is_stale(
    start: Start, tmp_path: Path
) -> None:
    holder = await start()
    await until(lambda: is_taken(tmp_path, 1))
    contenders = [await start(), await start()]
    for epoch in range(2, 2 + ROUNDS):
        await refused_again_and_again(tmp_path, *contenders)
        await stop_between_transactions(holder, tmp_path / "raceday.db")
        last_sign = epoch_row(tmp_path, epoch - 1)[1]
        await until(lambda: is_taken(tmp_path, epoch))  # noqa: B023
        winner = takings(tmp_path)[-1].process
        (loser,) = (one for one in contenders if one.pid != winner)
        await refused_again_and_again(tmp_path, loser)
        assert [step.epoch for step in takings(tmp_path)] == list(range(1, epoch + 1))
        assert epoch_row(tmp_path, epoch - 1)[1:] == (last_sign, HELD), "who is stopped shows no more signs"
        assert silence_before(tmp_path, epoch) >= STALE
        kill(holder)
        await holder.wait()
        (holder,) = (one for one in contenders if one.pid == winner)
        contenders = [loser, await start()]


@pytest.mark.parametrize("seconds", [ALWAYS, NEVER_AGAIN], ids=["at work", "waiting"])
async def test_a_holder_that_wakes_up_too_late_finds_the_higher_epoch_and_writes_nothing_more(
    start: Start, tmp_path: Path, seconds: float
) -> None:
    holder = await start(seconds)
    await until(lambda: is_taken(tmp_path, 1) and worked(tmp_path, 1) > 0)
    successor = await start()
    await refused_again_and_again(tmp_path, successor)
    await stop_between_transactions(holder, tmp_path / "raceday.db")
    done = worked(tmp_path, 1)
    await until(lambda: is_taken(tmp_path, 2))

    holder.send_signal(signal.SIGCONT)
    async with asyncio.timeout(MOST_SECONDS):
        assert await holder.wait() == 0
    own = [(step.what, step.epoch) for step in steps(tmp_path) if step.process == holder.pid]
    assert own == [("taken", 1), ("lost", 1), ("fenced off", 1)]
    assert worked(tmp_path, 1) == done
    await goes_on(tmp_path, 2)
    assert (epoch_row(tmp_path, 1)[2], epoch_row(tmp_path, 2)[2]) == (RELEASED, HELD)
    assert [step.epoch for step in takings(tmp_path)] == [1, 2]
    assert rows(tmp_path / "raceday.db", "SELECT DISTINCT epoch FROM work ORDER BY number") == [(1,), (2,)]


async def goes_on(folder: Path, epoch: int) -> None:
    """Wait until a holder has worked and beaten again."""
    done, last_sign = worked(folder, epoch), epoch_row(folder, epoch)[1]
    await until(lambda: worked(folder, epoch) > done and epoch_row(folder, epoch)[1] > last_sign)


async def test_a_holder_of_another_machine_is_waited_for_until_it_is_stale(
    start: Start, store: Database, tmp_path: Path
) -> None:
    # Of this machine this process would have ended, and be followed at once.
    _, _, space, began = owner_of_this_process().rsplit("/", 3)
    another = f"another-machine/{PAST_ALL_PROCESS_IDS}/{space}/{began}"
    lease = await store.transaction(partial(taken_by, owner=another))
    contender = await start()
    async with asyncio.timeout(MOST_SECONDS):
        while tries(tmp_path, contender) < TRIES:
            await store.transaction(lambda connection: beat(connection, lease, TERMS, datetime.now(UTC), "working"))
            await asyncio.sleep(TERMS.heartbeat_seconds)
    assert takings(tmp_path) == []

    await until(lambda: is_taken(tmp_path, 2))
    assert silence_before(tmp_path, 2) >= STALE
    await goes_on(tmp_path, 2)


def taken_by(connection: Connection, owner: str) -> Lease:
    return take_lease(connection, TERMS, owner, "its run", datetime.now(UTC), lambda _: False)
