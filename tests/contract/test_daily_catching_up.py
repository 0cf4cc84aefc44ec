"""What the daily pipeline makes up for: what a start finds lacking, what failed, and what was due while it was down."""

from datetime import date
from pathlib import Path

import pytest

from tests.contract.daily_life import Card, away, daemon, eve, house_of, on
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import needs_recordings

pytestmark = needs_recordings

DAY = date(2025, 8, 13)
IMPORT = ["meetings", "races", "entrants"]


async def already_done(folder: Path, source: RecordedSource, job: str) -> None:
    """Run a job of the day by hand, with what it needs."""
    async with house_of(folder, source, on(DAY, "00:01")) as house:
        runs = await house.runner().run(job, DAY)
    assert {run.status for run in runs} == {"ok"}


class TestAStart:
    @pytest.mark.parametrize("at", ["17:40", "23:59"])
    async def test_makes_up_for_the_times_that_were_missed_while_the_process_was_down(
        self, recorded_source: RecordedSource, tmp_path: Path, at: str
    ) -> None:
        Card(recorded_source, DAY)
        async with daemon(tmp_path, recorded_source, eve(DAY, at)) as running:
            ran = await running.run_until(eve(DAY, at))
        assert ran == [(job, f"{DAY}", at) for job in [*IMPORT, "statuses"]]

    async def test_runs_what_the_day_lacks_even_before_its_time(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        async with daemon(tmp_path, recorded_source, eve(DAY, "12:30")) as running:
            ran = await running.run_until(eve(DAY, "16:59"))
        assert ran == [(job, f"{DAY}", "12:30") for job in IMPORT]

    @pytest.mark.parametrize(
        ("done", "lacking"),
        [("meetings", ["races", "entrants"]), ("races", ["entrants"]), ("entrants", []), ("refresh", [])],
    )
    async def test_runs_only_what_is_lacking(
        self, recorded_source: RecordedSource, tmp_path: Path, done: str, lacking: list[str]
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        await already_done(tmp_path, recorded_source, done)
        async with daemon(tmp_path, recorded_source, on(DAY, "00:05")) as running:
            ran = await running.run_until(on(DAY, "01:00"))
        assert [job for job, _, _ in ran] == lacking

    async def test_looks_through_a_card_under_way_at_once(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY)
        await already_done(tmp_path, recorded_source, "entrants")
        async with daemon(tmp_path, recorded_source, on(DAY, "00:05")) as running:
            assert await running.run_until(on(DAY, "00:14")) == [("statuses", f"{DAY}", "00:05")]

    async def test_again_and_again_imports_nothing_twice(self, recorded_source: RecordedSource, tmp_path: Path) -> None:
        Card(recorded_source, DAY, status="Final")
        ran = []
        for at in ("00:05", "00:06", "00:07"):
            async with daemon(tmp_path, recorded_source, on(DAY, at)) as running:
                ran += await running.run_until(on(DAY, at))
        assert [job for job, _, _ in ran] == IMPORT


class TestAJobThatFailed:
    async def test_because_the_source_was_away_is_run_again_at_the_next_quarter_of_an_hour(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        races = [race["id"] for race in recorded_source.meetings["data"]["meetings"][0]["races"]]
        async with daemon(tmp_path, recorded_source, eve(DAY, "10:30")) as running:
            await running.run_until(eve(DAY, "17:19"))
            recorded_source.instead.update(dict.fromkeys(races, away))
            await running.run_until(eve(DAY, "17:29"))
            recorded_source.instead.clear()
            await running.run_until(eve(DAY, "18:00"))
            assert running.outcomes("entrants")[1:] == [("entrants", "17:20", "failed"), ("entrants", "17:30", "ok")]

    async def test_is_tried_every_quarter_of_an_hour_as_long_as_it_fails(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        async with daemon(tmp_path, recorded_source, eve(DAY, "10:30")) as running:
            await running.run_until(eve(DAY, "16:59"))
            recorded_source.instead["/meetings"] = away
            ran = await running.run_until(eve(DAY, "18:05"))
            assert {job for job, _, _ in ran} == {"meetings"}
            times = list(dict.fromkeys(began for _, _, began in ran))
            assert times == ["17:00", "17:10", "17:15", "17:20", "17:30", "17:45", "18:00"]
            recorded_source.instead.clear()
            assert await running.run_until(eve(DAY, "20:00")) == [(job, f"{DAY}", "18:15") for job in IMPORT]

    async def test_at_the_start_is_made_up_for_once_its_time_has_come(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        recorded_source.instead["/meetings"] = away
        async with daemon(tmp_path, recorded_source, on(DAY, "00:05")) as running:
            await running.run_until(on(DAY, "00:05"))
            recorded_source.instead.clear()
            assert await running.run_until(on(DAY, "01:00")) == [(job, f"{DAY}", "00:15") for job in IMPORT]
