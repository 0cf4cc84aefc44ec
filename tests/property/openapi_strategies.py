"""Documents of the shapes that the source publishes of itself, for hypothesis; skipped where the description is not.

`events()` and `meetings()` give whole answers. They are grown from the components of `openapi.json`: what a component
requires is there, the rest comes and goes, what may be null is null at times. Ids, runner numbers and products come
from small pools, so that the parts of an answer speak of each other and a second answer of the first. Of the
properties that nobody reads only the oddest are there: unknown ones must not hurt.
"""

import copy
import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from raceday_daemon.nztab import payloads
from tests.builders import Document, answer, trend_xml

FILE: Final = Path(__file__).resolve().parents[3] / "shared" / "nztab" / "openapi.json"

needs_openapi = pytest.mark.skipif(
    not FILE.is_file(), reason="the source's description (../shared/nztab/openapi.json) is not beside the project"
)

Json = Any
Values = st.SearchStrategy[Json]
_FACTOR: Final = max(int(os.environ.get("RACEDAY_FUZZ_EXAMPLES", "1")), 1)
_DEPTH: Final = 5

fuzz_timeout = pytest.mark.timeout(300 + 120 * _FACTOR)
"""A failure is shrunk for up to five minutes."""


def fuzzed(examples: int) -> settings:
    """Ask for that many examples, times RACEDAY_FUZZ_EXAMPLES."""
    return settings(deadline=None, max_examples=examples * _FACTOR, suppress_health_check=[HealthCheck.too_slow])


def _id(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-{number:012d}"


RACE_ID: Final = _id(1)
MEETING_ID: Final = _id(2)
DAY: Final = "2025-07-17"
START: Final = 1_752_713_400
"""The advertised start of a race that is not moved, in epoch seconds: 00:50 UTC on the day."""


@st.composite
def mostly(draw: st.DrawFn, usual: Values, odd: Values, times: int = 40) -> Json:
    """Give the usual, and the odd about once in so many times."""
    return draw(odd if draw(st.integers(1, times)) == times else usual)


# Drawn by hand: hypothesis makes its own lists and optional keys the rarer, the larger the whole is.
@st.composite
def _list(draw: st.DrawFn, items: Values) -> list[Json]:
    return [draw(items) for _ in range(draw(st.sampled_from((0, 1, 2, 3, 4, 3, 2))))]


@st.composite
def _document(draw: st.DrawFn, values: dict[str, Values], required: frozenset[str]) -> Document:
    return {name: draw(value) for name, value in values.items() if name in required or draw(st.integers(0, 3))}


@st.composite
def _trends(draw: st.DrawFn) -> str:
    """Give a tote trend whose total is mostly what its runners have together."""
    amounts = draw(st.lists(_DOLLARS, min_size=1, max_size=4))
    total = draw(mostly(st.just(round(sum(amounts), 2)), _DOLLARS, times=10))
    bet_type, race_number = draw(st.sampled_from(("WIN", "PLC"))), draw(mostly(st.just(1), st.just(2), times=10))
    investments = {f"r{number}": str(amount) for number, amount in enumerate(amounts, 1)}
    return trend_xml(bet_type, race_number, str(total), **investments)


def _number(usual: Values) -> Values:
    """Give numbers as the source does: at times as text, at times as nothing, and rarely as what they cannot be."""
    as_text = mostly(usual.map(str), st.just(""), times=4)
    return mostly(mostly(usual, as_text, times=8), st.sampled_from((-1, 2**31, 10**20, 1e300, 0.1, "many", True, [])))


def _instants(seconds: Values) -> Values:
    return seconds.map(lambda shift: f"{DAY}T{10 + shift // 3600:02d}:{shift // 60 % 60:02d}:{shift % 60:02d}.1234567Z")


_TEXTS = mostly(
    st.sampled_from(("Awapuni", "", " ", "Ōtaki 🐎", "a\x00b", 'it\'s "so"\r\n', "12:50:00 NZST")), st.just("é" * 1001)
)
_RUNNERS = [_id(number) for number in range(11, 17)]
_EVENTS = st.sampled_from([RACE_ID, *(_id(number) for number in range(21, 25))])
_STARTS = st.sampled_from((START, START + 300, START - 60, START + 86_400))
_PRICES = mostly(st.sampled_from((1.04, 2, 2.4, 7.5, 101)), st.just(0), times=10)
_PERCENTAGES = st.sampled_from((0, 1, 2, 5, 13, 50, 100, 0.1))
_DOLLARS = st.sampled_from((0, 0.69, 1, 55.5, 9151.38, 8_388.2, 1e6)) | st.integers(0, 10**7).map(lambda c: c / 100)
_PRODUCTS = ("Win", "Place", "Quinella", "Trifecta", "FirstFour", "Exacta", "Quadrella", "")
_PLACES = st.integers(0, 4)
_RACE_STATUSES = st.sampled_from(("Open", "Closed", "Interim", "Final", "Abandoned", "FINAL", " open ", "Postponed"))

_BY_NAME: Final[dict[str, Values]] = {
    "EventRace.event_id": st.just(RACE_ID),
    "EventRace.meeting_id": st.just(MEETING_ID),
    "EventRace.status": _RACE_STATUSES,
    "MeetingRace.status": _RACE_STATUSES,
    "EventDividend.status": st.sampled_from(("Interim", "Final", "")),
    "EventDividend.description": st.sampled_from(("1", "2", "1:2", "")),
    "EventDividend.dividend": _number(_PRICES),
    # The published bytes, and the text that some answers have in their place.
    "EventBetLegRace.entrant_id": st.sampled_from([*_RUNNERS, [7] * 16, [255, 0] * 8, [7], []]),
    "entrant_id": mostly(st.sampled_from(_RUNNERS), st.sampled_from(("", "no id!", "x" * 37, None, 7))),
    "id": _EVENTS,
    "meeting": st.sampled_from([MEETING_ID, _id(3)]),
    "advertised_start": mostly(_STARTS, _STARTS.map(str)),
    "actual_start": _number(st.just(0) | _STARTS),
    "scratch_time": _number(st.just(0) | _STARTS),
    "start_time": _instants(st.integers(0, 7200)),
    "place_time": mostly(_instants(st.integers(0, 60)), st.just("just now"), times=10),
    "date": mostly(st.just(f"{DAY}T00:00:00Z"), st.just("2025-07-18T00:00:00Z"), times=10),
    "race_number": mostly(st.just(1), st.sampled_from((2, "1"))),
    "runner_number": mostly(st.integers(1, 4), st.sampled_from(("3", 0, -1, None))),
    "position": mostly(_PLACES, _PLACES.map(str)),
    "country": st.sampled_from(("NZ", "AUS", "AU", "nz", "USA")),
    "category": st.sampled_from(("T", "H", "G")),
    "category_name": st.sampled_from(("Thoroughbred Horse Racing", "Harness Horse Racing")),
    "name": mostly(st.sampled_from(("Tickford", "Frosbie", "Ōtaki", "x" * 300)), _TEXTS),
    "description": mostly(st.sampled_from(("Maiden Plate", "PRYDA HANDICAP 1700")), _TEXTS),
    "title": st.sampled_from(("Big bet", "Bigger bet", "x" * 300)),
    "product_name": st.sampled_from(("Pool Win", "Pool Place", "Pool Quinella")),
    "product_type": st.sampled_from(("Win", "Place", "WIN")) | st.sampled_from(_PRODUCTS),
    "tote_trends_data": mostly(_trends(), st.sampled_from(("", "<meetings>", "not XML", "<a/>")), times=10),
    "total": _number(_DOLLARS),
    "stake": _number(_DOLLARS),
    "hold_percentage": _number(_PERCENTAGES),
    "bet_percentage": _number(_PERCENTAGES),
    **{f"odds.{name}": _number(_PRICES) for name in ("fixed_win", "fixed_place", "pool_win", "pool_place")},
    "gear": st.sampled_from(("", "Blinkers ON", None)) | st.just({"off": ["Bit"]}) | st.just([]),
    "runner_change": st.none() | st.just({"12/11/2020": "Gelding"}) | st.just([]) | st.just(""),
    "prize_money": st.sampled_from(("69510", "", 69510)),
    "prize_monies": st.none() | st.fixed_dictionaries({"total_value": _number(_DOLLARS), "1st": _DOLLARS}),
}
"""Values by property, or by component and property (objects must be here); others have what their type allows."""

_READ_AS: Final[dict[str, type[payloads.Payload] | None]] = {
    "EventRaceDetails": payloads.EventData,
    "EventRace": payloads.EventRacePayload,
    "EventRunner": payloads.RunnerPayload,
    "odds": payloads.OddsPayload,
    "EventResult": payloads.ResultPayload,
    "EventDividend": payloads.DividendPayload,
    "EventDividendPosition": None,
    "MoneyTracker": payloads.MoneyTrackerPayload,
    "EntrantLiability": payloads.LiabilityPayload,
    "TotePool": payloads.TotePoolPayload,
    "ToteTrends": payloads.ToteTrendsPayload,
    "EventBet": payloads.BetPayload,
    "EventBetLeg": payloads.BetLegPayload,
    "EventBetLegRace": payloads.BetLegRacePayload,
    "MeetingPayload": payloads.MeetingsData,
    "MeetingData": payloads.MeetingPayload,
    "MeetingRace": payloads.CardRacePayload,
}
"""The components that the daemon reads, and what it reads of each; None: all of it."""

_UNREAD: Final = {"gear", "runner_change", "prize_money", "favourite", "mover", "tote"}


@cache
def _components() -> dict[str, Document]:
    published: dict[str, Document] = json.loads(FILE.read_text())["components"]["schemas"]
    return published


def _is_sent(component: str, name: str) -> bool:
    model = _READ_AS[component]
    if model is None or model.model_config.get("extra") == "allow":
        return True
    return name in model.model_fields or name in _UNREAD


@cache
def _component(name: str, depth: int) -> Values:
    """Give documents of a published component; of one that nobody reads, or too deep, next to nothing."""
    if depth == 0 or name not in _READ_AS:
        return st.sampled_from((None, {}, {"label": "Front Runner", "count": 9}))
    published = _components()[name]
    values = {
        prop: _property(name, prop, schema, depth)
        for prop, schema in sorted(published["properties"].items(), key=lambda item: _importance(item[0]))
        if _is_sent(name, prop)
    }
    documents = _document(values, frozenset(published.get("required", ())))
    return mostly(documents, st.none()) if published.get("nullable") else documents


def _importance(name: str) -> tuple[bool, str]:
    """Put first what everything else hangs on: of what is drawn late, hypothesis makes the most empty."""
    return name not in ("race", "runners", "races", "tote_pools"), name


def _property(component: str, name: str, schema: Document, depth: int) -> Values:
    by_name = _BY_NAME if schema.get("type") != "array" else {}
    values = _BY_NAME.get(f"{component}.{name}", by_name.get(name))
    if values is None:
        values = _typed(schema, depth)
    return mostly(values, st.none(), times=8) if schema.get("nullable") else values


def _typed(schema: Document, depth: int) -> Values:
    if "$ref" in schema:
        return _component(schema["$ref"].rpartition("/")[2], depth - 1)
    if schema["type"] == "array":
        return _list(_typed(schema["items"], depth))
    if schema["type"] == "boolean":
        return mostly(st.booleans(), st.sampled_from(("", "true", 0, "perhaps")))
    return mostly(_TEXTS, st.integers(0, 9)) if schema["type"] == "string" else _number(st.integers(0, 3000))


def _made(data: Json, minute: int) -> Document:
    return answer(data, f"{DAY}T{minute // 60:02d}:{minute % 60:02d}:00.123456789Z")


@st.composite
def events(draw: st.DrawFn, minute: int = 0) -> Document:
    """Give an answer of /events/{id} for the one race, made that many minutes after 00:00 UTC of the day."""
    data = draw(_component("EventRaceDetails", _DEPTH))
    if draw(st.integers(1, 10)) == 10:
        data["entrants"] = data.pop("runners")
    return _made(data, minute)


@st.composite
def repriced(draw: st.DrawFn, looks: int) -> list[Document]:
    """Give answers for the one race, a minute apart, in which nothing moves but prices: they come, go and return."""
    data = draw(events().filter(lambda first: first["data"].get("runners")))["data"]
    prices = {name: st.sampled_from((2, 2.4, "")) for name in _components()["odds"]["properties"]}
    documents = [_made(copy.deepcopy(data), minute) for minute in range(looks)]
    for runner in [one for document in documents for one in document["data"]["runners"] if one]:
        runner["odds"] = draw(st.fixed_dictionaries(prices))
    return documents


@st.composite
def meetings(draw: st.DrawFn) -> Document:
    """Give an answer of /meetings."""
    return _made(draw(_component("MeetingPayload", _DEPTH)), minute=0)
