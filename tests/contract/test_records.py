"""`ops.db`: slots that were missed in one transaction, each race's last slot, and the daemon's lives."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from raceday_daemon.model.poll import CHANGED, FAILED, MISSED, STALE, UNCHANGED, Poll
from raceday_daemon.store.records import FILE_NAME, Records, open_records
from tests.builders import NOW, later
from tests.workbench import dump, named_rows, rows


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    records = await open_records(tmp_path)
    yield records
    await records.close()


def poll(race_id: str, due: float | None, began: float | None = None, outcome: str = CHANGED) -> Poll:
    """Give a look that was due so many seconds from now (None: no slot asked for it); it began then, unless named."""
    began_at = later(due or 0 if began is None else began, NOW)
    due_at = None if due is None else later(due, NOW)
    return Poll(race_id=race_id, due_at=due_at, began_at=began_at, ended_at=began_at, reason="any", outcome=outcome)


class TestAddingPolls:
    async def test_many_at_once_keep_their_order_and_their_reasons(self, records: Records, tmp_path: Path) -> None:
        await records.add_polls(
            Poll(
                race_id="race-1",
                due_at=later(seconds, NOW),
                began_at=NOW,
                ended_at=NOW,
                reason=why,
                outcome=MISSED,
                race_status="Open",
            )
            for seconds, why in ((-30, "down"), (-15, "unwatched"))
        )
        found = named_rows(tmp_path / FILE_NAME, "SELECT * FROM polls ORDER BY rowid")
        assert [(row["due_at"], row["reason"]) for row in found] == [
            ("2025-07-17T00:39:31.500Z", "down"),
            ("2025-07-17T00:39:46.500Z", "unwatched"),
        ]
        assert {(row["began_at"], row["outcome"], row["race_status"]) for row in found} == {
            ("2025-07-17T00:40:01.500Z", "missed", "Open")
        }
        assert {row[name] for row in found for name in ("bytes", "fetch_ms", "commit_ms", "error")} == {None}

    async def test_none_is_no_transaction(self, records: Records, tmp_path: Path) -> None:
        await records.add_polls(iter(()))
        assert rows(tmp_path / FILE_NAME, "SELECT count(*) FROM polls") == [(0,)]

    async def test_all_or_none_of_them_are_kept(self, records: Records, tmp_path: Path) -> None:
        refused = Poll(race_id="r", due_at=NOW, began_at=NOW, ended_at=NOW, reason="x", outcome=None)  # type: ignore[arg-type]
        before = dump(tmp_path / FILE_NAME)
        await records.add_polls([poll("race-1", 0), refused, poll("race-2", 0)])
        assert dump(tmp_path / FILE_NAME) == before


class TestLastSlots:
    async def last_slots(self, records: Records, since: float) -> dict[str, datetime]:
        return await records.last_slots(later(since, NOW))

    async def test_are_the_latest_of_each_race_whatever_came_of_them(self, records: Records) -> None:
        outcomes = (CHANGED, UNCHANGED, FAILED, STALE, MISSED)
        await records.add_polls(
            poll(f"race of {one}", due, outcome=one) for one in outcomes for due in (-300, -15, -60)
        )
        assert await self.last_slots(records, -3600) == {f"race of {one}": later(-15, NOW) for one in outcomes}

    async def test_leave_out_looks_that_no_slot_asked_for(self, records: Records) -> None:
        await records.add_polls([poll("race-1", -60), poll("race-1", None), poll("race-2", None)])
        assert await self.last_slots(records, -3600) == {"race-1": later(-60, NOW)}

    async def test_count_from_an_instant_on(self, records: Records) -> None:
        await records.add_polls([poll("race-1", -3600), poll("race-2", -3600.001), poll("race-3", -3601, began=0)])
        assert await self.last_slots(records, -3600) == {"race-1": later(-3600, NOW)}

    async def test_of_slots_missed_while_the_process_was_down_count_when_they_were_due(self, records: Records) -> None:
        await records.add_polls(poll("race-1", due, began=0, outcome=MISSED) for due in (-7200, -3600))
        assert await self.last_slots(records, -86_400) == {"race-1": later(-3600, NOW)}

    async def test_are_none_in_a_new_file(self, records: Records) -> None:
        assert await self.last_slots(records, -86_400) == {}


class TestLives:
    async def lives(self, folder: Path) -> list[tuple[str, float, str | None]]:
        return [(a, b, c) for a, b, c in rows(folder / FILE_NAME, "SELECT * FROM lives ORDER BY rowid")]

    async def test_a_life_is_noted_with_its_wait_and_its_end(self, records: Records, tmp_path: Path) -> None:
        assert await records.begin_life(NOW) == 0
        assert await self.lives(tmp_path) == [("2025-07-17T00:40:01.500Z", 0.0, None)]
        await records.end_life(later(60, NOW))
        assert await self.lives(tmp_path) == [("2025-07-17T00:40:01.500Z", 0.0, "2025-07-17T00:41:01.500Z")]

    async def test_the_end_is_that_of_the_newest_alone(self, records: Records, tmp_path: Path) -> None:
        for seconds in (0, 10):
            await records.begin_life(later(seconds, NOW))
        await records.end_life(later(20, NOW))
        assert [ended for _, _, ended in await self.lives(tmp_path)] == [None, "2025-07-17T00:40:21.500Z"]

    async def test_lives_that_crash_wait_longer_each_time_across_processes(self, tmp_path: Path) -> None:
        waits = []
        for life in range(5):
            records = await open_records(tmp_path)
            waits.append(await records.begin_life(later(life, NOW)))
            await records.close()
        assert waits == [0, 0, 0, 5, 10]
        assert [waited for _, waited, _ in await self.lives(tmp_path)] == waits

    async def test_a_life_that_ended_as_it_should_begins_the_row_anew(self, records: Records) -> None:
        for seconds in range(4):
            await records.begin_life(later(seconds, NOW))
        await records.end_life(later(4, NOW))
        assert [await records.begin_life(later(5 + seconds, NOW)) for seconds in range(4)] == [0, 0, 0, 5]
