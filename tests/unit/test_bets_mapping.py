"""Big bets that the source makes public, each once."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from raceday_daemon.model.market import BigBet
from tests.builders import RACE_ID, bet, event, mapped

HORSE = UUID("61181b8c-a540-43a8-900c-83ebe680e218")


def bets(*sent: Any, **data: Any) -> tuple[BigBet, ...]:
    return mapped(event(big_bets=list(sent), **data)).big_bets


def legs(*entrant_ids: Any) -> list[Any]:
    return [{"race": {"entrant_id": entrant_id}} for entrant_id in entrant_ids]


def test_a_bet_is_kept_in_cents_with_its_time_in_milliseconds() -> None:
    (kept,) = bets(bet(stake=1234.56))
    assert kept == BigBet(
        bet_id=kept.bet_id,
        race_id=RACE_ID,
        entrant_id="runner-1",
        title="Big bet",
        description="$1,000 on Horse 1",
        stake=123_456,
        odds=5.5,
        placed_at=datetime(2025, 7, 17, 0, 39, 59, 123_000, tzinfo=UTC),
        legs=1,
    )


def test_a_bet_has_the_same_id_every_time_it_is_shown() -> None:
    assert bets(bet()) == bets(bet())
    assert UUID(bets(bet())[0].bet_id).version == 5


@pytest.mark.parametrize(
    "other",
    [{"place_time": "2025-07-17T00:39:59.123456788Z"}, {"title": "Bigger bet"}],
    ids=["a nanosecond apart", "another title"],
)
def test_two_bets_are_told_apart(other: dict[str, Any]) -> None:
    first, second = bets(bet(), bet(**other))
    assert first.bet_id != second.bet_id


def test_the_same_bet_on_another_race_is_another_bet() -> None:
    (here,) = bets(bet())
    (there,) = mapped(event(race={"event_id": "race-2"}, big_bets=[bet()])).big_bets
    assert here.bet_id != there.bet_id


def test_the_biggest_bet_among_the_big_bets_is_kept_once() -> None:
    assert len(bets(bet(), bet(title="Other"), biggest_bet=bet())) == 2


def test_the_biggest_bet_alone_is_kept() -> None:
    assert len(mapped(event(big_bets=None, biggest_bet=bet())).big_bets) == 1


def test_live_bets_are_not_big_bets() -> None:
    assert mapped(event(live_bets=[bet()])).big_bets == ()


@pytest.mark.parametrize(
    ("sent", "entrant_id", "count"),
    [
        (legs(str(HORSE)), str(HORSE), 1),
        (legs(list(HORSE.bytes)), str(HORSE), 1),
        (legs("runner-1", "runner-2"), None, 2),
        (legs(None), None, 1),
        (legs(""), None, 1),
        (legs([]), None, 1),
        (legs([1, 2, 3]), None, 1),
        (legs("x" * 37), None, 1),
        ([{"race": None}], None, 1),
        ([{}], None, 1),
        ([], None, 0),
        (None, None, None),
    ],
    ids=[
        *("an id as text", "an id as 16 numbers", "two legs", "null", "blank", "no numbers", "3 numbers", "too long"),
        *("no race", "an empty leg", "no legs", "legs null"),
    ],
)
def test_a_bet_on_one_runner_names_it(sent: Any, entrant_id: str | None, count: int | None) -> None:
    (kept,) = bets(bet(legs=sent))
    assert (kept.entrant_id, kept.legs) == (entrant_id, count)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(["$1,000", "on Horse 1"], "$1,000\non Horse 1"), ([], None), (None, None)],
    ids=["two lines", "empty", "null"],
)
def test_the_description_is_kept_a_line_a_part(sent: Any, kept: str | None) -> None:
    assert bets(bet(description=sent))[0].description == kept


@pytest.mark.parametrize("odds", [0, None, ""], ids=["0", "null", "blank"])
def test_a_bet_without_a_price_has_none(odds: Any) -> None:
    assert bets(bet(place_odds=odds))[0].odds is None


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"place_time": "yesterday"}, "data.big_bets[0]"),
        ({"place_time": "2025-07-17T00:39:59"}, "data.big_bets[0]"),
        ({"place_time": ""}, "data.big_bets[0]"),
        ({"place_time": None}, "data.big_bets[0]"),
        ({"stake": None}, "data.big_bets[0]"),
        ({"stake": -1}, "data.big_bets[0]"),
        ({"title": ""}, "data.big_bets[0]"),
        ({"legs": legs([256] * 16)}, "data.big_bets[0]"),
    ],
    ids=lambda value: str(value)[:60] if isinstance(value, dict) else "",
)
def test_a_bet_that_cannot_be_read_is_set_aside_and_the_others_are_kept(changes: dict[str, Any], where: str) -> None:
    snapshot = mapped(event(big_bets=[bet(**changes), bet(title="Other")]))
    assert [one.title for one in snapshot.big_bets] == ["Other"]
    assert [part.where for part in snapshot.set_aside] == [where]


def test_a_biggest_bet_that_cannot_be_read_is_set_aside() -> None:
    for broken in ({}, bet(place_time="soon")):
        snapshot = mapped(event(big_bets=[bet()], biggest_bet=broken))
        assert len(snapshot.big_bets) == 1
        assert [part.where for part in snapshot.set_aside] == ["data.biggest_bet"]


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+13:00", "9999-12-31T23:59:59-12:00", "17", "0"])
def test_a_bet_at_an_impossible_time_is_set_aside(edge: str) -> None:
    snapshot = mapped(event(big_bets=[bet(place_time=edge), bet(title="Other")]))
    assert [part.where for part in snapshot.set_aside] == ["data.big_bets[0]"]
