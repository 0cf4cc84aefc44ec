"""What is older than is kept goes, some rows at a time; what waits for Appwrite, and all of today, stays."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from raceday_daemon.alerting.new_rule import new_rule
from raceday_daemon.model.race import ABANDONED, OPEN
from raceday_daemon.store import schema
from raceday_daemon.store.checkpoints import write_end
from raceday_daemon.store.outbox import try_again
from raceday_daemon.store.working_store import FILE_NAME
from tests.builders import meeting, race
from tests.pruned_store import HISTORY, OF_RACE, PrunedStore, afternoon, days_ago, notification, open_store, race_rows


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[PrunedStore]:
    async with open_store(tmp_path / "data") as here:
        yield here


async def test_history_goes_and_its_race_stays(here: PrunedStore) -> None:
    await here.put_races([0, 2, 3, 4])
    house = await here.keep_house(history=2)
    assert all(here.races_in(table) == {"race-0", "race-2"} for table in HISTORY)
    assert all(here.races_in(table) == {"race-0", "race-2", "race-3", "race-4"} for table in set(OF_RACE) - {*HISTORY})
    assert {name: rows for name, rows in house.facts()["removed"].items() if rows} == {
        "odds-history": 4,
        "money-flow-history": 4,
        "big-bets": 4,
    }


async def test_a_race_goes_with_all_that_belongs_to_it_and_its_meeting_with_its_last_race(here: PrunedStore) -> None:
    await here.put_races([1, 2, 3])
    house = await here.keep_house(races=1)
    assert all(here.races_in(table) == {"race-1"} for table in OF_RACE)
    assert [row[0] for row in here.rows("meetings")] == [f"meeting-{days_ago(1)}"]
    assert {row[0] for row in here.rows("looks")} == {"race-1", f"meeting-{days_ago(1)}"}
    removed = house.facts()["removed"]
    assert (removed["races"], removed["meetings"], removed["race-results"]) == (2, 2, 2)


async def test_nothing_goes_where_all_is_kept(here: PrunedStore) -> None:
    await here.put_races([0, 400, 4000])
    house = await here.keep_house()
    assert not any(house.facts()["removed"].values())
    assert here.races_in("odds_history") == {"race-0", "race-400", "race-4000"}


async def test_a_race_that_is_not_over_goes_too_but_none_of_today_or_later(here: PrunedStore) -> None:
    card = f"meeting-{days_ago(5)}"
    await here.put(
        meeting(meeting_id=card, date=days_ago(5)),
        race(race_id="old", meeting_id=card, start_time=afternoon(days_ago(5)), status=OPEN),
        race(race_id="postponed", meeting_id=card, start_time=afternoon(days_ago(-2)), status=OPEN),
        race(race_id="tonight", meeting_id=card, start_time=here.clock.now(), status=OPEN),
    )
    await here.keep_house(races=1)
    assert here.races_in("races") == {"postponed", "tonight"}
    assert [row[0] for row in here.rows("meetings")] == [card], "it has races still"


async def test_a_card_that_runs_past_midnight_is_kept_by_its_last_race(here: PrunedStore) -> None:
    after_midnight = afternoon(days_ago(1), hour=0) + timedelta(minutes=40)
    await here.put(*race_rows("evening", days_ago(2)))
    await here.put(*race_rows("after-midnight", days_ago(2), start=after_midnight))
    await here.keep_house(races=1)
    assert here.races_in("races") == {"after-midnight"}
    here.clock.advance(86_400)
    await here.keep_house(races=1)
    assert (here.races_in("races"), here.rows("meetings")) == (set(), [])


async def test_a_race_whose_meeting_is_not_stored_goes_by_its_start(here: PrunedStore) -> None:
    await here.put(race(race_id="by-hand", meeting_id="nowhere", start_time=afternoon(days_ago(3))))
    await here.put(race(race_id="by-hand-too", meeting_id="nowhere", start_time=afternoon(days_ago(2))))
    await here.keep_house(races=2)
    assert here.races_in("races") == {"by-hand-too"}


async def test_a_meeting_that_never_had_a_race_goes_by_its_date(here: PrunedStore) -> None:
    await here.put(*(meeting(meeting_id=f"empty-{days}", date=days_ago(days)) for days in (1, 2, 3)))
    await here.keep_house(races=2)
    assert [row[0] for row in here.rows("meetings")] == ["empty-1", "empty-2"]


@pytest.mark.parametrize("refused", [False, True], ids=["waits", "refused"])
@pytest.mark.parametrize(
    ("table", "row_of_race"),
    [(schema.RACES, "race-9"), (schema.BIG_BETS, "race-9-bet-1"), (schema.RACE_RESULTS, "race-9")],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_a_race_of_which_anything_waits_for_appwrite_stays_as_it_is_and_is_counted(
    here: PrunedStore, table: schema.Table, row_of_race: str, refused: bool
) -> None:
    await here.put_races([8, 9])
    await here.wait_for_appwrite(table, row_of_race, refused=refused)
    before = {name: [row for row in here.rows(name) if "race-9" in str(row)] for name in OF_RACE}
    house = await here.keep_house(races=1)
    assert {name: here.rows(name) for name in OF_RACE} == {**before, "looks": here.rows("looks")}
    assert house.facts()["races_kept"] == 1
    assert [row[0] for row in here.rows("meetings")] == [f"meeting-{days_ago(9)}"]
    (run,) = (row for row in await here.files.records.file.transaction(_runs) if row[0] == "housekeeping")
    assert run[3] == 1, "the record counts it as passed over"
    await here.files.store.transaction(lambda connection: connection.execute("DELETE FROM outbox").close())
    await here.keep_house(races=1)
    assert (here.races_in("races"), here.rows("meetings")) == (set(), [])


async def test_a_row_held_back_may_still_be_sent_and_so_keeps_its_race(here: PrunedStore) -> None:
    await here.put_races([8, 9])

    def hold(connection: sqlite3.Connection) -> None:
        for race_id, held in (("race-8", None), ("race-9", "row")):
            connection.execute("INSERT INTO thinned_lines VALUES (?, 'x', 'fixed_win', 'row', ?)", (race_id, held))

    await here.files.store.transaction(hold)
    house = await here.keep_house(history=1)
    assert (house.facts()["races_kept"], here.races_in("odds_history")) == (1, {"race-9"})
    assert [row[0] for row in here.rows("thinned_lines")] == ["race-9"], "nothing remembers rows that are gone"


def _runs(connection: sqlite3.Connection) -> list[tuple[str, str, int, int]]:
    return connection.execute("SELECT job, status, processed, skipped FROM job_runs").fetchall()


async def test_a_meeting_that_waits_itself_stays(here: PrunedStore) -> None:
    await here.put_races([9])
    await here.wait_for_appwrite(schema.MEETINGS, f"meeting-{days_ago(9)}")
    assert here.count(races=1)["removed"]["meetings"] == 0
    await here.keep_house(races=1)
    assert (here.races_in("races"), len(here.rows("meetings"))) == (set(), 1)
    await here.files.store.transaction(try_again)


async def test_what_people_were_told_goes_by_its_own_limit_but_not_of_a_race_to_come(here: PrunedStore) -> None:
    await here.put(*race_rows("tomorrow", days_ago(-1)))
    told = [("old", 40), ("of-tomorrow", 40), ("waits", 40), ("new", 3)]
    await here.put(
        *(notification(name, afternoon(days_ago(days)), "tomorrow" if "of" in name else "gone") for name, days in told)
    )
    await here.wait_for_appwrite(schema.NOTIFICATIONS, "waits")
    assert here.count(notifications=30)["removed"]["notifications"] == 1
    await here.keep_house(notifications=30)
    assert [row[0] for row in here.rows("notifications")] == ["new", "of-tomorrow", "waits"]


async def test_many_notifications_are_looked_through_in_portions(here: PrunedStore) -> None:
    kept = [notification(f"new-{number}", afternoon(days_ago(1))) for number in range(350)]
    await here.put(*kept[:150], *(notification(f"old-{n}", afternoon(days_ago(9))) for n in range(500)), *kept[150:])
    house = await here.keep_house(notifications=2)
    assert house.facts()["removed"]["notifications"] == 500
    assert len(here.rows("notifications")) == 350


async def test_alert_rules_are_peoples_own_and_stay(here: PrunedStore) -> None:
    rule = new_rule(user_id="ann", alert_type="odds_below", threshold=5.0, race="race-9")
    await here.put_races([9])
    await here.put(rule)
    await here.keep_house(races=1, notifications=1)
    assert [row[0] for row in here.rows("user_alert_configs")] == [rule.rule_id]


async def test_what_alerts_and_absences_note_of_a_race_goes_with_it(here: PrunedStore) -> None:
    await here.put_races([0, 9])

    def note(connection: sqlite3.Connection) -> None:
        for race_id in ("race-0", "race-9"):
            connection.execute("INSERT INTO alert_states VALUES (?, 'rule', 'x', 1, NULL, 0, NULL, NULL)", (race_id,))
            connection.execute("INSERT INTO alert_fields VALUES (?, NULL, NULL)", (race_id,))
            connection.execute("INSERT INTO absences VALUES (?, 1, '2025-07-01T00:00:00.000Z')", (race_id,))

    await here.files.store.transaction(note)
    await here.keep_house(races=1)
    for table in ("alert_states", "alert_fields", "absences"):
        assert [row[0] for row in here.rows(table)] == ["race-0"]


async def test_how_far_jobs_came_is_forgotten_with_the_days_races_and_with_the_record_of_jobs(
    here: PrunedStore,
) -> None:
    def note(connection: sqlite3.Connection) -> None:
        for days in (0, 5, 50, 100):
            write_end(connection, "entrants", days_ago(days), "ok")

    await here.files.store.transaction(note)
    await here.keep_house(job_runs=90)
    assert [row[1] for row in here.rows("checkpoints")] == [str(days_ago(days)) for days in (50, 5, 0)]
    await here.keep_house(job_runs=90, races=10)
    assert [row[1] for row in here.rows("checkpoints")] == [str(days_ago(5)), str(days_ago(0))]
    await here.keep_house()
    assert len(here.rows("checkpoints")) == 2


async def test_a_race_that_comes_back_goes_with_the_next_one(here: PrunedStore) -> None:
    await here.put_races([9])
    await here.keep_house(races=1)
    await here.put_races([9])
    assert here.races_in("races") == {"race-9"}
    assert (await here.keep_house(races=1)).facts()["removed"]["races"] == 1


async def test_twice_is_once(here: PrunedStore) -> None:
    await here.put_races([0, 1, 5, 9])
    await here.keep_house(history=2, races=7, notifications=1)
    before = {table: here.rows(table) for table in (*OF_RACE, "meetings", "checkpoints")}
    house = await here.keep_house(history=2, races=7, notifications=1)
    assert not any(house.facts()["removed"].values())
    assert {table: here.rows(table) for table in before} == before


async def test_a_count_changes_nothing_and_is_what_goes_then(here: PrunedStore) -> None:
    await here.put_races([0, 3, 6, 9, 12], points=7)
    await here.wait_for_appwrite(schema.RACES, "race-9")
    limits = {"history": 5, "races": 8}
    before = {table: here.rows(table) for table in (*OF_RACE, "meetings")}
    counted = here.count(**limits)
    assert {table: here.rows(table) for table in before} == before
    house = await here.keep_house(**limits)
    assert counted["dry_run"]
    assert counted["removed"] == house.facts()["removed"]
    assert (counted["races_kept"], counted["removed"]["races"]) == (1, 1)


async def test_much_is_removed_in_small_transactions_and_others_get_in_between(here: PrunedStore) -> None:
    await here.put_races([9], points=4_000)
    between, rows_before = 0, len(here.rows("odds_history"))

    async def others() -> None:
        nonlocal between
        while True:
            left = await here.files.store.transaction(
                lambda connection: connection.execute("SELECT count(*) FROM odds_history").fetchone()[0]
            )
            between += 0 < left < rows_before
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    await here.keep_house(races=1)
    beside.cancel()
    assert between > 3, "somebody else saw it half done again and again"
    assert here.rows("odds_history") == []


async def test_one_that_is_cut_off_leaves_a_record_and_the_next_one_goes_on(here: PrunedStore) -> None:
    await here.put_races([9], points=4_000)
    before = len(here.rows("odds_history"))
    working = asyncio.create_task(here.keep_house(races=1))
    async with asyncio.timeout(30):
        while len(here.rows("odds_history")) == before:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert 0 < len(here.rows("odds_history")) < before
    assert here.races_in("races") == {"race-9"}, "a race goes last"
    ((job, status, _, _),) = await here.files.records.file.transaction(_runs)
    assert (job, status) == ("housekeeping", "failed")
    await here.keep_house(races=1)
    assert (here.races_in("races"), here.rows("odds_history")) == (set(), [])


async def test_a_locked_file_fails_by_its_kind_in_the_record_and_the_other_parts_are_done(here: PrunedStore) -> None:
    await here.put_races([9])
    await here.files.store.apart(lambda connection: connection.execute("PRAGMA busy_timeout = 50").close())
    with closing(sqlite3.connect(here.folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        house = await here.keep_house(races=1)
    assert house.run is not None
    assert {(failure.item, failure.kind) for failure in house.run.errors} == {
        ("races", "store"),
        ("checkpoints", "store"),
        ("raceday.db", "store"),
    }
    assert "database is locked" in str(house.errors[0])
    assert list(house.files) == ["ops.db"]
    assert here.races_in("races") == {"race-9"}
    assert (await here.keep_house(races=1)).facts()["status"] == "ok"


async def test_a_full_disk_fails_by_its_kind_and_loses_nothing_else(here: PrunedStore) -> None:
    await here.put_races([0, 9])
    await here.files.store.apart(
        lambda connection: connection.executescript(
            "CREATE TRIGGER full BEFORE DELETE ON races BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        ).close()
    )
    house = await here.keep_house(races=1)
    assert [error.kind for error in house.errors] == ["store"]
    assert here.races_in("entrants") == {"race-0", "race-9"}, "the race's last transaction is taken back"


async def test_an_abandoned_race_is_a_race_like_any_other(here: PrunedStore) -> None:
    await here.put(race(race_id="x", meeting_id="m", start_time=afternoon(days_ago(9)), status=ABANDONED))
    await here.keep_house(races=1)
    assert here.races_in("races") == set()


@pytest.mark.parametrize(
    ("now", "goes"),
    [
        # Clocks in Auckland go forward on 28 September 2025: its day begins at 12:00 UTC and has 23 hours.
        (datetime(2025, 9, 29, 10, 59, tzinfo=UTC), {"before"}),
        (datetime(2025, 9, 29, 11, 1, tzinfo=UTC), {"before", "first-minute", "last-minute"}),
    ],
)
async def test_a_racing_day_begins_at_midnight_in_auckland_where_clocks_change(
    tmp_path: Path, now: datetime, goes: set[str]
) -> None:
    starts = {
        "before": datetime(2025, 9, 27, 11, 59, tzinfo=UTC),
        "first-minute": datetime(2025, 9, 27, 12, 0, tzinfo=UTC),
        "last-minute": datetime(2025, 9, 28, 10, 59, tzinfo=UTC),
        "after": datetime(2025, 9, 28, 11, 0, tzinfo=UTC),
    }
    async with open_store(tmp_path / "data", now) as here:
        await here.put(*(race(race_id=name, meeting_id="m", start_time=start) for name, start in starts.items()))
        await here.keep_house(races=1)
        assert here.races_in("races") == starts.keys() - goes
