"""What is older than is kept goes in Appwrite too: race by race, links never dangling, asked for a little at a time."""

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.appwrite import pruning as pruning_module
from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.pruning import RemotePruning
from raceday_daemon.cadence.kept_days import KeptFrom
from raceday_daemon.model.appwrite_errors import AppwriteAwayError, AppwriteKeyError
from raceday_daemon.store import schema
from raceday_daemon.store.old_races import old_races
from raceday_daemon.store.outbox import append
from raceday_daemon.store.pruning import remove_some
from raceday_daemon.store.prunings import read_done_before
from raceday_daemon.store.schema import Table
from tests.appwrite_servers import AppwriteServer
from tests.appwrite_stores import Machine, machine
from tests.appwrite_tables import make_tables, way_to
from tests.pruned_store import HISTORY, TODAY, afternoon, days_ago, notification, race_rows

OF_RACE = (schema.RACES, schema.ENTRANTS, schema.RACE_POOLS, schema.RACE_RESULTS)
HISTORY_TABLES = tuple(table for table in schema.TABLES if table.sqlite_name in HISTORY)
TARGET = "the database"


@pytest.fixture
async def here(tmp_path: Path, appwrite_server: AppwriteServer) -> AsyncIterator[Machine]:
    make_tables(appwrite_server)
    async with way_to(appwrite_server) as appwrite, machine(tmp_path, appwrite) as here:
        yield here


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning_module, "Patient", lambda appwrite: Patient(appwrite, first_wait_seconds=0.001))


async def send_races(here: Machine, *days: int, points: int = 2) -> None:
    """Send a race for each of these days ago, `race-N`."""
    for number in days:
        await here.write(*race_rows(f"race-{number}", days_ago(number), points=points))
    await here.send()


def pruning(here: Machine, **options: Any) -> RemotePruning:
    return RemotePruning(here.appwrite, here.store, TARGET, **options)


def kept(history: int | None = None, races: int | None = None, notifications: int | None = None) -> KeptFrom:
    def first(days: int | None) -> Any:
        return None if days is None else TODAY - timedelta(days=days)

    return KeptFrom(today=TODAY, history=first(history), races=first(races), notifications=first(notifications))


def there(server: AppwriteServer, table: Table) -> dict[str, dict[str, Any]]:
    return {row["$id"]: row for row in server.control.rows(server.database, table.name).values()}


def races_there(server: AppwriteServer, table: Table) -> set[str]:
    return {row["raceId"] for row in there(server, table).values()}


async def test_history_goes_and_its_races_stay(here: Machine, appwrite_server: AppwriteServer) -> None:
    await send_races(here, 0, 3, 9)
    work = pruning(here)
    assert await work.run(kept(history=5))
    for table in HISTORY_TABLES:
        assert races_there(appwrite_server, table) == {"race-0", "race-3"}
        assert work.removed[table.name] == 2
    for table in OF_RACE:
        assert races_there(appwrite_server, table) == {"race-0", "race-3", "race-9"}


async def test_a_race_goes_after_all_that_points_to_it_and_its_meeting_last(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    await send_races(here, 0, 8, 9)
    appwrite_server.control.forget_traffic()
    work = pruning(here)
    assert await work.run(kept(history=5, races=5))
    for table in (*OF_RACE, *HISTORY_TABLES):
        assert races_there(appwrite_server, table) == {"race-0"}
    assert set(there(appwrite_server, schema.MEETINGS)) == {f"meeting-{days_ago(0)}"}
    assert (work.removed["races"], work.removed["meetings"], work.removed["entrants"]) == (2, 2, 2)
    asked = [seen["path"].split("/")[5] for seen in appwrite_server.control.log if seen["method"] == "DELETE"]
    assert asked[-3:] == ["races", "races", "meetings"]
    assert {"races", "meetings"}.isdisjoint(asked[:-3])


async def test_what_this_file_no_longer_knows_goes_too(here: Machine, appwrite_server: AppwriteServer) -> None:
    await send_races(here, 9)

    def forget(connection: sqlite3.Connection) -> None:
        for table in (*OF_RACE, *HISTORY_TABLES, schema.MEETINGS):
            connection.execute(f"DELETE FROM {table.sqlite_name}")

    await here.store.transaction(forget)
    assert await pruning(here).run(kept(history=5, races=5))
    assert not any(there(appwrite_server, table) for table in (*OF_RACE, *HISTORY_TABLES, schema.MEETINGS))


async def test_a_race_of_which_anything_waits_here_stays_there_and_so_does_its_meeting(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    await send_races(here, 8, 9)
    await here.store.transaction(
        lambda connection: append(connection, [(schema.BIG_BETS, "race-9-bet-1")], afternoon(TODAY), is_patient=False)
    )
    await pruning(here).run(kept(history=5, races=5))
    for table in (*OF_RACE, *HISTORY_TABLES):
        assert races_there(appwrite_server, table) == {"race-9"}
    assert set(there(appwrite_server, schema.MEETINGS)) == {f"meeting-{days_ago(9)}"}


async def test_a_race_of_todays_card_stays_there_whatever_its_start_says(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    await here.write(*race_rows("race-0", TODAY, start=afternoon(days_ago(9))))
    await send_races(here, 9)
    await pruning(here).run(kept(history=5))
    assert races_there(appwrite_server, schema.ODDS_HISTORY) == {"race-0"}
    await pruning(here).run(kept(history=5, races=5))
    for table in (*OF_RACE, *HISTORY_TABLES):
        assert races_there(appwrite_server, table) == {"race-0"}


async def test_what_people_were_told_goes_by_when_they_were(here: Machine, appwrite_server: AppwriteServer) -> None:
    await here.write(notification("old", afternoon(days_ago(40))), notification("new", afternoon(days_ago(3))))
    await here.send()
    assert await pruning(here).run(kept(notifications=30))
    assert set(there(appwrite_server, schema.NOTIFICATIONS)) == {"new"}


async def test_rows_go_a_bounded_number_a_request(
    here: Machine, appwrite_server: AppwriteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning_module, "ROWS_A_REMOVAL", 20)
    await send_races(here, 9, points=50)
    appwrite_server.control.forget_traffic()
    work = pruning(here)
    assert await work.run(kept(history=5))
    assert work.removed == Counter({table.name: 50 for table in HISTORY_TABLES})
    assert appwrite_server.control.requests.total() == 2 + 3 * len(HISTORY_TABLES)


async def test_the_second_night_asks_for_the_days_since_the_first_alone(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    await send_races(here, 4, 9)
    assert await pruning(here).run(kept(history=5))
    appwrite_server.control.forget_traffic()
    assert await pruning(here).run(kept(history=5))
    assert appwrite_server.control.requests.total() == 1, "the races of no day"
    assert await pruning(here).run(kept(history=3))
    assert races_there(appwrite_server, schema.ODDS_HISTORY) == set()
    assert await here.store.transaction(lambda connection: read_done_before(connection, TARGET)) == days_ago(3)
    assert await here.store.transaction(lambda connection: read_done_before(connection, "another")) is None


async def test_history_that_came_back_goes_once_it_has_gone_here(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    await send_races(here, 9)
    assert await pruning(here).run(kept(history=5))
    await send_races(here, 9)
    assert await pruning(here).run(kept(history=5))
    assert races_there(appwrite_server, schema.ODDS_HISTORY) == {"race-9"}, "nobody has noticed yet"

    def prune_here(connection: sqlite3.Connection) -> None:
        for race in old_races(connection, kept(history=5), None):
            remove_some(connection, race, 1_000)

    await here.store.transaction(prune_here)
    assert await pruning(here).run(kept(history=5))
    assert races_there(appwrite_server, schema.ODDS_HISTORY) == set()


async def test_a_night_has_so_many_requests_and_the_next_one_goes_on(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    await send_races(here, 7, 8, 9)
    nights = 0
    while not await pruning(here, most_requests=12).run(kept(history=5, races=5)):
        nights += 1
        assert nights < 9
    assert nights == 1
    assert not any(there(appwrite_server, table) for table in (*OF_RACE, *HISTORY_TABLES, schema.MEETINGS))


async def test_a_server_that_fails_for_a_moment_is_asked_again(here: Machine, appwrite_server: AppwriteServer) -> None:
    await send_races(here, 9)
    appwrite_server.control.fault(status=503, times=2)
    assert await pruning(here).run(kept(history=5, races=5))
    assert not there(appwrite_server, schema.RACES)


async def test_an_answer_that_is_lost_is_no_race_too_many(here: Machine, appwrite_server: AppwriteServer) -> None:
    await send_races(here, 9)
    appwrite_server.control.fault(kind="reset", applied=True, times=1, method="DELETE", path="/rows/race-9")
    work = pruning(here)
    assert await work.run(kept(races=5, history=5))
    assert not there(appwrite_server, schema.RACES)


async def test_while_appwrite_is_away_it_says_so_and_keeps_what_is_done(
    here: Machine, appwrite_server: AppwriteServer
) -> None:
    await send_races(here, 9)
    appwrite_server.control.down()
    with pytest.raises(AppwriteAwayError):
        await pruning(here).run(kept(history=5))
    appwrite_server.control.up()
    assert await pruning(here).run(kept(history=5))
    assert not there(appwrite_server, schema.ODDS_HISTORY)


async def test_nobody_asks_while_it_is_not_known_who_polls(here: Machine, appwrite_server: AppwriteServer) -> None:
    await send_races(here, 9)
    appwrite_server.control.forget_traffic()
    with pytest.raises(AppwriteAwayError, match="who polls is not known now"):
        await pruning(here, may_ask=lambda: False).run(kept(history=5))
    assert appwrite_server.control.requests.total() == 0


async def test_a_key_that_may_not_write_rows_is_named(here: Machine, appwrite_server: AppwriteServer) -> None:
    await send_races(here, 9)
    appwrite_server.control.key(appwrite_server.key, {"rows.read"})
    with pytest.raises(AppwriteKeyError, match=r"lacks the scope rows\.write"):
        await pruning(here).run(kept(history=5))
