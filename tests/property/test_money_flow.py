"""What always holds for the history of money, whatever the amounts, the start and the times of the looks do."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.market.money_flow import bucket, interval_type, whole_minutes
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store.ddl import create_statements
from tests.builders import START, entrant, later, pools, race, snapshot

BEGAN = later(-7200, START)
RUNNERS = (1, 2)
MEASURES = (("winPoolAmount", "incrementalWinAmount"), ("placePoolAmount", "incrementalPlaceAmount"))

amounts = st.none() | st.sampled_from((0, 1, 250, 1_000, 1_001, 40_000)) | st.integers(0, 10**9)
gaps = st.sampled_from((0, 0.0004, 0.5, 15, 15.25, 60, 299.75, 300, 900)) | st.floats(0, 3000)
shifts = st.sampled_from((0, 0, 0, 0, 60, 300, 3600, -90, -1800))


@dataclass(frozen=True)
class Look:
    """An answer, and the slot that asked for it."""

    answer: RaceSnapshot
    due_at: datetime | None

    @property
    def seconds_to_start(self) -> float:
        return (self.answer.race.start_time - (self.due_at or self.answer.generated_time)).total_seconds()


@st.composite
def looks(draw: st.DrawFn, least_gap: float = 0) -> list[Look]:
    """Give looks at one race, each at least that many seconds later than the one before."""
    time, start, sent = BEGAN, START, []
    for _ in range(draw(st.integers(1, 12))):
        time, start = later(max(draw(gaps), least_gap), time), later(draw(shifts), start)
        status = draw(st.sampled_from(("Open", "Open", "Open", "Open", "Closed")))
        runners = tuple(
            entrant(number, win_pool_amount=draw(amounts), place_pool_amount=draw(amounts))
            for number in draw(st.sampled_from((RUNNERS, RUNNERS, RUNNERS, (1,), (2,))))
        )
        answer = snapshot(
            generated_time=time,
            race=race(status=status, start_time=start),
            entrants=runners,
            pools=pools(win_pool_total=1, total_race_pool=draw(st.sampled_from((None, 1, 2)))),
        )
        sent.append(Look(answer, later(-draw(st.sampled_from((0, 0.7, 20))), time) if draw(st.booleans()) else None))
    return sent


@contextmanager
def empty_store() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in create_statements():
            connection.execute(statement)
        yield connection


def take(connection: sqlite3.Connection, look: Look) -> int:
    return commit_race(connection, look.answer, look.answer.generated_time, look.due_at).rows_written


def series(connection: sqlite3.Connection, number: int) -> list[dict[str, Any]]:
    """Read a runner's rows in the order of its history."""
    cursor = connection.execute(
        "SELECT * FROM money_flow_history WHERE entrantId = ? ORDER BY timeInterval DESC, eventTimestamp",
        (f"runner-{number}",),
    )
    names = [column for column, *_ in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def last_of(values: Sequence[int | None]) -> int | None:
    """Give the last that is there."""
    return next((value for value in reversed(values) if value is not None), None)


def expected_increments(amounts_by_bucket: Sequence[Sequence[int | None]]) -> list[list[int | None]]:
    """Say word for word what an increment is: the bucket's last amount so far less that of the nearest one before."""
    ends: list[int | None] = []
    expected = []
    for of_bucket in amounts_by_bucket:
        before = last_of(ends) or 0
        so_far = [last_of(of_bucket[: place + 1]) for place in range(len(of_bucket))]
        expected.append([None if amount is None else amount - before for amount in so_far])
        ends.append(so_far[-1])
    return expected


@given(looks())
@settings(deadline=None, max_examples=100)
def test_the_increments_of_the_last_rows_of_all_buckets_make_the_last_amount(sent: list[Look]) -> None:
    with empty_store() as connection:
        for look in sent:
            take(connection, look)
        for number in RUNNERS:
            kept = series(connection, number)
            ends = {row["timeInterval"]: row for row in kept}.values()
            for amount, increment in MEASURES:
                assert sum(row[increment] or 0 for row in ends) == (last_of([row[amount] for row in kept]) or 0)


@given(looks())
@settings(deadline=None, max_examples=100)
def test_every_increment_is_what_its_definition_says(sent: list[Look]) -> None:
    with empty_store() as connection:
        for look in sent:
            take(connection, look)
        for number in RUNNERS:
            buckets = [list(rows) for _, rows in groupby(series(connection, number), lambda row: row["timeInterval"])]
            for amount, increment in MEASURES:
                found = [[row[increment] for row in rows] for rows in buckets]
                assert found == expected_increments([[row[amount] for row in rows] for rows in buckets])


@given(looks())
@settings(deadline=None, max_examples=60)
def test_buckets_never_rise_and_a_row_tells_the_true_time(sent: list[Look]) -> None:
    reached = 60
    with empty_store() as connection:
        for look in sent:
            take(connection, look)
            if look.answer.race.status == "Open":
                reached = min(reached, bucket(look.seconds_to_start))
            written = [row for number in RUNNERS for row in series(connection, number)]
            assert min((row["timeInterval"] for row in written), default=60) == (reached if written else 60)
        in_order = connection.execute("SELECT timeInterval FROM money_flow_history ORDER BY rowid").fetchall()
        assert in_order == sorted(in_order, reverse=True)
        times = {(whole_minutes(look.seconds_to_start), interval_type(look.seconds_to_start)) for look in sent}
        assert {(row["timeToStart"], row["intervalType"]) for row in written} <= times


@given(looks())
@settings(deadline=None, max_examples=60)
def test_the_newest_row_is_what_was_last_seen_while_the_race_was_open(sent: list[Look]) -> None:
    with empty_store() as connection:
        for look in sent:
            take(connection, look)
            if look.answer.race.status != "Open":
                continue
            for runner in look.answer.entrants:
                newest = series(connection, runner.runner_number)[-1]
                assert (newest["winPoolAmount"], newest["placePoolAmount"], newest["totalPoolAmount"]) == (
                    runner.win_pool_amount,
                    runner.place_pool_amount,
                    look.answer.pools.total_race_pool,
                )


@given(looks())
@settings(deadline=None, max_examples=60)
def test_the_same_look_twice_adds_nothing(sent: list[Look]) -> None:
    with empty_store() as connection:
        for look in sent:
            take(connection, look)
            before = list(connection.iterdump())
            assert take(connection, look) == 0
            assert list(connection.iterdump()) == before


# An answer of the same moment as the one before replaces its row, perhaps with what was said before that.
@given(looks(least_gap=0.001))
@settings(deadline=None, max_examples=60)
def test_no_two_rows_of_a_bucket_in_a_row_say_the_same(sent: list[Look]) -> None:
    with empty_store() as connection:
        for look in sent:
            take(connection, look)
        for number in RUNNERS:
            kept = [
                (row["timeInterval"], row["winPoolAmount"], row["placePoolAmount"], row["totalPoolAmount"])
                for row in series(connection, number)
            ]
            assert all(one != other for one, other in pairwise(kept))
