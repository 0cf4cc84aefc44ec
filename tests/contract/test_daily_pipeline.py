"""The daily pipeline: every job at its time for its racing day, the card looked through while a race is open."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tests.contract.daily_life import Card, Ran, daemon, eve, on
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import needs_recordings

pytestmark = needs_recordings

DAY = date(2025, 8, 13)
SPRING, AUTUMN = date(2025, 9, 28), date(2026, 4, 5)
"""The days on which Auckland's clocks change."""
DAYS = pytest.mark.parametrize("day", [DAY, SPRING, AUTUMN], ids=str)


def quarters(first: datetime, last: datetime) -> list[str]:
    """Give the times of the grid from the first to the last."""
    count = (last - first) // timedelta(minutes=15)
    return [f"{first + n * timedelta(minutes=15):%H:%M}" for n in range(count + 1)]


def times_of(job: str, ran: list[Ran]) -> list[str]:
    """Give when a job began, each time once."""
    return list(dict.fromkeys(began for name, _, began in ran if name == job))


class TestTheJobs:
    @DAYS
    async def test_run_at_their_times_for_the_racing_day_of_that_instant(
        self, recorded_source: RecordedSource, tmp_path: Path, day: date
    ) -> None:
        Card(recorded_source, day, status="Final")
        async with daemon(tmp_path, recorded_source, eve(day, "10:30")) as running:
            caught_up = await running.run_until(eve(day, "16:59"))
            assert {(ran_for, began) for _, ran_for, began in caught_up} == {(f"{day - timedelta(days=1)}", "10:30")}
            ran = await running.run_until(on(day, "09:59"))
        assert list(dict.fromkeys(ran)) == [
            ("meetings", f"{day}", "17:00"),
            ("races", f"{day}", "17:10"),
            ("entrants", f"{day}", "17:20"),
            ("meetings", f"{day}", "20:30"),
            ("races", f"{day}", "20:30"),
            ("entrants", f"{day}", "20:30"),
        ]

    async def test_run_again_the_next_day_for_the_next_racing_day(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        async with daemon(tmp_path, recorded_source, eve(DAY, "16:55")) as running:
            await running.run_until(on(DAY, "16:59"))
            ran = await running.run_until(on(DAY, "21:00"))
        assert {ran_for for _, ran_for, _ in ran} == {f"{DAY + timedelta(days=1)}"}
        assert times_of("meetings", ran)[0] == "17:00"
        assert times_of("entrants", ran)[-1] == "20:30"

    async def test_run_once_each(self, recorded_source: RecordedSource, tmp_path: Path) -> None:
        Card(recorded_source, DAY, status="Final")
        async with daemon(tmp_path, recorded_source, eve(DAY, "10:30")) as running:
            await running.run_until(eve(DAY, "16:59"))
            ran = await running.run_until(eve(DAY, "20:00"))
        assert [job for job, _, _ in ran] == ["meetings", "races", "entrants"]

    async def test_are_not_begun_again_by_a_clock_that_is_set_back_after_they_began(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        async with daemon(tmp_path, recorded_source, eve(DAY, "16:50")) as running:
            ran = await running.run_until(eve(DAY, "17:01"))
            assert times_of("meetings", ran) == ["16:50", "17:00"]
            running.house.clock.set(eve(DAY, "16:59"))
            assert await running.run_until(eve(DAY, "17:09")) == []

    async def test_are_not_begun_again_by_a_clock_that_is_set_back_as_they_begin(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        async def set_back() -> None:
            running.house.clock.set(eve(DAY, "16:50"))

        Card(recorded_source, DAY, status="Final")
        async with daemon(tmp_path, recorded_source, eve(DAY, "16:58")) as running:
            await running.run_until(eve(DAY, "16:58"))
            running.schedule.at("the clock is put right", eve(DAY, "16:59"), set_back)
            running.house.clock.advance(5 * 60)
            await running.run_until(eve(DAY, "16:59"))
            waiting = running.schedule.waiting
        assert (waiting["daily meetings"], waiting["statuses"]) == (on(DAY, "17:00"), eve(DAY, "17:15"))

    async def test_begin_late_for_the_day_that_they_were_due_for_when_the_process_stood_still(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Final")
        async with daemon(tmp_path, recorded_source, eve(DAY, "10:30")) as running:
            await running.run_until(eve(DAY, "16:59"))
            running.house.clock.advance(30 * 60)
            ran = await running.run_until(eve(DAY, "17:29"))
            assert set(ran) == {(job, f"{DAY}", "17:29") for job in ("meetings", "races", "entrants")}

    async def test_of_a_new_day_are_made_up_for_after_a_day_of_standing_still(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY + timedelta(days=1))
        async with daemon(tmp_path, recorded_source, eve(DAY, "10:30")) as running:
            await running.run_until(eve(DAY, "16:59"))
            running.house.clock.advance(26 * 3600)
            ran = await running.run_until(on(DAY, "18:59"))
        next_day = f"{DAY + timedelta(days=1)}"
        of_the_next_day = [job for job, ran_for, _ in ran if ran_for == next_day]
        assert of_the_next_day == ["meetings", "races", "entrants", "statuses"]


class TestStatuses:
    async def test_are_looked_through_every_quarter_of_an_hour_while_a_race_is_open_and_not_after(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        card = Card(recorded_source, DAY)
        async with daemon(tmp_path, recorded_source, on(DAY, "00:05")) as running:
            ran = await running.run_until(on(DAY, "01:35"))
            card.set_status("Interim")
            ran += await running.run_until(on(DAY, "02:05"))
            card.set_status("Final")
            ran += await running.run_until(on(DAY, "02:15"))
            assert times_of("statuses", ran) == ["00:05", *quarters(on(DAY, "00:15"), on(DAY, "02:15"))]
            assert await running.run_until(on(DAY, "04:00")) == []

    async def test_are_looked_through_while_only_one_race_is_left(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, status="Abandoned")
        recorded_source.meetings["data"]["meetings"][0]["races"][1]["status"] = "Closed"
        async with daemon(tmp_path, recorded_source, on(DAY, "01:40")) as running:
            assert times_of("statuses", await running.run_until(on(DAY, "02:00"))) == ["01:40", "01:45", "02:00"]

    @pytest.mark.parametrize("day", [DAY, SPRING], ids=str)
    async def test_of_a_card_past_midnight_are_those_of_its_own_date(
        self, recorded_source: RecordedSource, tmp_path: Path, day: date
    ) -> None:
        # Noon in UTC is midnight in Auckland, or an hour past it.
        card = Card(recorded_source, day, on(day, "10:40"), on(day, "12:40"))
        async with daemon(tmp_path, recorded_source, on(day, "10:25")) as running:
            await running.run_until(on(day, "11:55"))
            ran = await running.run_until(on(day, "13:10"))
            assert ran == [("statuses", f"{day}", at) for at in quarters(on(day, "12:00"), on(day, "13:00"))]
            card.set_status("Final")
            assert await running.run_until(on(day, "14:00")) == [("statuses", f"{day}", "13:15")]

    async def test_of_a_race_that_nobody_ends_are_looked_through_until_six_hours_after_its_start(
        self, recorded_source: RecordedSource, tmp_path: Path
    ) -> None:
        Card(recorded_source, DAY, on(DAY, "00:50"), on(DAY, "01:25"))
        async with daemon(tmp_path, recorded_source, on(DAY, "06:30")) as running:
            ran = await running.run_until(on(DAY, "09:00"))
        assert times_of("statuses", ran) == ["06:30", "06:45", "07:00", "07:15"]
