"""Two processes fight for one lease and are killed in the middle: never two holders, never none for long."""

import asyncio
import itertools
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.lease_fighter import STALE_SECONDS

TAKINGS, KILLS = 1_000, 20
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    what: str
    epoch: int
    process: int
    seconds: float


def steps(log: Path) -> list[Step]:
    lines = log.read_text().splitlines() if log.exists() else []
    words = [line.rsplit(" ", 3) for line in lines]
    return [Step(what, int(epoch), int(process), float(seconds)) for what, epoch, process, seconds in words]


async def fighter(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.lease_fighter", str(folder), cwd=ROOT
    )


async def fight(folder: Path) -> list[Step]:
    """Let two processes fight, kill one at random every so often and put another in its place."""
    random.seed(7)
    fighters = [await fighter(folder), await fighter(folder)]
    killed = 0
    try:
        while (
            len(taken := [step for step in steps(folder / "log") if step.what == "taken"]) < TAKINGS or killed < KILLS
        ):
            assert all(one.returncode is None for one in fighters), "a fighter gave up by itself"
            if len(taken) >= (killed + 1) * TAKINGS // (KILLS + 1):
                place = random.randrange(2)
                fighters[place].kill()
                await fighters[place].wait()
                fighters[place] = await fighter(folder)
                killed += 1
            await asyncio.sleep(random.uniform(0.001, 0.01))
    finally:
        for one in fighters:
            if one.returncode is None:
                one.kill()
            await one.wait()
    return steps(folder / "log")


async def test_a_thousand_takings_and_twenty_kills(tmp_path: Path) -> None:
    log = await fight(tmp_path)
    assert not [step for step in log if step.what == "TWO HOLDERS"]
    takings = sorted((step for step in log if step.what == "taken"), key=lambda step: step.epoch)
    assert len({step.epoch for step in takings}) == len(takings) >= TAKINGS
    assert len({step.process for step in takings}) > 2, "the processes put in place of the killed ones took it too"
    gaps = [later.seconds - earlier.seconds for earlier, later in itertools.pairwise(takings)]
    assert max(gaps) < STALE_SECONDS
