"""A third party's XML, as odd as it may come: a trend, none, or a misfit; and never more than the whole pool."""

import tracemalloc
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.market.shares import Shares, hold_shares, odds_shares, trend_shares
from raceday_daemon.model.entrant import TOTE_TRENDS
from raceday_daemon.model.errors import MisfitError
from raceday_daemon.nztab.tote_trends import PLACE_BETS, WIN_BETS, ToteTrend, parse_tote_trend
from tests.builders import trend_xml
from tests.property.openapi_strategies import fuzz_timeout, fuzzed

pytestmark = fuzz_timeout

SOUND = trend_xml(total="1000.00", r1="250.50", r2="749.50")
LIMIT = 512 * 1024
TAGS = (
    *("meetings", "meeting", "race", "bet_types", "bet_type", "pool_total", "runners", "runner"),
    *("runner_investment", "runner_investment1", "runner_scratched", "runner_name", "a"),
)
AMOUNTS = (
    "250.50",
    " 5 ",
    "0",
    "-0",
    "-1",
    "",
    "1e3",
    "1e-320",
    "1e309",
    "1e13",
    "nan",
    "0x10",
    "1_0",
    "١٢",
    "$5",
    "9" * 5000,
)

amounts = st.decimals(0, 10**9, places=2).map(str)
odd_texts = st.sampled_from((*AMOUNTS, "1", "WIN", "PLC", "q" * 10_000)) | st.text(max_size=20)
values = odd_texts | amounts | st.floats().map(repr)


def element(tag: str, attributes: dict[str, str], content: str) -> str:
    spelled = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{spelled}>{content}</{tag}>"


def named(attributes: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(attributes), odd_texts, max_size=2)


any_trees = st.recursive(
    values.map(escape),
    lambda inside: st.builds(
        element,
        st.sampled_from(TAGS),
        named(("race_number", "type", "runner_number", "other")),
        st.lists(inside, max_size=4).map("".join),
    ),
    max_leaves=20,
)


@st.composite
def odd_trends(draw: st.DrawFn) -> str:
    """Give a document of the right frame with odd values in it, the elements of its bet in any order."""
    numbers = st.sampled_from(("1", "2", "3", " 2 ", "", "+1", "1.0", "-1", "one", "9" * 5000))
    runners = "".join(
        element(
            "runner", {"runner_number": draw(numbers)}, element("runner_investment", {}, escape(draw(values | amounts)))
        )
        for _ in range(draw(st.integers(0, 4)))
    )
    total = element("pool_total", {}, escape(draw(values | amounts)))
    parts = draw(st.permutations([total, element("runners", {}, runners), draw(any_trees)]))
    bet = element("bet_type", {"type": draw(st.sampled_from((WIN_BETS, WIN_BETS, PLACE_BETS, "")))}, "".join(parts))
    race = element("race", {"race_number": "1"}, element("bet_types", {}, bet))
    return element("meetings", {}, element("meeting", {"meeting_number": "4"}, race))


def read(xml: str, bet_type: str = WIN_BETS) -> ToteTrend | None:
    """Read a document as the daemon does, and see that whatever comes of it is no harm; None for a misfit too."""
    try:
        trend = parse_tote_trend(xml, bet_type, 1)
    except MisfitError:
        return None
    if trend is not None:
        shares = trend_shares({str(number): amount for number, amount in trend.investments.items()}, trend.pool_total)
        assert len(shares) in (0, len(trend.investments))
        assert all(0 <= share.percentage <= 100 for share in shares.values())
        assert all(share.method == TOTE_TRENDS for share in shares.values())
    return trend


@given(odd_trends())
@fuzzed(400)
def test_a_document_with_odd_values_gives_shares_within_the_pool_or_none(xml: str) -> None:
    assert read(xml) == read(xml)
    read(xml, PLACE_BETS)


@given(any_trees)
@fuzzed(200)
def test_elements_in_any_order_and_depth_are_no_harm(xml: str) -> None:
    read(xml)


@given(st.dictionaries(st.integers(0, 30), amounts, min_size=1), amounts)
@fuzzed(150)
def test_a_sound_document_is_read_as_it_is_written(investments: dict[int, str], rest: str) -> None:
    total = sum(map(float, investments.values())) + float(rest)
    trend = read(
        trend_xml(WIN_BETS, 1, repr(total), **{f"r{number}": amount for number, amount in investments.items()})
    )
    assert trend == ToteTrend(total, {number: float(amount) for number, amount in investments.items()})


@pytest.mark.parametrize("bet_type", [WIN_BETS, PLACE_BETS])
def test_a_document_cut_off_anywhere_is_a_misfit(bet_type: str) -> None:
    for place in range(len(SOUND)):
        with pytest.raises(MisfitError):
            parse_tote_trend(SOUND[:place], bet_type, 1)


@given(odd_trends(), st.data())
@fuzzed(150)
def test_an_odd_document_cut_off_or_patched_is_no_harm(xml: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(xml)))
    read(xml[:start])
    end = data.draw(st.integers(start, len(xml)))
    read(xml[:start] + data.draw(st.text(max_size=10) | st.sampled_from(("<", "&#0;", "]]>", "<![CDATA["))) + xml[end:])


# Surrogates too: they cannot come in JSON, but cost nothing to refuse.
@given(
    st.text(st.characters(exclude_categories=()), max_size=200)
    | st.binary(max_size=200).map(lambda sent: sent.decode("latin-1"))
)
@fuzzed(200)
def test_text_of_any_kind_is_no_trend(text: str) -> None:
    assert read(text) is None


@given(
    st.integers(0, 12), st.integers(1, 12), st.sampled_from(("", 'SYSTEM "file:///etc/passwd"', 'PUBLIC "x" "no.dtd"'))
)
@fuzzed(100)
def test_a_document_that_defines_entities_is_a_misfit_before_they_grow(levels: int, copies: int, outside: str) -> None:
    entities = "".join(f'<!ENTITY e{level + 1} "{f"&e{level};" * copies}">' for level in range(levels))
    bomb = SOUND.replace("250.50", f"&e{levels};")
    with pytest.raises(MisfitError):
        parse_tote_trend(f'<!DOCTYPE meetings {outside} [<!ENTITY e0 "9">{entities}]>{bomb}', WIN_BETS, 1)


@given(st.lists(st.sampled_from(TAGS), min_size=1, max_size=6), st.integers(1, 300))
@fuzzed(50)
def test_a_deep_document_is_no_harm(tags: list[str], times: int) -> None:
    opened = [f'{tag} race_number="1" type="{WIN_BETS}" runner_number="1"' for tag in tags]
    read("".join(f"<{tag}>" for tag in opened * times) + "".join(f"</{tag}>" for tag in tags[::-1] * times))


LONG: dict[str, Callable[[int], str]] = {
    "an attribute": lambda size: SOUND.replace('meeting_number="4"', f'meeting_number="{"q" * size}"'),
    "the runner": lambda size: SOUND.replace('runner_number="1"', f'runner_number="{"9" * size}"'),
    "the amount": lambda size: SOUND.replace("250.50", "9" * size),
    "the amount's decimals": lambda size: SOUND.replace("250.50", f"250.50{'0' * size}"),
    "a comment": lambda size: f"<!--{'q' * size}-->{SOUND}",
    "a tag": lambda size: f"<{'q' * (size // 2)}>{SOUND}</{'q' * (size // 2)}>",
    "many attributes": lambda size: element(
        "a", dict.fromkeys((f"a{place}" for place in range(size // 12)), "1"), SOUND
    ),
    "many runners": lambda size: SOUND.replace("<runners>", f"<runners>{'<runner/>' * (size // 9)}"),
}


@pytest.mark.parametrize("lengthened", LONG.values(), ids=LONG.keys())
def test_a_long_part_is_no_harm_up_to_the_limit_and_a_misfit_beyond(lengthened: Callable[[int], str]) -> None:
    for size in (100, 4_000, 70_000, LIMIT - 1_000):
        read(lengthened(size))
    with pytest.raises(MisfitError, match=f"longer than {LIMIT}"):
        parse_tote_trend(lengthened(2 * LIMIT), WIN_BETS, 1)


WHOLE: dict[str, Callable[[float], Shares]] = {
    "tote trends": lambda amount: trend_shares({"runner-1": amount}, amount),
    "tote odds": lambda price: odds_shares({"runner-1": price}),
    "hold": lambda percentage: hold_shares({"runner-1": percentage}),
}


@pytest.mark.parametrize(
    "shares",
    [WHOLE["tote trends"], pytest.param(WHOLE["tote odds"]), pytest.param(WHOLE["hold"])],
    ids=WHOLE.keys(),
)
def test_a_whole_pool_on_one_runner_is_no_more_than_the_pool(shares: Callable[[float], Shares]) -> None:
    for hundredths in range(1, 1000):
        (share,) = shares(hundredths / 100).values()
        assert share.percentage <= 100


def test_races_within_races_cost_no_more_than_their_size() -> None:
    xml = '<race race_number="1">' * 1000 + '<bet_type type="WIN"/>' * 1000 + "</race>" * 1000
    tracemalloc.start()
    try:
        read(xml)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 50 * len(xml)


def test_a_misfit_is_told_in_few_words() -> None:
    with pytest.raises(MisfitError) as raised:
        parse_tote_trend(SOUND.replace("250.50", "q" * 100_000), WIN_BETS, 1)
    assert len(str(raised.value)) < 1_000
