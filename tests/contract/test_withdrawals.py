"""What the source stops to list: two answers in a row without it make it withdrawn, and doubt never does.

The answers are in the source's own spelling, read and written the way a daily job does it.
"""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from sqlite3 import Connection

import pytest

from raceday_daemon.intake.card_commit import commit_absences, commit_card
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.nztab.card_mapping import day_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import MeetingsAnswer
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.store.day_queries import meetings_of_day, races_of_day
from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import Document, body, card_meeting, card_race, later, meetings, race, snapshot
from tests.workbench import rows

DAY = date(2025, 7, 17)
WANTED = Wanted.of(("NZ",), ("T",))
WHOLE = (card_meeting(1, card_race(1), card_race(2, status="Final")), card_meeting(2, card_race(3)))
WITHOUT_RACE_1 = (card_meeting(1, card_race(2, status="Final")), card_meeting(2, card_race(3)))
WITHOUT_MEETING_2 = WHOLE[:1]
BROKEN = {"race_number": "none"}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


async def take(store: Database, at: float, *sent: Document) -> int:
    """Take a whole day's answer; give the number of rows that absences changed."""
    document = meetings(*sent)
    document["header"]["generated_time"] = instant_text(later(at))
    answer = day_card([decode(MeetingsAnswer, body(document))], DAY, WANTED)

    def work(connection: Connection) -> int:
        for card in answer.cards:
            commit_card(connection, card, later(at + 1))
        return commit_absences(connection, DAY, answer, later(at + 1))

    return await store.transaction(work)


def withdrawn(path: Path) -> dict[str, str]:
    marked = "SELECT id, withdrawnAt FROM {} WHERE withdrawnAt IS NOT NULL"
    return {str(name): str(at) for table in ("meetings", "races") for name, at in rows(path, marked.format(table))}


async def test_one_answer_without_a_race_marks_nothing(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    assert await take(store, 60, *WITHOUT_RACE_1) == 0
    assert withdrawn(path) == {}


async def test_two_answers_in_a_row_mark_a_race_as_withdrawn_by_the_sources_clock(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    await take(store, 60, *WITHOUT_RACE_1)
    assert await take(store, 120, *WITHOUT_RACE_1) == 2
    assert withdrawn(path) == {"race-1": "2025-07-17T00:42:00.000Z"}
    assert rows(path, "SELECT lastUpdated FROM races WHERE id = 'race-1'") == [("2025-07-17T00:42:01.000Z",)]


async def test_a_withdrawn_race_is_marked_once(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    for minute in (1, 2):
        await take(store, 60 * minute, *WITHOUT_RACE_1)
    assert [await take(store, 60 * minute, *WITHOUT_RACE_1) for minute in (3, 4)] == [0, 0]
    assert withdrawn(path) == {"race-1": "2025-07-17T00:42:00.000Z"}


async def test_the_same_answer_met_twice_counts_once(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    for at in (60, 60, 60):
        await take(store, at, *WITHOUT_RACE_1)
    assert withdrawn(path) == {}


async def test_an_answer_in_between_that_lists_it_begins_the_count_anew(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    await take(store, 60, *WITHOUT_RACE_1)
    await take(store, 120, *WHOLE)
    await take(store, 180, *WITHOUT_RACE_1)
    assert withdrawn(path) == {}


async def test_a_race_that_is_listed_again_is_no_longer_withdrawn(store: Database, path: Path) -> None:
    for at, answer in ((0, WHOLE), (60, WITHOUT_RACE_1), (120, WITHOUT_RACE_1), (180, WHOLE)):
        await take(store, at, *answer)
    assert withdrawn(path) == {}
    await take(store, 240, *WITHOUT_RACE_1)
    assert withdrawn(path) == {}, "and its count begins anew"


async def test_a_withdrawn_race_no_longer_counts_for_its_meeting(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    assert rows(path, "SELECT status FROM meetings WHERE id = 'meeting-1'") == [("active",)]
    for at in (60, 120):
        await take(store, at, *WITHOUT_RACE_1)
    assert rows(path, "SELECT status, lastUpdated FROM meetings WHERE id = 'meeting-1'") == [
        ("completed", "2025-07-17T00:42:01.000Z")
    ]
    await take(store, 180, *WHOLE)
    assert rows(path, "SELECT status FROM meetings WHERE id = 'meeting-1'") == [("active",)]


async def test_a_meeting_that_is_dropped_is_withdrawn_with_its_races(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    await take(store, 60, *WITHOUT_MEETING_2)
    assert withdrawn(path) == {}
    await take(store, 120, *WITHOUT_MEETING_2)
    at = "2025-07-17T00:42:00.000Z"
    assert withdrawn(path) == {"meeting-2": at, "race-3": at}
    await take(store, 180, *WHOLE)
    assert withdrawn(path) == {}


async def test_the_daily_jobs_pass_over_what_is_withdrawn(store: Database) -> None:
    await take(store, 0, *WHOLE)
    for at in (60, 120):
        await take(store, at, card_meeting(1, card_race(2, status="Final")))
    meetings_left = await store.transaction(lambda connection: meetings_of_day(connection, DAY))
    races_left = await store.transaction(lambda connection: races_of_day(connection, DAY))
    assert [each.meeting_id for each in meetings_left] == ["meeting-1"]
    assert [each.race_id for each in races_left] == ["race-2"]


@pytest.mark.parametrize(
    "doubtful",
    [
        pytest.param((), id="no meeting at all"),
        pytest.param((card_meeting(1, card_race(2)), card_meeting(2, name=None)), id="a meeting that cannot be read"),
        pytest.param(
            (card_meeting(1, card_race(2), card_race(1, **BROKEN)), card_meeting(2, card_race(3))),
            id="the race itself cannot be read",
        ),
        pytest.param(
            (card_meeting(1, card_race(2), {"id": None}), card_meeting(2, card_race(3))),
            id="some race of the meeting cannot be read",
        ),
        pytest.param(
            (card_meeting(1, races=[]), card_meeting(2, card_race(3))),
            id="a meeting whose list of races is empty",
        ),
        pytest.param(
            (card_meeting(1, races=None), card_meeting(2, card_race(3))),
            id="a meeting without a list of races",
        ),
    ],
)
async def test_an_answer_that_leaves_doubt_marks_nothing(
    store: Database, path: Path, doubtful: tuple[Document, ...]
) -> None:
    await take(store, 0, *WHOLE)
    for at in (60, 120, 180):
        assert await take(store, at, *doubtful) == 0
    assert withdrawn(path) == {}


async def test_doubt_about_one_meeting_says_nothing_of_another(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    for at in (60, 120):
        await take(store, at, card_meeting(1, card_race(2), card_race(1, **BROKEN)), card_meeting(2, card_race(4)))
    assert withdrawn(path) == {"race-3": "2025-07-17T00:42:00.000Z"}


async def test_a_race_that_nobody_wants_any_more_is_still_listed(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    for at in (60, 120):
        await take(store, at, WHOLE[0], card_meeting(2, card_race(3), country="AUS"))
    assert withdrawn(path) == {}


async def test_a_race_that_moved_to_another_day_is_still_listed(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    for at in (60, 120):
        await take(store, at, WHOLE[0], card_meeting(2, card_race(3), date="2025-07-18T00:00:00Z"))
    assert withdrawn(path) == {}


async def test_an_answer_older_than_the_races_own_says_nothing_of_it(store: Database, path: Path) -> None:
    await take(store, 0, *WHOLE)
    seen = snapshot(generated_time=later(200), race=race(race_id="race-1"))
    await store.transaction(lambda connection: commit_race(connection, seen, later(201)))
    for at in (60, 120):
        await take(store, at, *WITHOUT_RACE_1)
    assert withdrawn(path) == {}


async def test_a_look_at_a_withdrawn_race_does_not_bring_it_back(store: Database, path: Path) -> None:
    for at, answer in ((0, WHOLE), (60, WITHOUT_RACE_1), (120, WITHOUT_RACE_1)):
        await take(store, at, *answer)
    seen = snapshot(generated_time=later(180), race=race(race_id="race-1", protest=True))
    await store.transaction(lambda connection: commit_race(connection, seen, later(181)))
    assert withdrawn(path) == {"race-1": "2025-07-17T00:42:00.000Z"}
    assert rows(path, "SELECT status FROM meetings WHERE id = 'meeting-1'") == [("completed",)]
