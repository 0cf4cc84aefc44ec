"""Days made up from seeds, with everything that can happen and a source that fails, each without a finding.

RACEDAY_AUDITED_DAYS sets how many, from seed 1 on (`make soak`).
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.auditor.audit import audit
from tests.contract.audited_day import BEGIN, live
from tests.simulated import FIRST

# Read here: the fixture of conftest.py takes our names out of the environment of each test.
DAYS = int(os.environ.get("RACEDAY_AUDITED_DAYS", "12"))
BEFORE = (timedelta(hours=1), timedelta(minutes=25), timedelta(minutes=4), FIRST - BEGIN)
"""Begun with the first race's table, in its midst, near its start, and before the daily jobs."""


@pytest.mark.parametrize("seed", range(1, DAYS + 1))
async def test_every_fact_is_stored_once_and_exact_and_every_gap_has_its_record(tmp_path: Path, seed: int) -> None:
    day = await live(tmp_path, seed, races=6, begin=FIRST - BEFORE[seed % len(BEFORE)])
    assert audit(day.folder, day.simulator, until=day.end) == []
