"""What one machine has sent, another takes over from Appwrite: it goes on exactly where that one would have."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.model.appwrite_errors import AppwriteError
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store import schema
from tests.alerting import USER, rule
from tests.alerting_store import new_alerts
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_stores import Machine, machine
from tests.builders import big_bet, entrant, meeting, minutes_before, pools, race, results

TODAY = date(2025, 7, 17)
TABLES = (
    schema.MEETINGS,
    schema.RACES,
    schema.ENTRANTS,
    schema.RACE_POOLS,
    schema.RACE_RESULTS,
    schema.BIG_BETS,
    schema.ODDS_HISTORY,
    schema.MONEY_FLOW_HISTORY,
)


@pytest.fixture
async def north(tmp_path: Path, appwrite: Appwrite) -> AsyncIterator[Machine]:
    async with machine(tmp_path / "north", appwrite) as north:
        await north.write(meeting(api_generated_time=minutes_before(90).generated_time))
        yield north


@pytest.fixture
async def south(tmp_path: Path, appwrite: Appwrite) -> AsyncIterator[Machine]:
    async with machine(tmp_path / "south", appwrite) as south:
        yield south


async def goes_on_alike(north: Machine, south: Machine, *answers: RaceSnapshot) -> None:
    """Let both take the same answers: each leaves the same rows on both."""
    before = {table: north.rows(table) for table in TABLES}
    for answer in answers:
        for one in (north, south):
            await one.look(answer)
    for table in TABLES:
        here, there = north.rows(table), south.rows(table)
        news = {row_id: row for row_id, row in here.items() if row != before[table].get(row_id)}
        assert {row_id: there.get(row_id) for row_id in news} == news, table.name
        assert there.keys() <= here.keys(), f"{table.name}: a row that the other did not write"


async def test_a_race_is_taken_over_as_it_was_sent_and_nothing_is_queued(north: Machine, south: Machine) -> None:
    runners = (entrant(1, fixed_win_odds=5.0, is_scratched=False), entrant(2, win_pool_amount=700, favourite=True))
    await north.look(minutes_before(10, entrants=runners, big_bets=(big_bet(),)))
    await north.send()
    await south.heir.catch_up([TODAY])
    for table in TABLES:
        if table is not schema.ODDS_HISTORY:
            assert south.rows(table) == north.rows(table), table.name
    assert south.rows(schema.ODDS_HISTORY) == {}, "a price that is there is the last one of its history"
    assert await south.waiting() == 0


async def test_the_next_look_at_unchanged_figures_leaves_nothing_new(north: Machine, south: Machine) -> None:
    answer = minutes_before(10, 2_000, entrants=(entrant(1, fixed_win_odds=5.0, win_pool_amount=2_000),))
    await north.look(answer)
    await north.send()
    await south.heir.catch_up([TODAY])
    await goes_on_alike(north, south, replace(answer, generated_time=answer.generated_time + timedelta(seconds=20)))
    assert south.rows(schema.ODDS_HISTORY) == {}


async def test_buckets_are_continued_with_what_they_began_with(north: Machine, south: Machine) -> None:
    for minutes, amount in ((14, 1_000), (13, 1_500), (9, 2_500), (8, 2_700)):
        await north.look(minutes_before(minutes, amount))
    await north.send()
    await south.heir.catch_up([TODAY])
    await goes_on_alike(north, south, minutes_before(7, 3_300), minutes_before(4.5, 3_500))


async def test_an_amount_that_went_and_comes_back_is_counted_from_its_last_value(
    north: Machine, south: Machine
) -> None:
    for minutes, amount in ((14, 1_000), (13, 1_500), (9, None), (8, None)):
        await north.look(minutes_before(minutes, amount))
    await north.send()
    await south.heir.catch_up([TODAY])
    await goes_on_alike(north, south, minutes_before(7, 1_900))


async def test_a_price_that_went_and_comes_back_unmoved_leaves_no_row(north: Machine, south: Machine) -> None:
    def priced(minutes: float, odds: float | None) -> RaceSnapshot:
        return minutes_before(minutes, entrants=(entrant(1, fixed_win_odds=odds),))

    for minutes, odds in ((14, 5.0), (13, 4.5), (12, None)):
        await north.look(priced(minutes, odds))
    await north.send()
    await south.heir.catch_up([TODAY])
    await goes_on_alike(north, south, priced(11, 4.5))
    assert len(south.rows(schema.ODDS_HISTORY)) == 2


async def test_an_answer_older_than_the_newest_that_left_a_row_is_stale(north: Machine, south: Machine) -> None:
    for minutes, amount in ((14, 1_000), (10, 2_000)):
        await north.look(minutes_before(minutes, amount))
    await north.send()
    await south.heir.catch_up([TODAY])
    await goes_on_alike(north, south, minutes_before(12, 1_500))
    assert south.rows(schema.ENTRANTS)["runner-1"]["winPoolAmount"] == 2_000


async def test_alerts_compare_with_nothing_of_before_the_takeover(north: Machine, south: Machine) -> None:
    def priced(minutes: float, odds: float, *, is_scratched: bool = True) -> RaceSnapshot:
        return minutes_before(
            minutes, entrants=(entrant(1, fixed_win_odds=odds), entrant(2, is_scratched=is_scratched))
        )

    await north.look(priced(9, 8.0, is_scratched=False))
    await north.look(priced(8, 6.0))
    await north.send()
    await south.heir.catch_up([TODAY])
    await south.write(rule("odds_shortening", 20, window_seconds=120))
    alerts = new_alerts()
    await south.store.transaction(alerts.refresh)
    for minutes in (7, 6):
        await south.look(priced(minutes, 4.0), alerts=alerts)
    told = [row["previousValue"] for row in south.rows(schema.NOTIFICATIONS).values() if row["userId"] == USER]
    assert told == [6.0], "what stood nine minutes before the start was before the scratching"


async def test_results_of_a_race_that_is_over_are_there_and_its_history_is_not_needed(
    north: Machine, south: Machine
) -> None:
    await north.look(minutes_before(10, 2_000))
    await north.look(minutes_before(-5, 2_000, race=race(status="Final"), results=results()))
    await north.send()
    await south.heir.catch_up([TODAY])
    assert south.rows(schema.RACE_RESULTS) == north.rows(schema.RACE_RESULTS)
    assert south.rows(schema.MONEY_FLOW_HISTORY) == {}


async def test_of_the_day_before_only_races_that_are_not_over_are_taken(north: Machine, south: Machine) -> None:
    yesterday = {"meeting_id": "yesterdays", "date": date(2025, 7, 16)}
    of_yesterday = {"meeting_id": "yesterdays"}
    await north.write(
        meeting(**yesterday),
        meeting(meeting_id="long-ago", date=date(2025, 7, 1)),
        race(race_id="late", status="Open", **of_yesterday),
        race(race_id="over", status="Final", **of_yesterday),
        race(race_id="old", meeting_id="long-ago"),
    )
    await north.send()
    await south.heir.catch_up([TODAY])
    assert south.rows(schema.RACES).keys() == {"late"}


async def test_a_row_that_waits_here_is_newer_than_the_one_there(north: Machine, south: Machine) -> None:
    await north.write(race(name="as it was"), pools())
    await north.send()
    await south.write(race(name="as it is now"))
    await south.heir.catch_up([TODAY])
    assert south.rows(schema.RACES)["race-1"]["name"] == "as it is now"
    assert await south.waiting() == 1


async def test_a_failure_in_the_middle_leaves_the_store_as_it_was(
    north: Machine, south: Machine, appwrite_server: AppwriteServer
) -> None:
    await north.look(minutes_before(10, 2_000))
    await north.send()
    appwrite_server.control.fault(status=500, path="/tables/entrants/")
    with pytest.raises(AppwriteError):
        await south.heir.catch_up([TODAY])
    assert {table.name: len(south.rows(table)) for table in TABLES} == dict.fromkeys((t.name for t in TABLES), 0)


async def test_a_row_that_does_not_fit_is_left_out_and_the_others_are_taken(
    north: Machine, south: Machine, appwrite_server: AppwriteServer
) -> None:
    await north.look(minutes_before(10, entrants=(entrant(1), entrant(2))))
    await north.send()
    path = f"/tablesdb/{appwrite_server.database}/tables/meetings/rows"
    odd = {"meetingName": "no id", "country": "NZ", "category": "T", "raceType": "T", "status": "active"}
    appwrite_server.send("POST", path, {"rowId": "odd", "data": {**odd, "meetingId": "odd", "date": "1999-01-01"}})
    await south.heir.catch_up([TODAY])
    assert south.rows(schema.ENTRANTS).keys() == {"runner-1", "runner-2"}


async def test_a_whole_day_takes_a_few_requests(
    north: Machine, south: Machine, appwrite_server: AppwriteServer
) -> None:
    races = [race(race_id=f"race-{number}", race_number=number) for number in range(60)]
    runners = [
        entrant(number, entrant_id=f"{one.race_id}.{number}", race_id=one.race_id)
        for one in races
        for number in range(12)
    ]
    await north.write(*races, *runners)
    await north.send()
    appwrite_server.control.forget_traffic()
    await south.heir.catch_up([TODAY])
    assert len(south.rows(schema.ENTRANTS)) == 720
    assert appwrite_server.control.requests.total() <= 12


class TestGivingWay:
    async def test_rows_of_state_that_appwrite_has_are_not_sent_and_history_is(
        self, north: Machine, south: Machine, appwrite_server: AppwriteServer
    ) -> None:
        await north.look(minutes_before(10, 2_000))
        await north.send()
        await south.write(meeting())
        await south.look(minutes_before(9, 1_000))
        await south.heir.give_way()
        assert await south.waiting() == len(south.rows(schema.MONEY_FLOW_HISTORY)) == 1
        await south.send()
        there = appwrite_server.control.rows(appwrite_server.database, "entrants")
        assert there["runner-1"]["winPoolAmount"] == 2_000
        assert len(appwrite_server.control.rows(appwrite_server.database, "money-flow-history")) == 2

    async def test_rows_that_appwrite_does_not_have_are_sent(
        self, north: Machine, south: Machine, appwrite_server: AppwriteServer
    ) -> None:
        await south.write(meeting(meeting_id="seen-here-alone"))
        await south.heir.give_way()
        await south.send()
        assert "seen-here-alone" in appwrite_server.control.rows(appwrite_server.database, "meetings")
