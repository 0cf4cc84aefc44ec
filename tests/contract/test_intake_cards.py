"""Cards into a real store: what they may change of a race, and what follows for its meeting."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.intake.card_commit import commit_card
from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.market import RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.race import Race
from raceday_daemon.model.snapshot import MeetingCard, TrackDetails
from raceday_daemon.store.race_queries import read_one
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import MEETING_ID, NOW, START, later, meeting, pools, race, snapshot
from tests.workbench import dump, rows

MARKS = {"imported_at": NOW, "last_updated": NOW}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


def numbered(number: int, **changes: Any) -> Race:
    start = later(1800 * (number - 1), START)
    return race(**{"race_id": f"race-{number}", "race_number": number, "start_time": start, **changes})


async def card(store: Database, *races: Race, at: float = 0, now: datetime = NOW, **changes: Any) -> Commit:
    sent = MeetingCard(generated_time=later(at), meeting=meeting(**changes), races=races)
    return await store.transaction(lambda connection: commit_card(connection, sent, now))


async def look(store: Database, of: Race, at: float, now: datetime = NOW, **changes: Any) -> Commit:
    answer = snapshot(generated_time=later(at), race=of, **{"pools": pools(race_id=of.race_id), **changes})
    return await store.transaction(lambda connection: commit_race(connection, answer, now))


async def stored(store: Database, record: type[Any], row_id: str) -> Any:
    return await store.transaction(lambda connection: read_one(connection, record, row_id))


async def the_meeting(store: Database) -> Meeting:
    found = await stored(store, Meeting, MEETING_ID)
    assert isinstance(found, Meeting)
    return found


async def test_a_new_card_writes_the_meeting_its_races_and_an_empty_pools_row_a_race(store: Database) -> None:
    assert await card(store, numbered(1), numbered(2), track_condition="Good4") == Commit("ok", 5)
    assert await the_meeting(store) == meeting(
        track_condition="Good4", first_race_start=START, last_race_start=later(1800, START), last_updated=NOW
    )
    assert await stored(store, Race, "race-2") == numbered(2, **MARKS)
    assert await stored(store, RacePools, "race-2") == pools(race_id="race-2", last_updated=NOW)


async def test_an_unchanged_card_writes_no_row(store: Database, path: Path) -> None:
    await card(store, numbered(1), numbered(2))
    before = {name: table for name, table in dump(path).items() if name != "looks"}
    assert await card(store, numbered(1), numbered(2), at=60, now=later(61)) == Commit("unchanged", 0)
    assert {name: table for name, table in dump(path).items() if name != "looks"} == before


async def test_a_card_older_than_the_last_one_is_not_written(store: Database, path: Path) -> None:
    await card(store, numbered(1), at=60)
    before = dump(path)
    older = await card(store, numbered(1, status="Closed"), numbered(2), at=59, track_condition="Heavy10")
    assert older.outcome == "ok", "race 2 is new to the store, whatever the card's age"
    assert (await the_meeting(store)).track_condition is None
    assert await card(store, numbered(1, status="Closed"), at=59, meeting_name="Elsewhere") == Commit("stale", 0)
    assert dump(path)["meetings"][0][:4] == before["meetings"][0][:4]
    assert dump(path)["races"][0] == before["races"][0]


async def test_a_card_older_than_a_races_own_answer_leaves_that_race_alone(store: Database) -> None:
    await card(store, numbered(1), numbered(2))
    await look(store, numbered(1, status="Interim"), at=120)
    await card(store, numbered(1, status="Open"), numbered(2, status="Closed"), at=60, track_condition="Soft5")
    assert (await stored(store, Race, "race-1")).status == "Interim"
    assert (await stored(store, Race, "race-2")).status == "Closed"
    assert (await the_meeting(store)).track_condition == "Soft5"


async def test_once_an_event_was_taken_a_card_changes_only_status_start_and_withdrawal(store: Database) -> None:
    told = numbered(
        1, name="The Cup", distance=1600, weather="Fine", track_condition="Good4", silk_url="s", protest=True
    )
    await look(store, told, at=0)
    blank = numbered(1, name="Race 1", status="Closed", start_time=later(60, START), tote_start_time="12:50:00")
    assert await card(store, blank, at=60, now=later(61)) == Commit("ok", 2)
    found = await stored(store, Race, "race-1")
    assert found == numbered(
        1,
        name="The Cup",
        distance=1600,
        weather="Fine",
        track_condition="Good4",
        silk_url="s",
        protest=True,
        status="Closed",
        start_time=later(60, START),
        imported_at=NOW,
        last_poll_time=NOW,
        last_updated=later(61),
        last_status_change=later(60),
    )
    assert await card(store, replace(blank, name="Race one", distance=0), at=120) == Commit("unchanged", 0)
    assert await stored(store, Race, "race-1") == found


async def test_before_any_event_a_card_changes_all_that_it_tells(store: Database) -> None:
    await card(store, numbered(1, name="Race 1", distance=1400, weather="Fine"))
    await card(store, numbered(1, name="The Cup", distance=1600), at=60)
    found = await stored(store, Race, "race-1")
    assert (found.name, found.distance, found.weather) == ("The Cup", 1600, None)


async def test_what_only_a_card_tells_outlives_an_event(store: Database) -> None:
    await card(store, numbered(1, tote_start_time="12:50:00"))
    await look(store, numbered(1, name="The Cup"), at=60)
    found = await stored(store, Race, "race-1")
    assert (found.name, found.tote_start_time) == ("The Cup", "12:50:00")


async def test_a_card_leaves_the_pools_of_a_known_race_alone(store: Database) -> None:
    await look(store, numbered(1), at=0, pools=pools(win_pool_total=500))
    await card(store, numbered(1), at=60)
    assert (await stored(store, RacePools, "race-1")).win_pool_total == 500


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (("Open", "Open"), "active"),
        (("Final", "Open"), "active"),
        (("Final", "Interim"), "active"),
        (("Abandoned", "Closed"), "active"),
        (("Final", "Postponed"), "active"),
        (("Final", "Final"), "completed"),
        (("Abandoned", "Final"), "completed"),
        (("Abandoned", "Abandoned"), "abandoned"),
        ((), "active"),
    ],
)
@pytest.mark.parametrize("by_event", [False, True], ids=["by card", "by event"])
async def test_a_meetings_status_follows_from_its_races(
    store: Database, statuses: tuple[str, ...], expected: str, by_event: bool
) -> None:
    races = [numbered(number, status=status) for number, status in enumerate(statuses, 1)]
    if by_event:
        await card(store, *(numbered(number) for number, _ in enumerate(statuses, 1)))
        for each in races:
            await look(store, each, at=60)
    else:
        await card(store, *races)
    assert (await the_meeting(store)).status == expected


async def test_a_meeting_is_active_again_when_a_race_turns_out_not_to_be_over(store: Database) -> None:
    await card(store, numbered(1, status="Final"))
    await look(store, numbered(1, status="Interim"), at=60)
    assert (await the_meeting(store)).status == "active"


async def test_the_first_and_last_start_move_with_the_races(store: Database) -> None:
    await card(store, numbered(1), numbered(2), numbered(3))
    await look(store, numbered(3, start_time=later(9000, START)), at=60)
    await card(store, numbered(1, start_time=later(120, START)), numbered(2), at=90)
    found = await the_meeting(store)
    assert (found.first_race_start, found.last_race_start) == (later(120, START), later(9000, START))


async def test_the_weather_of_a_meeting_is_that_of_its_next_race(store: Database) -> None:
    await card(store, numbered(1, weather="Fine"), numbered(2, weather="Showers"), numbered(3, weather="Rain"))
    assert (await the_meeting(store)).weather == "Fine"
    await look(store, numbered(1, weather="Fine", status="Final"), at=60)
    assert (await the_meeting(store)).weather == "Showers"
    await look(store, numbered(2, weather="Overcast"), at=90)
    assert (await the_meeting(store)).weather == "Overcast"
    await look(store, numbered(2, weather="Overcast", status="Final"), at=100)
    await card(store, *(numbered(number, status="Final", weather="Rain") for number in (1, 2, 3)), at=120)
    assert (await the_meeting(store)).weather == "Rain", "of the last race, when all are over"


async def test_track_details_come_from_the_next_race_once_any_are_known(store: Database) -> None:
    turf = TrackDetails(track_direction="Left", track_surface="Turf", rail_position="True")
    synthetic = TrackDetails(track_direction="Left", track_surface="Synthetic")
    await card(store, numbered(1), numbered(2))
    await look(store, numbered(2), at=30, track=synthetic)
    assert (await the_meeting(store)).track_surface == "Synthetic", "better than nothing"
    await look(store, numbered(1), at=60, track=turf)
    await look(store, numbered(2), at=90, track=synthetic)
    found = await the_meeting(store)
    assert (found.track_direction, found.track_surface, found.rail_position) == ("Left", "Turf", "True")
    await look(store, numbered(1, status="Final"), at=120, track=turf)
    await look(store, numbered(2), at=150, track=synthetic)
    assert ((await the_meeting(store)).track_surface, (await the_meeting(store)).rail_position) == ("Synthetic", None)


async def test_a_card_keeps_what_only_the_races_tell_of_their_meeting(store: Database) -> None:
    await card(store, numbered(1))
    await look(store, numbered(1), at=30, track=TrackDetails(track_direction="Left"))
    assert (await card(store, numbered(1), at=60)).outcome == "unchanged"
    assert (await the_meeting(store)).track_direction == "Left"


async def test_a_look_that_changes_nothing_for_its_meeting_leaves_the_meetings_row(store: Database) -> None:
    await card(store, numbered(1))
    assert await look(store, numbered(1, protest=True), at=60, now=later(61)) == Commit("ok", 1)
    assert (await the_meeting(store)).last_updated == NOW


async def test_a_card_that_fails_leaves_nothing(store: Database, path: Path) -> None:
    empty = dump(path)
    with pytest.raises(Exception, match="NOT NULL"):
        await card(store, numbered(1), numbered(2, name=None))
    assert dump(path) == empty
    assert rows(path, "SELECT count(*) FROM looks") == [(0,)]
    assert (await card(store, numbered(1), numbered(2))).outcome == "ok"
