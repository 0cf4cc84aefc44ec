"""Answers grown from the source's own description: each is read or is a misfit, and what is read is what is kept."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import Phase, find, given, reject, settings
from hypothesis import strategies as st

from raceday_daemon.intake.card_commit import commit_card
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.market.odds_history import PRICES
from raceday_daemon.model import snapshot as parts
from raceday_daemon.model.changes import RaceState, Record
from raceday_daemon.model.entrant import TOTE_ODDS, TOTE_TRENDS, Entrant
from raceday_daemon.model.errors import MisfitError, WrongAnswerError
from raceday_daemon.model.market import BigBet, RacePools
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.poll import STALE
from raceday_daemon.model.race import Race
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import DayCard, RaceSnapshot
from raceday_daemon.nztab.card_mapping import day_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import MeetingsAnswer
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.store.ddl import LOCAL_TABLES, create_statements
from raceday_daemon.store.race_queries import read_one, read_race
from raceday_daemon.store.rows import instant_text, read_instant, row_of
from raceday_daemon.store.schema import Column, Kind
from tests.builders import NOW, Document, body, later, mapped
from tests.property.openapi_strategies import RACE_ID, events, fuzz_timeout, fuzzed, meetings, needs_openapi, repriced

pytestmark = [needs_openapi, fuzz_timeout]

# What the daemon adds to a record, and what it derives for a meeting from its races.
ADDED = {"imported_at", "last_updated", "last_poll_time", "last_status_change", "finalized_at", "abandoned_at"}
ADDED |= {"result_time", "api_generated_time"}
OF_ITS_RACES = {"weather", "status", "first_race_start", "last_race_start"}
# What may stay as it is stored, where a part of the answer could not be read.
AMOUNTS = {"win_pool_amount", "place_pool_amount"}
SHARES = AMOUNTS | {"win_pool_percentage", "place_pool_percentage", "share_method", "place_share_method"}
TOTALS = {field.name for field in fields(RacePools) if "total" in field.name}
OUTCOME = {"results_available", "result_status", "results_data", "dividends_data", "fixed_odds_data", "protest_lodged"}
MAY_STAY: dict[str, Collection[str]] = {
    parts.RUNNERS: SHARES,
    parts.MONEY: SHARES | {"hold_percentage", "bet_percentage"},
    parts.POOLS: TOTALS | SHARES,
    parts.PLACINGS: ("results_available", "results_data"),
    parts.DIVIDENDS: ("dividends_data",),
    parts.CLOSING_PRICES: ("fixed_odds_data",),
}
NO_SHARE = Entrant(entrant_id="", race_id="", name="", runner_number=0)
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


@contextmanager
def empty_store() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for statement in create_statements():
            connection.execute(statement)
        yield connection


def check_told(
    kept: Record | None, sent: Record | None, before: Record | None = None, unread: Collection[str] = ()
) -> None:
    """See that a record is kept as sent, or, in the fields that could not be read, as before."""
    assert (kept is None) == (sent is None)
    for name in [field.name for field in fields(sent) if field.name not in ADDED] if sent else ():
        allowed = [getattr(sent, name), *([getattr(before, name)] if before and name in unread else [])]
        assert getattr(kept, name) in allowed, name


def check_kept(connection: sqlite3.Connection, sent: RaceSnapshot, before: RaceState | None = None) -> None:
    """See that the store says what the answer says; what only a card tells stays, results taken back are empty ones."""
    kept, before = read_race(connection, RACE_ID), before or RaceState(entrants={})
    unread = sent.unread.union(*(MAY_STAY.get(part, ()) for part in sent.unread))
    # An answer without results of which a part was not read leaves them all as they are.
    unread |= OUTCOME if sent.results is None and unread & OUTCOME else frozenset()
    # Lists come as null at times: that takes neither pools away, nor the results of a race that has them.
    unread |= OUTCOME if sent.race.status in ("Interim", "Final") else frozenset()
    unread |= TOTALS | SHARES if all(getattr(sent.pools, name) is None for name in TOTALS) else frozenset()
    race = replace(sent.race, tote_start_time=before.race.tote_start_time) if before.race else sent.race
    taken_back = RaceResults(race_id=RACE_ID, results_available=False) if before.results else None
    check_told(kept.race, race, before.race, unread)
    check_told(kept.pools, sent.pools, before.pools, unread)
    check_told(kept.results, sent.results or taken_back, before.results, unread)
    for one in sent.entrants:
        check_told(kept.entrants.get(one.entrant_id), one, before.entrants.get(one.entrant_id), unread)
    assert kept.big_bet_ids == before.big_bet_ids | {bet.bet_id for bet in sent.big_bets}
    assert unfit(connection) == []


def unfit(connection: sqlite3.Connection) -> list[str]:
    """Name the values that are not what their column is declared to hold."""
    found = []
    for table in LOCAL_TABLES:
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        for row in connection.execute(f'SELECT {names} FROM "{table.sqlite_name}"'):
            values = zip(table.columns, row, strict=True)
            found += [
                f"{table.name} {column.name} {value!r:.80}" for column, value in values if not fits(column, value)
            ]
    return found


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
    assert [row_of(one) for one in again.entrants] == [row_of(one) for one in sent.entrants]
    assert [row_of(bet) for bet in again.big_bets] == [row_of(bet) for bet in sent.big_bets]
    for one in sent.entrants:
        # One runner's share of the whole may lie next to 100: see test_fuzzed_tote_trends.
        assert all(0 <= round(share or 0, 9) <= 100 for share in (one.win_pool_percentage, one.place_pool_percentage))


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
        kept = read_race(connection, RACE_ID).entrants
        assert kept.keys() == before.entrants.keys() | {one.entrant_id for one in second.entrants}
        for left_out in kept.keys() - {one.entrant_id for one in second.entrants}:
            # Its share may go: the others' shares are of a pool that it is no longer in.
            check_told(kept[left_out], before.entrants[left_out], NO_SHARE, SHARES)
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
            before = {race.race_id: read_one(connection, Race, race.race_id) for race in card.races}
            commit_card(connection, card, NOW)
            kept = read_one(connection, Meeting, card.meeting.meeting_id)
            check_told(kept, card.meeting, kept, OF_ITS_RACES)
            for race in card.races:
                left_to_its_own_answer = {"status"} if race.status == "Final" else ()
                check_told(read_one(connection, Race, race.race_id), race, before[race.race_id], left_to_its_own_answer)
            assert commit_card(connection, card, later(60, NOW)).rows_written == 0
        assert unfit(connection) == []


@given(meetings().map(read_day), later_snapshots)
@fuzzed(80)
def test_an_event_and_the_cards_around_it_keep_to_their_own_facts(day: DayCard, sent: RaceSnapshot) -> None:
    with empty_store() as connection:
        for card in day.cards:
            commit_card(connection, card, NOW)
        before = read_race(connection, RACE_ID)
        if before.race and before.race.meeting_id != sent.race.meeting_id:
            with pytest.raises(WrongAnswerError):
                commit_race(connection, sent, later(300, NOW))
            return
        commit_race(connection, sent, later(300, NOW))
        check_kept(connection, sent, before)
        kept = read_race(connection, RACE_ID)
        for card in day.cards:
            commit_card(connection, card, later(301, NOW))
        assert read_race(connection, RACE_ID) == kept, "an older card changes nothing"
        for card in day.cards:
            commit_card(connection, replace(card, generated_time=later(300)), later(302, NOW))
        after = read_race(connection, RACE_ID)
        check_told(after.race, kept.race, after.race, {"status", "start_time"})
        assert replace(after, race=kept.race) == kept
        assert unfit(connection) == []


REACHED: dict[str, Callable[[RaceSnapshot], bool]] = {
    "tote trends": lambda sent: any(one.share_method == TOTE_TRENDS for one in sent.entrants),
    "tote odds": lambda sent: any(one.share_method == TOTE_ODDS for one in sent.entrants),
    "a full race": lambda sent: len(sent.entrants) > 2 and bool(sent.results and sent.pools.total_race_pool),
    "a sound answer": lambda sent: bool(sent.entrants and sent.big_bets and not sent.set_aside),
}


@pytest.mark.parametrize("there", REACHED.values(), ids=REACHED.keys())
def test_the_answers_are_no_empty_shells(there: Callable[[RaceSnapshot], bool]) -> None:
    find(snapshots, there, settings=settings(max_examples=2000, phases=[Phase.generate], database=None))
