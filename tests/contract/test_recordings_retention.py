"""Recordings are kept for so many racing days; whole days go, and nothing else does."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.assembly import forget_old_recordings
from raceday_daemon.recordings.retention import remove_days_before
from raceday_daemon.settings import Settings
from tests.builders import START
from tests.exchanges import exchange, logged, write
from tests.fakes.clock import FakeClock

DAYS = ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"]
IN_AUCKLAND_ALREADY_THE_17TH = datetime.fromisoformat("2025-07-16T12:30:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for day in DAYS:
        write(tmp_path / "recordings" / day, exchange())
    return tmp_path / "recordings"


def left(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())


def test_the_days_before_one_go_with_all_that_is_in_them(folder: Path) -> None:
    (folder / DAYS[0] / "cut.json.gz.part").write_bytes(b"")
    with logged() as told:
        remove_days_before(folder, date(2025, 7, 3))
    assert left(folder) == DAYS[2:]
    assert [line["day"] for line in told] == DAYS[:2]


def test_what_is_no_day_stays_and_a_day_that_can_not_go_keeps_no_other(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.txt").write_text("not to be followed")
    (folder / "2025-06-01").symlink_to(elsewhere)
    (folder / "2025-06-02.bak").mkdir()
    (folder / "notes").mkdir()
    with logged("WARNING") as told:
        remove_days_before(folder, date(2025, 7, 3))
    assert left(folder) == ["2025-06-01", "2025-06-02.bak", *DAYS[2:], "notes"]
    assert (elsewhere / "mine.txt").exists()
    assert [line["action"] for line in told] == ["recordings_not_removed"]


def test_where_nothing_was_ever_recorded_there_is_nothing_to_say(tmp_path: Path) -> None:
    with logged() as told:
        remove_days_before(tmp_path / "recordings", date(2025, 7, 3))
    assert told == []


@pytest.mark.parametrize(("days", "kept"), [(15, DAYS[1:]), (13, DAYS[3:]), (12, []), (0, DAYS)])
async def test_days_are_counted_back_from_the_racing_day(folder: Path, days: int, kept: list[str]) -> None:
    settings = Settings(raceday_data_dir=folder.parent, raceday_recordings_retention_days=days)
    await forget_old_recordings(settings, FakeClock(IN_AUCKLAND_ALREADY_THE_17TH))
    assert left(folder) == kept


async def test_they_go_as_the_days_pass(folder: Path) -> None:
    settings, clock = Settings(raceday_data_dir=folder.parent), FakeClock(START)
    counts = []
    for _ in range(4):
        await forget_old_recordings(settings, clock)
        counts.append(len(left(folder)))
        clock.advance(timedelta(days=1).total_seconds())
    assert counts == [2, 1, 0, 0]
