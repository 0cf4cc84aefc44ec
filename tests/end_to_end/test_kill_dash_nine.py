"""run-once all, killed with SIGKILL wherever it is, again and again: the run that may finish leaves a whole day.

Each run gets a newer card when it asks for the card again, so that every stage has news of its own to lose.
RACEDAY_KILLS sets how many data folders are used, each with a kill in every stage, and RACEDAY_KILLS_SEED what chance
picks.
"""

import asyncio
import itertools
import os
import random
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.model.race import CLOSED, FINAL, OPEN
from tests.conftest import Ended
from tests.end_to_end.beside import (
    MOST_SECONDS,
    Facts,
    Process,
    assert_day_is_made_whole,
    end_of,
    facts,
    kill,
    run_once,
    running,
)
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import needs_recordings
from tests.workbench import keep_meetings, rows

pytestmark = needs_recordings

# Read here: the fixture of conftest.py takes our names out of the environment of each test.
ROUNDS = int(os.environ.get("RACEDAY_KILLS", "3"))
SEED = int(os.environ.get("RACEDAY_KILLS_SEED", "7"))

STAGES = ("start", "meetings", "races", "entrants", "statuses")
EVERY_PATH = ""

NEWER = "2025-07-17T11:30:00Z"
"""After the recorded card and the recorded events."""
MOVED_START = "2025-07-17T06:35:00.000Z"


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """Fifteen races of two meetings; the last two are still to come."""
    ids = keep_meetings(recorded_source, "Awapuni Synthetic", "Kembla Grange")
    for race in (race for race in races_of(recorded_source.meetings) if race["id"] in ids[-2:]):
        race["status"] = OPEN
    return ids


def races_of(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [race for meeting in card["data"]["meetings"] for race in meeting["races"]]


def begin_anew(source: RecordedSource) -> None:
    """Answer the next question for the card as recorded, and those after it with a newer one.

    There one of the two open races is closed, and the other starts later.
    """
    asked = itertools.count(1)

    def bring_news(card: dict[str, Any]) -> None:
        if next(asked) == 1:
            return
        card["header"]["generated_time"] = NEWER
        closed, moved = (race for race in races_of(card) if race["status"] == OPEN)
        closed["status"], moved["start_time"] = CLOSED, MOVED_START

    source.changes["/meetings"] = bring_news


@asynccontextmanager
async def run_all_beside(source: RecordedSource, folder: Path) -> AsyncIterator[Process]:
    """Run `all` with a checkpoint every second race, on a day that begins anew."""
    begin_anew(source)
    async with running("all", source, folder, RACEDAY_ENTRANTS_BATCH_RACES="2") as process:
        yield process


def reached(stage: str, source: RecordedSource, nth: int) -> Callable[[], bool]:
    """Say how a run that is about to start is known to have come to a stage: by what it has asked."""
    before = len(source.requests)
    question, times = {
        "meetings": (r"/meetings$", 1),
        "races": (r"/meetings/", (nth + 1) // 2),
        "entrants": (r"/events/", nth),
        "statuses": (r"/meetings$", 2),
    }[stage]
    return lambda: sum(bool(re.search(question, request.path)) for request in source.requests[before:]) >= times


async def kill_as_it_asks(stage: str, source: RecordedSource, folder: Path, nth: int, seconds: float) -> Ended:
    """Start a run and kill it some seconds after it asks its nth question in a stage; at 0 before it is answered."""
    come = reached(stage, source, nth)
    async with run_all_beside(source, folder) as process:

        def look(_: object) -> None:
            if come():
                # Once: who sends a second signal may find the process ended before its parent has heard how.
                source.changes[EVERY_PATH] = lambda _: None
                asyncio.get_running_loop().call_later(seconds, kill, process) if seconds else kill(process)

        source.changes[EVERY_PATH] = look
        ended = await end_of(process)
    del source.changes[EVERY_PATH]
    return ended


async def kill_as_it_starts(source: RecordedSource, folder: Path, seconds: float) -> Ended:
    """Start a run and kill it some seconds later."""
    async with run_all_beside(source, folder) as process:
        await asyncio.sleep(seconds)
        kill(process)
        return await end_of(process)


async def kill_as_it_makes_its_tables(source: RecordedSource, folder: Path, seconds: float) -> Ended:
    """Start a run and kill it some seconds after its first file appears."""
    async with run_all_beside(source, folder) as process, asyncio.timeout(MOST_SECONDS):
        while not (folder / "raceday.db").exists():  # noqa: ASYNC110  (nothing tells of a file but looking for it)
            await asyncio.sleep(0.0005)
        await asyncio.sleep(seconds)
        kill(process)
        return await end_of(process)


async def kill_in(stage: str, source: RecordedSource, folder: Path, chance: random.Random) -> None:
    """Start a run and kill it in a stage at a random moment.

    One that got away, or had all of that stage behind it, has done everything: the one after it begins anew.
    """
    if stage == "start":
        ended = await kill_as_it_starts(source, folder, chance.uniform(0, 0.3))
    elif stage == "tables":
        ended = await kill_as_it_makes_its_tables(source, folder, chance.uniform(0, 0.03))
    else:
        nth, most = chance.randint(1, 4), 0.03 if stage == "entrants" else 0.004
        ended = await kill_as_it_asks(stage, source, folder, nth, chance.uniform(0, most))
        if ended.status == 0:
            ended = await kill_as_it_asks(stage, source, folder, nth, 0)
    assert (ended.status, ended.out) == (-signal.SIGKILL, ""), f"{stage}: {ended.err}"


def leases(folder: Path) -> dict[str, tuple[int, str]]:
    """Read the newest epoch of each lease and its status."""
    newest = 'SELECT "leaseId", max("epoch"), "status" FROM leases GROUP BY 1'
    return {lease_id: (epoch, status) for lease_id, epoch, status in rows(folder / "raceday.db", newest)}


async def test_a_run_killed_in_every_stage_is_finished_by_the_next_as_if_it_had_never_been_killed(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path
) -> None:
    whole_day = await clean_day_with_news(recorded_source, races, tmp_path / "clean")

    chance = random.Random(SEED)
    for number in range(ROUNDS):
        folder = tmp_path / f"killed-{number}"
        order = ["tables", *chance.sample(STAGES, len(STAGES))]
        print(f"seed {SEED}, {folder}: killed in {', '.join(order)}")  # noqa: T201  (pytest shows it on failure)
        for stage in order:
            await kill_in(stage, recorded_source, folder, chance)
        begin_anew(recorded_source)
        await assert_day_is_made_whole(recorded_source, folder, whole_day)


async def clean_day_with_news(source: RecordedSource, races: list[str], folder: Path) -> Facts:
    """Run `all` without a kill; its statuses bring what the other stages cannot know."""
    begin_anew(source)
    clean = await run_once("all", source, folder)
    assert (clean.status, clean.answer["status"]) == (0, "ok"), clean.err
    whole_day = facts(folder)
    stored = {race["id"]: race for race in whole_day["races"]}
    assert sorted(stored) == sorted(races)
    assert [stored[race]["status"] for race in races] == [FINAL] * (len(races) - 2) + [CLOSED, OPEN]
    assert stored[races[-1]]["startTime"] == MOVED_START
    return whole_day


@pytest.mark.parametrize("stage", ["meetings", "races", "entrants", "statuses"])
async def test_the_lease_of_a_killed_run_is_taken_over_at_once(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path, stage: str
) -> None:
    killed = await kill_as_it_asks(stage, recorded_source, tmp_path, 1, 0)
    assert killed.status == -signal.SIGKILL
    left = leases(tmp_path)
    lease_id = LEASE_OF_JOB[stage].lease_id
    assert {held for held, (_, status) in left.items() if status == "held"} == {lease_id}

    ended = await run_once("all", recorded_source, tmp_path)
    assert ended.status == 0, ended.err
    assert ended.answer["status"] == "ok"
    assert "job_refused" not in {line["action"] for line in ended.log}
    taken = leases(tmp_path)
    assert taken[lease_id] == (left[lease_id][0] + 1, "released")
    assert {status for _, status in taken.values()} == {"released"}
