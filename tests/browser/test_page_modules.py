"""The page's own reckoning, each module asked in the browser: colours, words, pieces of a stream, spans of time."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from raceday_daemon.alerting.bands import SIX_BANDS
from raceday_daemon.alerting.rule_types import RULE_TYPES, RuleType
from tests.browser.chromium import needs_chromium
from tests.served_site import shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

NOTHING = "\u2013"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    folder: Path = tmp_path_factory.mktemp("modules")
    async with shown(folder, host="127.0.0.1") as site:
        context = await browser.new_context()
        one = await context.new_page()
        await one.goto(site.url)
        yield one
        await context.close()


async def asked(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """Give what an expression of a module `m` and an argument `a` comes to."""
    return await page.evaluate(
        f"async (a) => {{ const m = await import('/page/{module}.js'); return ({expression}); }}", argument
    )


@pytest.mark.parametrize(
    ("words", "body", "second", "pattern", "sleeves", "cap"),
    [
        ("Red", "#d3222a", None, "plain", "#d3222a", "#d3222a"),
        ("Red, white cap", "#d3222a", None, "plain", "#d3222a", "#f7f7f2"),
        ("Royal blue, gold band, red cap", "#2340c0", "#dfa921", "band", "#2340c0", "#d3222a"),
        ("Navy blue & white hoops, red sleeves & black cap", "#14204d", "#f7f7f2", "hoops", "#d3222a", "#1d1d1f"),
        ("Yellow, black crossed sashes, yellow sleeves & cap", "#f7d420", "#1d1d1f", "sashes", "#f7d420", "#f7d420"),
        ("Pink & grey quarters", "#f193b8", "#8d9297", "quarters", "#f193b8", "#f193b8"),
        ("White, green spots, green armbands", "#f7f7f2", "#1f8a3d", "spots", "#f7f7f2", "#f7f7f2"),
        ("Orange, black lantern", "#ef7d1a", "#1d1d1f", "badge", "#ef7d1a", "#ef7d1a"),
    ],
)
async def test_silks_are_read_from_their_words(
    page: Page, words: str, body: str, second: str | None, pattern: str, sleeves: str, cap: str
) -> None:
    found = await asked(page, "silks", "m.silksOf(a)", words)
    assert [found[name] for name in ("body", "second", "pattern", "sleeves", "cap")] == [
        body,
        second,
        pattern,
        sleeves,
        cap,
    ]


@pytest.mark.parametrize(
    "words", [None, "", "Tangled up in something", "<svg onload=alert(1)>", "red" * 500, "constructor, __proto__ cap"]
)
async def test_silks_that_nobody_understands_are_neutral(page: Page, words: str | None) -> None:
    found = await asked(page, "silks", "m.silksOf(a)", words)
    assert (found["body"], found["isKnown"]) == (None, False)
    assert await asked(page, "jacket", "m.jacket(a).querySelectorAll('script, image').length", words) == 0


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (None, NOTHING),
        ("", NOTHING),
        ("\u202e \u0000", NOTHING),
        (" Old\tMill\n ", "Old Mill"),
        ("\u202eevil\u2069", "evil"),
        ("a" * 500, "a" * 119 + "…"),
        ("e" + "\u0301" * 50, "e\u0301\u0301"),
        ("M\u0101ori \u05d0 \U0001f3c7", "M\u0101ori \u05d0 \U0001f3c7"),
    ],
)
async def test_words_are_made_fit_to_be_shown(page: Page, text: str | None, seen: str) -> None:
    assert await asked(page, "text", "m.clean(a)", text) == seen


async def test_events_are_read_however_they_are_cut(page: Page) -> None:
    stream = (
        'retry: 2000\n\nevent: hello\ndata: {"a":1}\n\n: still here\n\nid: x-1\nevent: race\ndata: [1,\ndata: 2]\n\n'
    )
    told = await asked(
        page,
        "event_reader",
        """Array.from({length: a.length}, (_, cut) => {
          const reader = new m.EventReader();
          return JSON.stringify([...reader.read(a.slice(0, cut)), ...reader.read(a.slice(cut))]);
        })""",
        stream,
    )
    assert set(told) == {
        '[{"id":null,"kind":"hello","data":"{\\"a\\":1}"},{"id":"x-1","kind":"race","data":"[1,\\n2]"}]'
    }


async def test_an_event_without_an_end_is_not_kept_for_ever(page: Page) -> None:
    reads = "(() => { try { new m.EventReader().read('x'.repeat(9e6)); } catch (error) { return error.message; } })()"
    assert await asked(page, "event_reader", reads) == "an event without an end"


WELL: dict[str, Any] = {
    "breakers": {"daily": "closed", "poll": "closed"},
    "stale_races": [],
    "broken_races": [],
    "failing_jobs": [],
    "last_hour": {"failed": 0, "missed": {}},
    "today": {"failed": 0, "missed": {}},
    "appwrite": None,
    "channels": [],
    "standing_by": None,
    "loop_is_lagging": False,
}
ONWARD: dict[str, Any] = {"waiting": 0, "refused": 0, "left_out": 0, "failure": None}
CHANNEL: dict[str, Any] = {"channel": "hook", "refused": 0, "expired": 0, "dropped": 0, "failure": None}


@pytest.mark.parametrize(
    ("changes", "name", "state", "words"),
    [
        ({}, "Source", "well", "answering"),
        ({}, "Looks", "well", "none missed today"),
        ({"breakers": {"poll": "open"}}, "Source", "bad", "not answering"),
        ({"stale_races": [{}, {}]}, "Source", "wary", "2 races stale"),
        ({"broken_races": [{}]}, "Source", "bad", "1 broken off"),
        ({"standing_by": {"holder": "other"}}, "Source", "wary", "left to another"),
        ({"loop_is_lagging": True}, "Store", "wary", "machine too busy"),
        ({"appwrite": {**ONWARD, "waiting": 1200}}, "Outbox", "well", "1,200 waiting"),
        ({"appwrite": {**ONWARD, "waiting": 7, "failure": "no"}}, "Outbox", "bad", "7 waiting"),
        ({"appwrite": {**ONWARD, "refused": 3}}, "Outbox", "bad", "3 refused"),
        ({"channels": [CHANNEL]}, "Channels", "well", "sending"),
        ({"channels": [{**CHANNEL, "failure": "no"}]}, "Channels", "bad", "failing"),
        ({"channels": [{**CHANNEL, "dropped": 2}]}, "Channels", "wary", "2 not sent"),
        ({"today": {"failed": 0, "missed": {"down": 3}}}, "Looks", "well", "3 missed today"),
        ({"today": {"failed": 4, "missed": {"down": 3}}}, "Looks", "well", "3 missed, 4 failed today"),
        (
            {"last_hour": {"failed": 2, "missed": {}}, "today": {"failed": 2, "missed": {}}},
            "Looks",
            "wary",
            "2 failed today",
        ),
        ({"failing_jobs": ["meetings"]}, "Source", "wary", "import failed"),
        ({"last_hour": {"failed": 0, "missed": {"busy": 1}}}, "Looks", "wary", "none missed today"),
    ],
)
async def test_how_the_daemon_stands_is_told_in_short(
    page: Page, changes: dict[str, Any], name: str, state: str, words: str
) -> None:
    items = await asked(page, "health", "m.healthItems(a, {phase: 'live', sentence: null})", {**WELL, **changes})
    assert [(item["state"], item["words"]) for item in items if item["name"] == name] == [(state, words)]
    lost = await asked(page, "health", "m.healthItems(a, {phase: 'lost', sentence: null})", {**WELL, **changes})
    assert "well" not in {item["state"] for item in lost}


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0, "0:00"), (999, "0:00"), (61_000, "1:01"), (-61_000, "1:01"), (3_599_999, "59:59"), (7_500_000, "2 h 05 m")],
)
async def test_spans_of_time_are_short(page: Page, milliseconds: int, words: str) -> None:
    assert await asked(page, "format", "m.span(a)", milliseconds) == words


@pytest.mark.parametrize(
    ("zone", "day", "name"),
    [
        ("Pacific/Auckland", "2025-07-17T00:00:00Z", "NZST"),
        ("Pacific/Auckland", "2026-02-07T00:00:00Z", "NZDT"),
        ("Australia/Sydney", "2025-07-17T00:00:00Z", "AEST"),
        ("UTC", "2025-07-17T00:00:00Z", "UTC"),
        ("Asia/Kathmandu", "2025-07-17T00:00:00Z", "Asia/Kathmandu"),
    ],
)
async def test_zones_are_named(page: Page, zone: str, day: str, name: str) -> None:
    assert await asked(page, "format", "m.zoneName(Date.parse(a[0]), a[1])", [day, zone]) == name


async def test_percentages_lie_in_the_bands_that_the_alerts_have(page: Page) -> None:
    values = [0, 4.99, 5, 9.99, 10, 15, 19.999, 20, 25, 49.99, 50, 100]
    expected = [
        next((f"band-{band.minimum:g}" for band in reversed(SIX_BANDS) if value >= band.minimum), None)
        for value in values
    ]
    assert await asked(page, "bands", "a.map(m.bandOf)", values) == expected


@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("", {"name": "day"}),
        ("#/", {"name": "day"}),
        ("#/day/2025-07-17", {"name": "day", "day": "2025-07-17"}),
        ("#/race/a%2Fb", {"name": "race", "id": "a/b"}),
        ("#/race/%E0%A4%A", {"name": "race", "id": "%E0%A4%A"}),
        ("#/day/never", {"name": "unknown"}),
        ("#content", None),
    ],
)
async def test_addresses_lead_to_pages(page: Page, address: str, route: dict[str, str] | None) -> None:
    assert await asked(page, "router", "m.routeOf(a)", address) == route


@pytest.mark.parametrize("word", ["constructor", "toString", "__proto__"])
async def test_a_word_of_the_source_is_never_taken_for_one_that_every_object_knows(page: Page, word: str) -> None:
    standing = await asked(page, "words", "m.standing({status: a}, 0)", word)
    assert standing == {"key": "other", "words": word}
    told = await asked(page, "words", "[m.typeName(a), m.missedReason(a), m.categoryName(a)]", word)
    assert told == [word.replace("_", " "), word, word]


async def test_a_line_without_prices_has_no_dot(page: Page) -> None:
    drawn = "(() => { const one = new m.Sparkline(); one.show(a); return one.element.querySelector('.dot'); })()"
    assert await asked(page, "sparkline", f"{drawn}.getAttribute('visibility')", []) == "hidden"
    two = [{"at": f"2025-07-17T00:0{minute}:00Z", "odds": minute + 2} for minute in range(2)]
    assert await asked(page, "sparkline", f"{drawn}.getAttribute('visibility')", two) == "visible"


TOLD: dict[str, Any] = {"title": "t", "message": "m", "type": "scratched", "user_id": "ann", "race_id": None}


@pytest.mark.parametrize(
    ("at", "seen"),
    [("2025-07-17T00:00:05Z", "12:00:05"), ("2025-07-16T12:00:00Z", "00:00:00"), ("2025-07-16T11:59:59Z", "23:59:59")],
)
async def test_an_alert_of_another_day_says_which(page: Page, at: str, seen: str) -> None:
    alert = {**TOLD, "event_timestamp": "2025-07-01T00:00:00Z", "created_at": at}
    clock = "{timezone: 'Pacific/Auckland', now: () => Date.parse('2025-07-17T02:00:00Z')}"
    told = await asked(page, "alert_item", f"m.alertBody(a, {clock}).querySelector('time').textContent", alert)
    day, _, time = told.rpartition(", ")
    assert (time, bool(day)) == (seen, at.startswith("2025-07-16T11"))


@pytest.mark.parametrize(
    ("happened", "more"),
    [("00:00:05.900", None), ("00:00:03.000", "Told at 12:00:05, by an answer of the source of 12:00:03")],
)
async def test_an_alert_shows_when_it_was_told_and_the_source_s_time_to_those_who_ask(
    page: Page, happened: str, more: str | None
) -> None:
    instants = {"event_timestamp": f"2025-07-17T{happened}Z", "created_at": "2025-07-17T00:00:05.100Z"}
    clock = "{timezone: 'Pacific/Auckland', now: () => Date.parse('2025-07-17T02:00:00Z')}"
    time = f"m.alertBody(a, {clock}).querySelector('time')"
    told = await asked(page, "alert_item", f"[{time}.textContent, {time}.getAttribute('title')]", {**TOLD, **instants})
    assert told == ["12:00:05", more]


@pytest.mark.parametrize("one", RULE_TYPES.values(), ids=RULE_TYPES)
async def test_every_type_of_rules_is_asked_for_in_plain_words(page: Page, one: RuleType) -> None:
    facts = {"name": one.name, "measure": one.measure, "while_open": one.while_open}
    words = await asked(page, "rule_words", "m.typeWords(a)", facts)
    assert words["help"].removesuffix(".").removesuffix(", while the race is open") != one.measure.capitalize()
    assert words["help"].endswith(", while the race is open." if one.while_open else ".")
    if one.thresholds is None:
        assert (words["label"], words["example"]) == ("Threshold", "")
    elif not one.thresholds.optional:
        assert float(words["example"]) in one.thresholds


async def test_a_type_that_the_page_does_not_know_is_told_in_the_daemon_s_words(page: Page) -> None:
    facts = {"name": "constructor", "measure": "something new", "while_open": False}
    words = await asked(page, "rule_words", "m.typeWords(a)", facts)
    assert words == {"help": "Something new.", "label": "Threshold", "example": ""}
