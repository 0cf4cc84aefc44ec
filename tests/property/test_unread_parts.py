"""Parts of an answer that cannot be read, or are missing for once: what is stored of them stays, the rest is news."""

from collections.abc import Callable
from operator import attrgetter

from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.intake.card_commit import commit_card
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.changes import RaceState
from raceday_daemon.model.meeting import Meeting
from raceday_daemon.model.snapshot import DIVIDENDS, MONEY, PLACINGS, POOLS, RUNNERS, MeetingCard
from raceday_daemon.store.race_queries import read_one, read_race
from tests.builders import (
    MEETING_ID,
    NOW,
    RACE_ID,
    Document,
    dividend,
    event,
    later,
    mapped,
    meeting,
    money,
    placing,
    pool,
    race,
    runner,
    trend_xml,
)
from tests.property.openapi_strategies import fuzz_timeout, fuzzed
from tests.property.stored_after import (
    NEVER_SEEN,
    PLACE_SHARE,
    WIN_SHARE,
    WIN_WORTH,
    empty_store,
    facts,
    stored_after,
    told,
)

pytestmark = fuzz_timeout

NO_SHARE = (None, None, None)
win_share, place_share = attrgetter(*WIN_SHARE), attrgetter(*PLACE_SHARE)

amounts = st.sampled_from((10, 55.5, 300))
prices = st.sampled_from((1.5, 2, 4, 0))
at_times_null = st.integers(1, 4).map(lambda one: one == 4)

UNREADABLE: dict[str, Callable[[Document], None]] = {
    RUNNERS: lambda data: data["runners"][0].update(odds="short"),
    MONEY: lambda data: data.update(money_tracker=money(("runner-1", "half", 5))),
    POOLS: lambda data: data.update(tote_pools=[*(data["tote_pools"] or ()), pool("Exacta", "lots")]),
    PLACINGS: lambda data: data.update(results=[*(data["results"] or ()), placing(-1, 1)]),
    DIVIDENDS: lambda data: data.update(dividends=[*(data["dividends"] or ()), dividend(amount="much")]),
    "distance": lambda data: data["race"].update(distance="far"),
    "weather": lambda data: data["race"].update(weather=[]),
    "total_prize_money": lambda data: data["race"].update(prize_monies=[]),
    "video_channels": lambda data: data["race"].update(video_channels=""),
    "rail_position": lambda data: data["race"].update(rail_position=[]),
}
"""What spoils a part of an answer, by what the answer is then known not to tell."""


@st.composite
def answers(draw: st.DrawFn, minute: int = 0) -> Document:
    """Give an answer of one race that can be read whole, of any of its three runners."""
    numbers = sorted(draw(st.sets(st.integers(1, 3), min_size=1)))
    trends = {bets: {f"r{number}": str(draw(amounts)) for number in numbers} for bets in ("WIN", "PLC")}
    pools = [
        pool(product, draw(amounts), trend_xml(bets, 1, "1000.00", **trends[bets]) if draw(st.booleans()) else None)
        for product, bets in (("Win", "WIN"), ("Place", "PLC"))
    ]
    document = event(
        *(runner(number, {"fixed_win": draw(prices), "pool_win": draw(prices)}) for number in numbers),
        race={
            "status": draw(st.sampled_from(("Open", "Interim", "Final"))),
            "distance": draw(st.sampled_from((1200, 1400, None))),
            "weather": draw(st.sampled_from(("Fine", "Rain", None))),
            "prize_monies": {"total_value": draw(amounts)},
            "video_channels": draw(st.sampled_from((["T1"], ["T2"], None))),
            "rail_position": draw(st.sampled_from(("True", "Out 2m", None))),
            "track_surface": draw(st.sampled_from(("Turf", "Synthetic", None))),
        },
        tote_pools=None if draw(at_times_null) else pools,
        money_tracker=None if draw(at_times_null) else money(*((f"runner-{n}", draw(amounts), 5) for n in numbers)),
        results=None if draw(at_times_null) else [placing(place, n) for place, n in enumerate(numbers, 1)],
        dividends=None if draw(at_times_null) else [dividend(amount=draw(amounts))],
    )
    document["header"]["generated_time"] = f"2025-07-17T00:{minute:02d}:00Z"
    return document


@st.composite
def spoilt(draw: st.DrawFn, *parts: str, minute: int = 5) -> Document:
    """Give a later answer of which these parts cannot be read; any few, where none is named."""
    document = draw(answers(minute))
    for part in parts or sorted(draw(st.sets(st.sampled_from(sorted(UNREADABLE)), max_size=2))):
        UNREADABLE[part](document["data"])
        assert part in mapped(document).unread
    return document


def stored(*documents: Document) -> list[RaceState]:
    """Take answers one after the other and give what is stored of the race after each, with all marks."""
    states = []
    with empty_store() as connection:
        for sent in map(mapped, documents):
            commit_race(connection, sent, later(1, sent.generated_time))
            states.append(read_race(connection, RACE_ID))
    return states


@given(answers(), spoilt())
@fuzzed(300)
def test_what_cannot_be_read_stays_as_it_is_stored_and_all_else_is_as_sent(first: Document, second: Document) -> None:
    before, after = stored(first, second)
    assert told(before) == stored_after(NEVER_SEEN, mapped(first))
    assert told(after) == stored_after(before, mapped(second))


@given(answers(), spoilt() | spoilt("rail_position"))
@fuzzed(60)
def test_a_track_detail_that_cannot_be_read_stays_that_of_the_meeting(first: Document, second: Document) -> None:
    with empty_store() as connection:
        commit_card(connection, MeetingCard(generated_time=later(-3600), meeting=meeting(), races=(race(),)), NOW)
        for document in (first, second):
            sent, before = mapped(document), read_one(connection, Meeting, MEETING_ID)
            commit_race(connection, sent, NOW)
            after = read_one(connection, Meeting, MEETING_ID)
            assert after
            for name in ("rail_position", "track_surface"):
                assert getattr(after, name) == getattr(before if name in sent.unread else sent.track, name)


@given(answers(), spoilt(RUNNERS), st.booleans())
@fuzzed(60)
def test_a_runner_that_cannot_be_read_stays_as_it_is_marks_and_all(
    first: Document, second: Document, none_at_all: bool
) -> None:
    if none_at_all:
        second["data"]["runners"] = []
    before, after = stored(first, second)
    for unread in before.entrants.keys() - {one.entrant_id for one in mapped(second).entrants}:
        assert after.entrants[unread] == before.entrants[unread]


@given(answers(), spoilt(POOLS), st.booleans())
@fuzzed(60)
def test_pools_that_cannot_be_read_or_are_null_stay_as_they_are_with_each_amount(
    first: Document, second: Document, null: bool
) -> None:
    if null:
        second["data"]["tote_pools"] = None
    before, after = stored(first, second)
    assert after.pools == before.pools
    for entrant_id, one in before.entrants.items():
        if one.win_pool_amount is not None:
            assert win_share(after.entrants[entrant_id]) == win_share(one)
        if one.place_pool_amount is not None:
            assert place_share(after.entrants[entrant_id]) == place_share(one)


@given(answers(), spoilt(), st.sampled_from(("Interim", "Final")))
@fuzzed(60)
def test_results_of_a_race_that_has_run_never_go(first: Document, second: Document, status: str) -> None:
    second["data"]["race"]["status"] = status
    before, after = stored(first, second)
    there = {name for name, value in facts(before.results).items() if value}
    assert there <= {name for name, value in facts(after.results).items() if value}


@given(answers(), spoilt(RUNNERS) | spoilt(MONEY))
@fuzzed(150)
def test_no_share_is_lost_nor_a_win_share_trusted_less_while_the_money_or_a_runner_is_unread(
    first: Document, second: Document
) -> None:
    before, after = stored(first, second)
    for sent in mapped(second).entrants:
        now, was = after.entrants[sent.entrant_id], before.entrants.get(sent.entrant_id, sent)
        assert WIN_WORTH[now.share_method] >= WIN_WORTH[was.share_method]
        assert now.place_share_method or not was.place_share_method


@given(answers(), spoilt())
@fuzzed(100)
def test_a_share_its_amount_and_its_method_are_of_one_answer(first: Document, second: Document) -> None:
    """The amount may be missing, where the pool is not the one of that answer."""
    sent = [one for document in (first, second) for one in mapped(document).entrants]
    _, after = stored(first, second)
    for one in after.entrants.values():
        for share in (win_share, place_share):
            its_own = [share(other) for other in sent if other.entrant_id == one.entrant_id]
            its_own += [(percentage, None, method) for percentage, _, method in its_own]
            assert share(one) in [NO_SHARE, *its_own]


@given(answers(), spoilt(POOLS))
@fuzzed(100)
def test_with_a_pool_unread_an_amount_is_its_share_of_the_pool_that_is_stored(
    first: Document, second: Document
) -> None:
    for state in stored(first, second):
        assert state.pools
        for one in state.entrants.values():
            for (percentage, amount, _), pool_total in (
                (win_share(one), state.pools.win_pool_total),
                (place_share(one), state.pools.place_pool_total),
            ):
                assert amount is None or amount == round(percentage / 100 * pool_total)
