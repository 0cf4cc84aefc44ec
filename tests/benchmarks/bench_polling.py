"""Punctuality in real time: forty races near their starts, and how many races one process can poll at once.

RACEDAY_BENCH_RACES (such as 10,100) names the steps of the growth.
"""

import os
import time
from pathlib import Path
from statistics import quantiles

import pytest

from tests.benchmarks.polling_run import run_daemon

GROWTH = [int(races) for races in os.environ.get("RACEDAY_BENCH_RACES", "10,100,500,1000,2000").split(",")]


async def test_forty_races_with_starts_spread_over_the_next_minutes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.time() // 60 * 60 + 60
    starts = [now + 60 + 15 * place for place in range(40)]
    ran = await run_daemon(tmp_path, starts, until=now + 240, warm_up_until=now)
    with capsys.disabled():
        print(f"\n40 races, starts every 15 s: {ran}")  # noqa: T201
    assert quantiles(ran.lateness_ms, n=100)[98] < 25
    assert max(ran.lateness_ms) < 250
    assert ran.missed == 0


@pytest.mark.parametrize("races", GROWTH)
async def test_growth(tmp_path: Path, capsys: pytest.CaptureFixture[str], races: int) -> None:
    # Planning and importing so many takes a while; then all are in their last five minutes for two minutes.
    begin = time.time() // 60 * 60 + 60 + races // 25
    starts = [begin + 200 + place * 60 / races for place in range(races)]
    ran = await run_daemon(tmp_path, starts, until=begin + 100, warm_up_until=begin + 10)
    with capsys.disabled():
        print(f"\n{races} races in their last five minutes: {ran}")  # noqa: T201
    assert ran.polls
