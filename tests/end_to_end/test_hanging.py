"""A process in which the loop, a thread, the stop or the very end hangs: it is told where, and the process ends."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.beside import MOST_SECONDS
from tests.end_to_end.daemon import ROOT
from tests.fakes.hanging_process import LONG, SECRET


@dataclass(frozen=True)
class Hung:
    """How it ended, and its log."""

    status: int | None
    lines: list[dict[str, Any]]

    def said(self, action: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["action"] == action]


async def hung(what: str, folder: Path) -> Hung:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.hanging_process", what, str(folder)),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await asyncio.wait_for(process.communicate(), MOST_SECONDS)
    assert SECRET not in err.decode()
    return Hung(process.returncode, [json.loads(line) for line in err.splitlines()])


async def test_a_loop_that_hangs_is_told_with_where_it_is_and_ends_the_process(tmp_path: Path) -> None:
    ended = await hung("loop", tmp_path)
    assert ended.status == 1
    told, *later = ended.said("loop_hangs")
    assert {line["level"] for line in later} <= {"DEBUG"}
    assert "block_the_loop" in told["stacks"]
    assert "MainThread:" in told["stacks"]
    assert told["level"] == "ERROR"
    (last,) = ended.said("ended_hung")
    assert last["level"] == "CRITICAL"
    assert last["message"].startswith("the event loop has not turned for ")


async def test_a_loop_that_turns_again_is_told_once_and_goes_on(tmp_path: Path) -> None:
    ended = await hung("loop for a while", tmp_path)
    assert ended.status == 0
    told = [(line["level"], line["action"]) for line in ended.lines if line["action"].startswith("loop_hangs")]
    assert [one for one in told if one[0] != "DEBUG"] == [("ERROR", "loop_hangs"), ("INFO", "loop_hangs_over")]


async def test_a_stop_that_hangs_ends_the_process(tmp_path: Path) -> None:
    ended = await hung("stop", tmp_path)
    assert ended.status == 1
    (last,) = ended.said("ended_hung")
    assert last["message"].startswith("it was told to stop")


async def test_a_bug_ends_the_daemon_although_what_is_taken_down_then_hangs(tmp_path: Path) -> None:
    ended = await hung("bug", tmp_path)
    assert ended.status == 1
    (last,) = ended.said("ended_hung")
    assert "hang_for_ever" in last["stacks"]


async def test_a_thread_of_a_file_that_hangs_is_told_once_with_where_it_is_and_ends_the_process(tmp_path: Path) -> None:
    ended = await hung("store", tmp_path)
    assert ended.status == 1
    told = ended.said("part_hangs")
    assert [line["level"] for line in told] == ["ERROR", *["DEBUG"] * (len(told) - 1)]
    assert "hang_for_ever" in told[0]["stacks"]
    assert told[0]["message"].startswith("the store has not answered for ")
    assert ended.said("ended_hung")


async def test_a_thread_that_hangs_after_all_is_done_does_not_hold_the_end_up(tmp_path: Path) -> None:
    began = time.monotonic()
    assert (await hung("exit", tmp_path)).status == 0
    assert time.monotonic() - began < LONG
