"""Days on end in one process: what the daemon holds in memory does not grow with them.

RACEDAY_WEEK=1 lives the week (`make soak`).
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.auditor.audit import audit
from tests.auditor.written import WrittenAnswers
from tests.fakes.week_process import DAYS, RACES_A_DAY, week
from tests.workbench import rows

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024

pytestmark = [
    # Read here: the fixture of conftest.py takes our names out of the environment of each test.
    pytest.mark.skipif(not os.environ.get("RACEDAY_WEEK"), reason="a week takes two minutes: make soak"),
    pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells the memory this way"),
]


async def test_from_the_second_day_to_the_seventh_it_grows_by_less_than_5_megabytes(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "tests.fakes.week_process", str(tmp_path))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert process.returncode == 0
    resident = [int(line) / MEGABYTE for line in out.split()]
    print("MB at the end of each day:", *(f"{megabytes:.1f}" for megabytes in resident))  # noqa: T201  (a figure)
    assert len(resident) == DAYS
    assert resident[6] - resident[1] < 5
    over = rows(tmp_path / "data" / "raceday.db", "SELECT count(*) FROM races WHERE status IN ('Final', 'Abandoned')")
    assert over == [(DAYS * RACES_A_DAY,)]
    assert audit(tmp_path / "data", WrittenAnswers(tmp_path / "served.jsonl", week())) == []
