"""Whatever the source sends: an answer is read, or it is a misfit; and what is read fits the store."""

import copy
import json
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.model.changes import Record
from raceday_daemon.model.errors import MisfitError
from raceday_daemon.model.snapshot import DayCard, RaceSnapshot
from raceday_daemon.nztab.card_mapping import day_card
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import MeetingsAnswer
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.store.rows import record_of, row_of
from tests.builders import (
    Document,
    bet,
    body,
    card_meeting,
    card_race,
    dividend,
    event,
    mapped,
    meetings,
    money,
    placing,
    pool,
    runner,
    trend_xml,
)

Path = tuple[str | int, ...]

ODDS = {"fixed_win": 5, "fixed_place": 1.8, "pool_win": 4.4, "pool_place": 1.5}
EVENT = event(
    runner(1, ODDS, barrier=7, is_scratched=False, scratch_time=0, jockey="J", silk_url_64x64="https://s/1.png"),
    runner(2, ODDS, is_late_scratched=True),
    runner(3, ODDS, favourite=True),
    race={"actual_start": 1752713566, "distance": 1700, "video_channels": ["T1"], "prize_monies": {"total_value": 9}},
    results=[placing(1, 1, name="Horse 1", margin_length=0), placing(1, 2)],
    dividends=[dividend(status="Interim"), dividend(positions=[{"runner_number": 1, "position": 1}])],
    money_tracker=money(("runner-1", 20, 30), ("runner-1", 5, 5), ("other", 75, 65)),
    tote_pools=[
        pool("Win", 9151.38, trend_xml("WIN", r1="700.00", r2="300.00")),
        pool("Place", 10, trend_xml("PLC", r1="1")),
        pool("Quadrella", 5),
    ],
    big_bets=[bet(), bet(title="Other", legs=[{"race": {"entrant_id": [7] * 16}}])],
    biggest_bet=bet(),
    error="",
)
WITHOUT_TRENDS = {**EVENT, "data": {**EVENT["data"], "tote_pools": [pool("Win", 9151.38), pool("Place", "10")]}}
MEETINGS = meetings(
    card_meeting(1, card_race(1, distance=1700, tote_start_time="12:50:00"), card_race(2, protest=True), state="NZ"),
    card_meeting(3, country="AUS", category="H", tote_status="Open"),
)

JUNK: tuple[Any, ...] = (
    *(None, "", " ", "words", "12", "-1", "1.5", "nan", "1e400", "x" * 70_000, "\x00", "é☃", "2025-07-17T00:00:00"),
    *(0, 1, -1, 0.5, -0.5, 1e15, 1e308, 2**63, 2**70, 10**400, math.nan, math.inf, True, False),
    *([], {}, [None], [[]], ["x"], {"x": None}, {"runner_number": 1}),
    *("<meetings>", trend_xml("WIN", total="0", r1="1"), trend_xml("WIN", total="0.01", r1="9")),
)
EXTREMES: tuple[Any, ...] = (
    *("0001-01-01T00:00:00+13:00", "9999-12-31T23:59:59-12:00"),
    *(5e-324, trend_xml("WIN", total="1e-320", r1="1e12"), trend_xml("WIN", total="0.01", r1="1e12")),
)


def places(document: Any, path: Path = ()) -> list[Path]:
    """Give the way to every part of a document."""
    found: list[Path] = [path] if path else []
    if isinstance(document, dict):
        for name in document:
            found += places(document[name], (*path, name))
    if isinstance(document, list):
        for place in range(len(document)):
            found += places(document[place], (*path, place))
    return found


@st.composite
def spoilt(draw: st.DrawFn, sound: Document) -> Document:
    """Give the document with up to four of its parts replaced, dropped or doubled."""
    document = copy.deepcopy(sound)
    for _ in range(draw(st.integers(1, 4))):
        if not (paths := places(document)):
            break
        path = draw(st.sampled_from(paths))
        holder = held(document, path[:-1])
        action = draw(st.sampled_from(("replace", "drop", "double")))
        if action == "replace":
            holder[path[-1]] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        elif action == "drop":
            del holder[path[-1]]
        elif isinstance(holder, list):
            holder.append(copy.deepcopy(holder[int(path[-1])]))
    return document


def held(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def day(document: Document) -> DayCard:
    pages = [decode(MeetingsAnswer, body(document))]
    return day_card(pages, date(2025, 7, 17), Wanted.of(("NZ", "AUS"), ("T", "H")))


def records_of(read: RaceSnapshot | DayCard) -> list[Record]:
    found: list[Record] = []
    if isinstance(read, DayCard):
        for card in read.cards:
            found += [card.meeting, *card.races]
        return found
    found += [read.race, *read.entrants, read.pools, *read.big_bets]
    return [*found, read.results] if read.results else found


def check_rows(read: RaceSnapshot | DayCard) -> None:
    """See that every record comes back from its row, and that SQLite and JSON can hold each of its numbers."""
    for record in records_of(read):
        row = row_of(record)
        assert record_of(type(record), row) == record
        assert all(math.isfinite(value) and abs(value) < 2**63 for value in row if isinstance(value, int | float))


@given(spoilt(EVENT) | spoilt(WITHOUT_TRENDS))
@settings(deadline=None, max_examples=400)
def test_a_spoilt_event_is_read_the_same_way_twice_or_is_a_misfit(document: Document) -> None:
    try:
        snapshot = mapped(document)
    except MisfitError:
        return
    assert mapped(document) == snapshot
    check_rows(snapshot)
    for kept in (snapshot.results.results_data, snapshot.results.dividends_data) if snapshot.results else ():
        assert kept is None or isinstance(json.loads(kept), list)


@given(spoilt(MEETINGS))
@settings(deadline=None, max_examples=300)
def test_a_spoilt_day_is_read_the_same_way_twice_or_is_a_misfit(document: Document) -> None:
    try:
        card = day(document)
    except MisfitError:
        return
    assert day(document) == card
    check_rows(card)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(deadline=None, max_examples=100)
def test_bytes_of_any_kind_are_read_or_are_a_misfit(sent: bytes) -> None:
    with pytest.raises(MisfitError):
        decode(MeetingsAnswer, sent)


def test_the_sound_answers_are_read_whole() -> None:
    assert mapped(EVENT).set_aside == ()
    assert len(records_of(mapped(EVENT))) == 1 + 3 + 1 + 1 + 2
    assert [len(card.races) for card in day(MEETINGS).cards] == [2, 1]
    check_rows(mapped(EVENT))
    check_rows(day(MEETINGS))


@pytest.mark.parametrize("junk", EXTREMES, ids=lambda junk: str(junk)[:24])
def test_extreme_values_anywhere_are_read_or_are_a_misfit(junk: Any) -> None:
    for sound in (EVENT, WITHOUT_TRENDS, MEETINGS):
        for path in places(sound):
            document = copy.deepcopy(sound)
            held(document, path[:-1])[path[-1]] = junk
            try:
                check_rows(day(document) if sound is MEETINGS else mapped(document))
            except MisfitError:
                continue
