"""Answers grown from the source's own description: each is read or is a misfit, and what is read is what is kept."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import Phase, assume, find, given, reject, settings
from hypothesis import strategies as st

from raceday_daemon.intake.card_commit import commit_card
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.market.odds_history import PRICES
from raceday_daemon.model.changes import RaceState
from raceday_daemon.model.entrant import TOTE_ODDS, TOTE_TRENDS
from raceday_daemon.model.errors import MisfitError
from raceday_daemon.model.market import BigBet
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.poll import STALE
from raceday_daemon.model.race import Race
from raceday_daemon.model.snapshot import DayCard, RaceSnapshot
from raceday_daemon.nztab.card_mapping import day_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import MeetingsAnswer
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.store.ddl import LOCAL_TABLES
from raceday_daemon.store.race_queries import read_one, read_race
from raceday_daemon.store.rows import instant_text, read_instant, row_of
from raceday_daemon.store.schema import Column, Kind
from tests.builders import NOW, Document, body, later, mapped
from tests.property.openapi_strategies import RACE_ID, events, fuzz_timeout, fuzzed, meetings, needs_openapi, repriced
from tests.property.stored_after import NEVER_SEEN, Facts, empty_store, facts, stored_after, told

pytestmark = [needs_openapi, fuzz_timeout]

# What the daemon derives for a meeting from its races.
OF_ITS_RACES = {"weather", "status", "first_race_start", "last_race_start"}
TYPES: dict[Kind, type[Any]] = {Kind.INTEGER: int, Kind.BOOLEAN: int, Kind.FLOAT: float}


def read(document: Document) -> RaceSnapshot:
    try:
        return mapped(document)
    except MisfitError:
        reject()


def read_day(document: Document) -> DayCard:
    try:
        page = decode(MeetingsAnswer, body(document))
    except MisfitError:
        reject()
    return day_card([page], date(2025, 7, 17), Wanted.of(("NZ", "AUS"), ("T", "H")))


snapshots = events().map(read)
later_snapshots = events(minute=5).map(read)


def check_kept(connection: sqlite3.Connection, sent: RaceSnapshot, before: RaceState = NEVER_SEEN) -> None:
    """See that the store says what the answer says, and what was stored where the answer leaves it open."""
    assert told(read_race(connection, RACE_ID)) == stored_after(before, sent)
    assert unfit(connection) == []


def status(on_card: Race, stored: Facts) -> Facts:
    """Give the status that a card leaves a race with: Final comes with the results, from the race's own answer."""
    return {"status": stored["status"] if stored and on_card.status == "Final" else on_card.status}


def unfit(connection: sqlite3.Connection) -> list[str]:
    """Name the values that are not what their column is declared to hold."""
    return [
        f"{table.name} {column.name} {value!r:.80}"
        for table in LOCAL_TABLES
        for row in connection.execute(f'SELECT * FROM "{table.sqlite_name}"')
        for column, value in zip(table.columns, row[1:], strict=True)
        if not fits(column, value)
    ]


def fits(column: Column, value: Any) -> bool:
    if value is None:
        return not column.required
    if isinstance(value, str) and column.kind is Kind.INSTANT:
        return instant_text(read_instant(value)) == value
    if isinstance(value, str):
        return column.kind not in TYPES and len(value) <= (column.size or 0)
    return type(value) is TYPES.get(column.kind) and (column.kind is not Kind.BOOLEAN or value in (0, 1))


def without_repeats(prices: Iterable[tuple[str, str, float | None]]) -> dict[tuple[str, str], list[float]]:
    """Give the moves of each price by entrant and type: where one is missing, the last one still stands."""
    moves: dict[tuple[str, str], list[float]] = {}
    for entrant_id, kind, price in prices:
        if price is not None and moves.get((entrant_id, kind), [])[-1:] != [price]:
            moves.setdefault((entrant_id, kind), []).append(price)
    return moves


@given(events())
@fuzzed(120)
def test_an_event_is_read_the_same_way_twice_or_is_a_misfit(document: Document) -> None:
    sent, again = read(document), mapped(document)
    assert again == sent
    for one, other in zip(sent.entrants, again.entrants, strict=True):
        assert row_of(one) == row_of(other)
        assert all(0 <= (share or 0) <= 100 for share in (one.win_pool_percentage, one.place_pool_percentage))


@given(snapshots)
@fuzzed(150)
def test_an_answer_is_kept_whole_and_taken_again_writes_nothing(sent: RaceSnapshot) -> None:
    with empty_store() as connection:
        assert commit_race(connection, sent, NOW).rows_written > 0
        check_kept(connection, sent)
        assert [read_one(connection, BigBet, bet.bet_id) for bet in sent.big_bets] == list(sent.big_bets)
        written = list(connection.iterdump())
        assert commit_race(connection, sent, later(60, NOW)).rows_written == 0
        assert list(connection.iterdump()) == written


@given(snapshots, later_snapshots)
@fuzzed(150)
def test_a_later_answer_replaces_what_it_speaks_of_alone(first: RaceSnapshot, second: RaceSnapshot) -> None:
    with empty_store() as connection:
        commit_race(connection, first, NOW)
        before = read_race(connection, RACE_ID)
        commit_race(connection, second, later(300, NOW))
        check_kept(connection, second, before)
        assert commit_race(connection, first, later(301, NOW)).outcome == STALE
        assert commit_race(connection, second, later(302, NOW)).rows_written == 0


@given(repriced(looks=4) | st.tuples(*(events(minute) for minute in range(4))))
@fuzzed(80)
def test_the_history_of_a_price_never_says_the_same_twice_in_a_row(documents: Sequence[Document]) -> None:
    looks = [read(document) for document in documents]
    with empty_store() as connection:
        for sent in looks:
            commit_race(connection, sent, NOW)
        kept = connection.execute("SELECT entrantId, type, odds FROM odds_history ORDER BY eventTimestamp").fetchall()
        entrants = [one for sent in looks for one in sent.entrants]
        seen = [(one.entrant_id, kind, getattr(one, field)) for one in entrants for kind, field in PRICES.items()]
        assert without_repeats(kept) == without_repeats(seen)
        assert len(kept) == sum(map(len, without_repeats(seen).values()))


@given(meetings())
@fuzzed(120)
def test_a_day_is_read_the_same_way_twice_and_each_card_is_kept_whole(document: Document) -> None:
    day = read_day(document)
    assert read_day(document) == day
    with empty_store() as connection:
        for card in day.cards:
            before = {race.race_id: facts(read_one(connection, Race, race.race_id)) for race in card.races}
            commit_card(connection, card, NOW)
            kept = facts(read_one(connection, Meeting, card.meeting.meeting_id))
            assert kept == facts(card.meeting) | {name: kept[name] for name in OF_ITS_RACES}
            for race in card.races:
                expected = facts(race) | status(race, before[race.race_id])
                assert facts(read_one(connection, Race, race.race_id)) == expected
            assert commit_card(connection, card, later(60, NOW)).rows_written == 0
        assert unfit(connection) == []


@given(meetings().map(read_day), later_snapshots)
@fuzzed(80)
def test_an_event_and_the_cards_around_it_keep_to_their_own_facts(day: DayCard, sent: RaceSnapshot) -> None:
    with empty_store() as connection:
        for card in day.cards:
            commit_card(connection, card, NOW)
        before = read_race(connection, RACE_ID)
        assume(before.race is None or before.race.meeting_id == sent.race.meeting_id)
        commit_race(connection, sent, later(300, NOW))
        check_kept(connection, sent, before)
        kept = read_race(connection, RACE_ID)
        for card in day.cards:
            commit_card(connection, card, later(301, NOW))
        assert read_race(connection, RACE_ID) == kept, "an older card changes nothing"
        for card in day.cards:
            commit_card(connection, replace(card, generated_time=later(300)), later(302, NOW))
        after = read_race(connection, RACE_ID)
        expected = facts(kept.race)
        for race in [one for card in day.cards for one in card.races if one.race_id == RACE_ID]:
            expected |= {"start_time": race.start_time} | status(race, expected)
        assert facts(after.race) == expected
        assert replace(after, race=kept.race) == kept
        assert unfit(connection) == []


REACHED: dict[str, Callable[[RaceSnapshot], bool]] = {
    "tote trends": lambda sent: any(one.share_method == TOTE_TRENDS for one in sent.entrants),
    "tote odds": lambda sent: any(one.share_method == TOTE_ODDS for one in sent.entrants),
    "all that there is": lambda sent: bool(sent.entrants and sent.results and sent.pools.total_race_pool),
}


@pytest.mark.parametrize("there", REACHED.values(), ids=REACHED.keys())
def test_the_answers_are_no_empty_shells(there: Callable[[RaceSnapshot], bool]) -> None:
    find(snapshots, there, settings=settings(max_examples=2000, phases=[Phase.generate], database=None))
