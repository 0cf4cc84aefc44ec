"""The outbox in a real store: what waits, in which order, and what leaves it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from sqlite3 import Connection

import pytest

from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.changes import Record
from raceday_daemon.model.status import OnwardStatus
from raceday_daemon.store import schema
from raceday_daemon.store.aiming import aim_at
from raceday_daemon.store.outbox import (
    Entry,
    Lane,
    Outbox,
    acknowledge,
    append,
    read_refused,
    read_state,
    set_aside,
    try_again,
    waiting_entries,
)
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.alerting import rule
from tests.builders import GENERATED, entrant, later, meeting, minutes_before, pools, race, results


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


async def wrote(store: Database, *records: Record, is_patient: bool = False, at: float = 0) -> int:
    sending = Outbox().sending(later(at), is_patient=is_patient)
    return await store.transaction(lambda connection: write(connection, records, sending))


async def waiting(store: Database, lane: Lane = Lane.MARKET, most: int = 100) -> list[Entry]:
    return await store.transaction(lambda connection: waiting_entries(connection, lane, most))


async def state(store: Database) -> OnwardStatus:
    return await store.transaction(read_state)


def keys(entries: list[Entry]) -> list[tuple[str, str]]:
    return [entry.key for entry in entries]


async def test_rows_of_one_write_share_a_position_and_come_in_the_order_of_the_writes(store: Database) -> None:
    await wrote(store, race(), entrant(1))
    await wrote(store, entrant(2), is_patient=True)
    entries = await waiting(store)
    assert [entry.position for entry in entries] == [1, 1, 2]
    assert [entry.is_patient for entry in entries] == [False, False, True]
    assert {entry.key for entry in entries[:2]} == {("races", race().race_id), ("entrants", entrant(1).entrant_id)}


async def test_a_row_written_again_while_it_waits_waits_once_at_its_newest_place(store: Database) -> None:
    await wrote(store, entrant(1))
    await wrote(store, entrant(2))
    await wrote(store, entrant(1), at=9)
    entries = await waiting(store)
    assert keys(entries) == [("entrants", entrant(2).entrant_id), ("entrants", entrant(1).entrant_id)]
    assert entries[1].queued_at == GENERATED, "it has waited since it was queued first"


async def test_what_has_arrived_waits_no_more_unless_it_was_written_again_on_the_way(store: Database) -> None:
    await wrote(store, entrant(1), entrant(2))
    on_their_way = await waiting(store)
    await wrote(store, entrant(2))
    await store.transaction(lambda connection: acknowledge(connection, on_their_way))
    assert keys(await waiting(store)) == [("entrants", entrant(2).entrant_id)]


async def test_positions_rise_also_after_the_outbox_was_empty_while_a_row_is_on_its_way(store: Database) -> None:
    await wrote(store, entrant(1))
    await wrote(store, entrant(2))
    first, second = await waiting(store)
    await store.transaction(lambda connection: acknowledge(connection, [second]))
    await wrote(store, entrant(1))
    await store.transaction(lambda connection: acknowledge(connection, [first]))
    assert keys(await waiting(store)) == [first.key]


async def test_a_race_waits_for_its_result_however_often_that_is_written(store: Database) -> None:
    await wrote(store, results(), race())
    await wrote(store, entrant(1))
    on_their_way = await waiting(store)
    await wrote(store, results())
    assert [entry.table.name for entry in await waiting(store)] == ["entrants", "race-results", "races"]
    await store.transaction(lambda connection: acknowledge(connection, on_their_way))
    assert [entry.table.name for entry in await waiting(store)] == ["race-results", "races"]


async def test_a_row_of_a_poll_that_a_job_writes_again_waits_for_no_company(store: Database) -> None:
    await wrote(store, entrant(1))
    await wrote(store, entrant(1), is_patient=True)
    assert [entry.is_patient for entry in await waiting(store)] == [False]


async def test_meetings_go_before_all_since_races_point_to_them(store: Database) -> None:
    await wrote(store, race(), entrant(1))
    await wrote(store, meeting())
    assert keys(await waiting(store))[0] == ("meetings", meeting().meeting_id)
    assert keys(await waiting(store, most=1)) == [("meetings", meeting().meeting_id)]


async def test_no_more_are_read_than_wanted(store: Database) -> None:
    await wrote(store, *(entrant(number) for number in range(1, 9)))
    assert len(await waiting(store, most=3)) == 3


async def test_what_people_are_told_has_a_lane_of_its_own(store: Database) -> None:
    now = GENERATED
    sending = Outbox().sending(now, is_patient=False)
    await wrote(store, race())
    await store.transaction(lambda connection: sending(connection, [(schema.NOTIFICATIONS, "n1")]))
    assert keys(await waiting(store, Lane.PEOPLE)) == [("notifications", "n1")]
    assert keys(await waiting(store)) == [("races", race().race_id)]


async def test_a_refused_row_stands_aside_with_its_reason_until_it_is_tried_again(store: Database) -> None:
    await wrote(store, entrant(1), entrant(2))
    refused, _ = await waiting(store)
    await store.transaction(lambda connection: set_aside(connection, refused, "too long", later(60)))
    assert refused.key not in keys(await waiting(store))
    (told,) = await store.transaction(lambda connection: read_refused(connection, 10))
    assert (told.table, told.row_id, told.refused_at, told.reason) == (*refused.key, later(60), "too long")
    assert await state(store) == OnwardStatus(waiting=1, oldest=GENERATED, refused=1, left_out=0)
    assert await store.transaction(try_again) == 1
    assert refused.key in keys(await waiting(store))


async def test_a_refused_row_that_gets_new_values_is_tried_again_by_itself(store: Database) -> None:
    await wrote(store, entrant(1))
    (refused,) = await waiting(store)
    await store.transaction(lambda connection: set_aside(connection, refused, "too long", later(60)))
    await wrote(store, entrant(1))
    assert keys(await waiting(store)) == [refused.key]


async def test_a_row_written_again_on_its_way_is_not_set_aside_for_its_old_values(store: Database) -> None:
    await wrote(store, entrant(1))
    (on_its_way,) = await waiting(store)
    await wrote(store, entrant(1))
    await store.transaction(lambda connection: set_aside(connection, on_its_way, "too long", later(60)))
    assert keys(await waiting(store)) == [on_its_way.key]


async def test_a_look_queues_every_row_that_it_writes_and_an_unchanged_one_none(store: Database) -> None:
    outbox, answer = Outbox(), minutes_before(5, win=100_000)
    sending = outbox.sending(GENERATED, is_patient=False)
    first = await store.transaction(lambda connection: commit_race(connection, answer, later(1), sending=sending))
    assert len(await waiting(store)) == first.rows_written > 3
    entries = await waiting(store)
    await store.transaction(lambda connection: acknowledge(connection, entries))
    again = await store.transaction(lambda connection: commit_race(connection, answer, later(2), sending=sending))
    assert (again.rows_written, await waiting(store)) == (0, [])


async def test_a_failed_transaction_queues_nothing(store: Database) -> None:
    sending = Outbox().sending(GENERATED, is_patient=False)

    def work(connection: Connection) -> None:
        write(connection, [entrant(1)], sending)
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        await store.transaction(work)
    assert await waiting(store) == []


async def test_a_full_outbox_takes_states_and_counts_the_history_that_it_leaves_out(store: Database) -> None:
    outbox = Outbox()
    outbox.set_full(True)
    sending = outbox.sending(GENERATED, is_patient=False)
    answer = minutes_before(5, win=100_000)
    written = await store.transaction(lambda connection: commit_race(connection, answer, later(1), sending=sending))
    entries = await waiting(store)
    history = {"odds-history", "money-flow-history", "big-bets"}
    assert not history & {entry.table.name for entry in entries}
    assert (await state(store)).left_out == written.rows_written - len(entries) > 0


async def test_the_first_aim_queues_all_that_is_stored_and_the_same_one_again_nothing(store: Database) -> None:
    records = (meeting(), race(), entrant(1), pools(), results())
    await store.transaction(lambda connection: write(connection, records))
    assert await store.transaction(lambda connection: aim_at(connection, "here", GENERATED)) == len(records)
    entries = await waiting(store)
    assert {entry.table.name for entry in entries} == {"meetings", "races", "entrants", "race-pools", "race-results"}
    assert (entries[0].table, entries[-1].table) == (schema.MEETINGS, schema.RACES)
    await store.transaction(lambda connection: acknowledge(connection, entries))
    assert await store.transaction(lambda connection: aim_at(connection, "here", GENERATED)) == 0
    assert await waiting(store) == []


@pytest.mark.parametrize("between", [None, "elsewhere"])
async def test_rows_that_went_nowhere_or_elsewhere_for_a_while_are_all_queued_again(
    store: Database, between: str | None
) -> None:
    await store.transaction(lambda connection: aim_at(connection, "here", GENERATED))
    await store.transaction(lambda connection: aim_at(connection, between, GENERATED))
    await store.transaction(lambda connection: write(connection, [race()]))
    assert await store.transaction(lambda connection: aim_at(connection, "here", GENERATED)) == 1


async def test_what_is_on_its_way_to_another_database_is_not_taken_for_what_waits_for_this_one(store: Database) -> None:
    await store.transaction(lambda connection: aim_at(connection, "there", GENERATED))
    await wrote(store, meeting(), race(), entrant(1))
    on_their_way = await waiting(store)
    await store.transaction(lambda connection: aim_at(connection, "here", GENERATED))
    await store.transaction(lambda connection: acknowledge(connection, on_their_way))
    assert len(await waiting(store)) == len(on_their_way)


async def test_what_people_are_to_be_told_waits_on_while_rows_go_nowhere(store: Database) -> None:
    await store.transaction(lambda connection: aim_at(connection, "here", GENERATED))
    await store.transaction(
        lambda connection: append(connection, [(schema.NOTIFICATIONS, "n1")], GENERATED, is_patient=False)
    )
    for target in (None, "here"):
        await store.transaction(lambda connection, target=target: aim_at(connection, target, GENERATED))  # type: ignore[misc]
    assert keys(await waiting(store, Lane.PEOPLE)) == [("notifications", "n1")]


async def test_rules_made_while_rows_went_nowhere_are_sent_up_and_copies_of_another_databases_are_not(
    store: Database,
) -> None:
    await store.transaction(lambda connection: write(connection, [rule(rule_id="r1")]))
    for target, expected in (("here", ["r1"]), ("there", [])):
        await store.transaction(lambda connection, target=target: aim_at(connection, target, GENERATED))  # type: ignore[misc]
        entries = await waiting(store, Lane.PEOPLE)
        assert [entry.row_id for entry in entries] == expected
        await store.transaction(lambda connection, entries=entries: acknowledge(connection, entries))  # type: ignore[misc]


async def test_where_rows_go_is_looked_up_at_each_write(store: Database) -> None:
    sending = Outbox(if_aimed=True).sending(GENERATED, is_patient=False)
    await store.transaction(lambda connection: write(connection, [entrant(1)], sending))
    assert await waiting(store) == []
    await store.transaction(lambda connection: aim_at(connection, "here", GENERATED))
    await store.transaction(lambda connection: write(connection, [entrant(2)], sending))
    assert {entry.row_id for entry in await waiting(store)} == {entrant(1).entrant_id, entrant(2).entrant_id}


async def test_the_bell_rings_for_everybody_who_sends() -> None:
    outbox = Outbox()
    bells = [outbox.bell(), outbox.bell()]
    outbox.ring()
    assert all(bell.is_set() for bell in bells)


async def test_the_oldest_that_waits_is_known(store: Database) -> None:
    await wrote(store, entrant(1), at=30)
    await wrote(store, entrant(2), at=5)
    assert (await state(store)).oldest == GENERATED + timedelta(seconds=5)
