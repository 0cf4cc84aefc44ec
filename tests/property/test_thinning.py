"""What always holds for a thinned history, whatever prices, money, the start and the times of the looks do."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.market.thinning import price_tells
from raceday_daemon.store.aiming import aim_at
from raceday_daemon.store.outbox import Outbox, append_released
from tests.builders import START, entrant, later, pools, race, snapshot
from tests.property.test_money_flow import Look, empty_store

RUNNERS = (1, 2)
TABLES = ("odds_history", "money_flow_history")

prices = st.none() | st.sampled_from((1.5, 1.55, 1.6, 2.0, 2.1, 4.4, 4.6, 4.8, 31.0, 36.0, 41.0, 100.0, 130.0))
shares = st.none() | st.sampled_from((0.0, 10.0, 11.9, 12.0, 13.5, 14.1, 40.0))
amounts = st.none() | st.sampled_from((0, 1_000, 1_001, 40_000))
gaps = st.sampled_from((0.0, 15.0, 60.0, 60.0, 120.0, 299.75, 300.0)) | st.floats(0, 900)
shifts = st.sampled_from((0, 0, 0, 0, 0, 0, 300, 1800, -90, -600))


@dataclass
class Remote:
    """What Appwrite would have: each row as it stood when it was sent."""

    connection: sqlite3.Connection
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {table: {} for table in TABLES})

    def take_what_waits(self) -> None:
        for name, row_id in self.connection.execute("SELECT tableName, rowId FROM outbox").fetchall():
            table = name.replace("-", "_")
            if table in TABLES:
                self.rows[table][row_id] = self.stored(table)[row_id]
        self.connection.execute("DELETE FROM outbox")

    def stored(self, table: str) -> dict[str, dict[str, Any]]:
        cursor = self.connection.execute(f"SELECT * FROM {table}")
        names = [column for column, *_ in cursor.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor}


@st.composite
def approaches(draw: st.DrawFn) -> list[Look]:
    """Give looks at a race from some instant on, at times as dense as polls are near a start."""
    time, start, sent = later(-draw(st.sampled_from((4_000, 1_500, 700, 420))), START), START, []
    for _ in range(draw(st.integers(1, 14))):
        time, start = later(draw(gaps), time), later(draw(shifts), start)
        runners = tuple(
            entrant(
                number,
                fixed_win_odds=draw(prices),
                pool_win_odds=draw(prices),
                win_pool_percentage=draw(shares),
                win_pool_amount=draw(amounts),
                share_method="tote_odds",
            )
            for number in draw(st.sampled_from((RUNNERS, RUNNERS, RUNNERS, (1,), (2,))))
        )
        answer = snapshot(
            generated_time=time,
            race=race(status=draw(st.sampled_from(("Open",) * 6 + ("Closed",))), start_time=start),
            entrants=runners,
            pools=pools(win_pool_total=1, total_race_pool=draw(st.sampled_from((1, 2)))),
        )
        sent.append(Look(answer, later(-draw(st.sampled_from((0, 0.7, 5))), time) if draw(st.booleans()) else None))
    return sent


def take(connection: sqlite3.Connection, look: Look, *, is_thinned: bool = True) -> None:
    sending = Outbox(is_thinned=is_thinned).sending(look.answer.generated_time, is_patient=False)
    commit_race(connection, look.answer, look.answer.generated_time, look.due_at, sending)


def lived(connection: sqlite3.Connection, sent: Sequence[Look]) -> Remote:
    """Take all looks, each sent on at once."""
    remote = Remote(connection)
    for look in sent:
        take(connection, look)
        remote.take_what_waits()
    return remote


def past_everything(sent: Sequence[Look]) -> datetime:
    return later(36_000, sent[-1].answer.race.start_time)


def newest_of_buckets(rows: dict[str, dict[str, Any]]) -> dict[tuple[str, int], dict[str, Any]]:
    newest: dict[tuple[str, int], dict[str, Any]] = {}
    for row in sorted(rows.values(), key=lambda row: row["eventTimestamp"]):
        newest[row["entrantId"], row["timeInterval"]] = row
    return newest


def assert_thinned_rightly(stored: Remote, there: dict[str, dict[str, dict[str, Any]]]) -> None:
    """See that what is there are stored rows, with their values, and all of those that have to be."""
    for table in TABLES:
        here = stored.stored(table)
        assert {row_id: here.get(row_id) for row_id in there[table]} == there[table]
    assert newest_of_buckets(stored.stored("money_flow_history")) == newest_of_buckets(there["money_flow_history"])
    for row_id, row in stored.stored("money_flow_history").items():
        assert row["intervalType"] not in ("15s", "live") or row_id in there["money_flow_history"]
    for row_id, row in stored.stored("odds_history").items():
        assert row["timeToStartSeconds"] > 300 or row_id in there["odds_history"]


def assert_lines_are_near(stored: Remote, there: set[str]) -> None:
    """See that no stored price is further than a tick from the last one sent of its line."""
    rows = sorted(
        stored.stored("odds_history").values(), key=lambda row: (row["entrantId"], row["type"], row["eventTimestamp"])
    )
    for _, of_line in groupby(rows, lambda row: (row["entrantId"], row["type"])):
        last = None
        for row in of_line:
            last = row["odds"] if row["id"] in there else last
            assert last is not None, "the first price is sent"
            assert not price_tells(last, row["odds"])


@given(approaches())
@settings(deadline=None, max_examples=60)
def test_once_buckets_are_over_their_newest_rows_are_there_and_the_last_minutes_are_whole(sent: list[Look]) -> None:
    with empty_store() as connection:
        remote = lived(connection, sent)
        append_released(connection, past_everything(sent))
        remote.take_what_waits()
        assert_thinned_rightly(remote, remote.rows)
        assert connection.execute("SELECT count(*) FROM thinned_lines").fetchone() == (0,)


@given(approaches())
@settings(deadline=None, max_examples=60)
def test_no_price_is_further_than_a_tick_from_what_was_sent_at_any_time(sent: list[Look]) -> None:
    with empty_store() as connection:
        remote = Remote(connection)
        for look in sent:
            take(connection, look)
            remote.take_what_waits()
            assert_lines_are_near(remote, set(remote.rows["odds_history"]))


@given(approaches())
@settings(deadline=None, max_examples=30)
def test_with_each_look_the_earlier_buckets_of_its_runners_are_complete(sent: list[Look]) -> None:
    with empty_store() as connection:
        remote = Remote(connection)
        for look in sent:
            take(connection, look)
            remote.take_what_waits()
            if look.answer.race.status != "Open":
                continue
            here = newest_of_buckets(remote.stored("money_flow_history"))
            there = newest_of_buckets(remote.rows["money_flow_history"])
            reached = min(interval for _, interval in here)
            for runner in look.answer.entrants:
                for (who, interval), row in here.items():
                    assert who != runner.entrant_id or interval == reached or there.get((who, interval)) == row


@given(approaches())
@settings(deadline=None, max_examples=30)
def test_what_is_stored_is_thinned_alike_when_all_of_it_is_queued_anew(sent: list[Look]) -> None:
    with empty_store() as connection:
        lived(connection, sent)
        aim_at(connection, "elsewhere", past_everything(sent), is_thinned=True)
        anew = Remote(connection)
        anew.take_what_waits()
        assert_thinned_rightly(anew, anew.rows)
        assert_lines_are_near(anew, set(anew.rows["odds_history"]))


@given(approaches(), st.data())
@settings(deadline=None, max_examples=30)
def test_thinning_switched_off_and_on_again_loses_nothing(sent: list[Look], data: st.DataObject) -> None:
    with empty_store() as connection:
        remote = Remote(connection)
        for look in sent:
            take(connection, look, is_thinned=data.draw(st.booleans()))
            remote.take_what_waits()
            assert_lines_are_near(remote, set(remote.rows["odds_history"]))
        append_released(connection, past_everything(sent))
        remote.take_what_waits()
        assert_thinned_rightly(remote, remote.rows)


@given(approaches())
@settings(deadline=None, max_examples=30)
def test_what_is_stored_here_and_every_state_that_is_sent_are_the_same_thinned_or_not(sent: list[Look]) -> None:
    kept, states = [], []
    for is_thinned in (True, False):
        with empty_store() as connection:
            queued = []
            for look in sent:
                take(connection, look, is_thinned=is_thinned)
                queued.append(
                    connection.execute(
                        "SELECT tableName, rowId FROM outbox WHERE tableName NOT LIKE '%-history' ORDER BY 1, 2"
                    ).fetchall()
                )
                connection.execute("DELETE FROM outbox")
            states.append(queued)
            kept.append([line for line in connection.iterdump() if "thinned_lines" not in line])
    assert states[0] == states[1]
    assert kept[0] == kept[1]
