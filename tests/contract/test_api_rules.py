"""Rules and notifications over the API: shown, added, changed and removed, with everything that can be wrong."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.appwrite_errors import AppwriteAwayError
from raceday_daemon.store.aiming import aim_at
from raceday_daemon.store.outbox import read_state
from raceday_daemon.store.race_queries import write
from raceday_daemon.web.api import asked
from raceday_daemon.web.api.asked import MOST_BYTES
from raceday_daemon.web.rule_book import RuleBook
from tests.alerting import six_bands
from tests.builders import RACE_ID, entrant, later, meeting, race
from tests.lived_day import NOW, lived_day
from tests.served_site import Answer, Shown, shown
from tests.workbench import named_rows, rows

Facts = dict[str, Any]
RULE: Facts = {"user_id": "ann", "alert_type": "odds_below", "threshold": 4.5}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Shown]:
    """A site of this machine, with a race, a runner and no rule."""
    async with shown(tmp_path, host="127.0.0.1", writes_a_minute=1_000) as site:
        await put(site, meeting(), race(), entrant(1, name="Ruji"))
        yield site


async def put(site: Shown, *records: Any) -> None:
    await site.house.store.transaction(lambda connection: write(connection, records))


async def add(site: Shown, sent: Any = RULE, **headers: str) -> Answer:
    return await site.send("/api/rules", "POST", sent, **headers)


async def change(site: Shown, rule_id: str, sent: Any) -> Answer:
    return await site.send(f"/api/rules/{rule_id}", "PATCH", sent)


async def test_a_rule_is_added_shown_switched_off_and_removed(site: Shown, tmp_path: Path) -> None:
    added = await add(site, {**RULE, "entrant": "runner-1", "cooldown_seconds": 60, "channel": "phone"})
    assert added.status == 201
    rule = added.facts
    assert added.headers["Location"] == f"/api/rules/{rule['rule_id']}"
    assert (rule["entrant_name"], rule["race_label"], rule["faults"]) == ("Ruji", "Awapuni R1", [])
    assert (rule["threshold"], rule["cooldown_seconds"], rule["enabled"]) == (4.5, 60, True)
    assert (await site.ask(added.headers["Location"])).facts == rule
    assert (await site.ask("/api/rules")).facts == {"rules": [rule], "next": None}
    site.house.clock.advance(1)
    off = await change(site, rule["rule_id"], {"enabled": False, "cooldown_seconds": 120})
    assert off.status == 200
    wished = {"enabled": False, "cooldown_seconds": 120, "last_updated": "2025-07-17T00:40:01.000Z"}
    assert off.facts == {**rule, **wished}
    assert named_rows(tmp_path / "raceday.db", "SELECT enabled, channel FROM user_alert_configs") == [
        {"enabled": 0, "channel": "phone"}
    ]
    assert (await site.ask(added.headers["Location"], "DELETE")).status == 204
    assert (await site.ask("/api/rules")).facts == {"rules": [], "next": None}
    for gone in (
        await site.ask(added.headers["Location"]),
        await site.ask(added.headers["Location"], "DELETE"),
        await change(site, rule["rule_id"], {"enabled": True}),
    ):
        assert (gone.status, gone.facts) == (404, {"error": "there is no such rule"})


async def test_the_same_rule_twice_is_one(site: Shown, tmp_path: Path) -> None:
    first, again = await add(site), await add(site)
    other = await add(site, {**RULE, "cooldown_seconds": 5})
    assert [first.status, again.status, other.status] == [201, 200, 200]
    assert "Location" not in again.headers
    assert first.facts == again.facts
    assert other.facts["cooldown_seconds"] == 5
    assert rows(tmp_path / "raceday.db", "SELECT count(*) FROM user_alert_configs") == [(1,)]


async def test_what_is_said_of_a_rule_again_changes_nothing_of_it(site: Shown) -> None:
    rule = (await add(site)).facts
    site.house.clock.advance(60)
    same = await change(site, rule["rule_id"], {"enabled": True})
    assert same.facts["last_updated"] == rule["last_updated"]


async def test_a_rule_of_each_type_can_be_added(site: Shown) -> None:
    types = (await site.ask("/api/rule-types")).facts["types"]
    assert [one["name"] for one in types] == list(RULE_TYPES)
    for one in types:
        limits = one["thresholds"]
        middle = (limits["least"] + limits["most"]) / 2 if limits else None
        sent = {"user_id": "ann", "alert_type": one["name"], "threshold": middle, "race": RACE_ID}
        assert (await add(site, sent)).status == 201, one


async def test_the_rule_types_have_the_bands_with_their_colours(site: Shown) -> None:
    facts = (await site.ask("/api/rule-types")).facts
    assert facts["longest_seconds"] == 86_400
    assert [(one["minimum"], one["maximum"], one["color"]) for one in facts["bands"]] == [
        (5, 10, "#E5E7EB"),
        (10, 15, "#BFDBFE"),
        (15, 20, "#FEF3C7"),
        (20, 25, "#BBF7D0"),
        (25, 50, "#FECACA"),
        (50, None, "#F3E8FF"),
    ]


WRONG: list[tuple[Facts, str]] = [
    ({**RULE, "threshold": 0.5}, "a threshold of 0.5 is out of range"),
    ({**RULE, "threshold": None}, "odds_below needs a threshold"),
    ({**RULE, "alert_type": "odds_belo"}, "there is no alert type 'odds_belo'; did you mean odds_below"),
    ({**RULE, "user_id": "  "}, "the user's id is blank"),
    ({**RULE, "window_seconds": 60}, "odds_below takes no window"),
    ({**RULE, "entrant": "nobody"}, "there is no entrant nobody here"),
    ({**RULE, "race": "nowhere"}, "there is no race nowhere here"),
    ({**RULE, "threshold": 1e308}, "a threshold of 1e+308 is out of range"),
    (
        {"user_id": "ann", "alert_type": "race_start", "threshold": 60, "entrant": "runner-1"},
        "race_start is of a whole",
    ),
]

MISFITS: list[tuple[Any, str]] = [
    (b"", "this is no JSON (EOF"),
    (b"{", "this is no JSON (EOF"),
    (b"[" * 15_000, "this is no JSON (recursion limit exceeded"),
    (b'{"user_id": ' * 1_000, "this is no JSON (recursion limit exceeded"),
    (b'{"user_id": "\\ud800", "alert_type": "scratched"}', "this is no JSON ("),
    (b'{"user_id": "ann\xff", "alert_type": "scratched"}', "this is no JSON ("),
    (b'{"user_id": "ann", "alert_type": "odds_below", "threshold": NaN}', "threshold: Input should be a finite number"),
    (b'{"user_id": "ann", "alert_type": "odds_below", "threshold": 1e999}', "threshold: Input should be a finite"),
    ([], "Input should be an object"),
    ("ann", "Input should be an object"),
    ({}, "user_id: Field required; alert_type: Field required"),
    ({**RULE, "threshold": "4.5"}, "threshold: Input should be a valid number"),
    ({**RULE, "threshold": True}, "threshold: Input should be a valid number"),
    ({**RULE, "enabled": 1}, "enabled: Input should be a valid boolean"),
    ({**RULE, "cooldown_seconds": 1.5}, "cooldown_seconds: Input should be a valid integer"),
    ({**RULE, "cooldown_seconds": -1}, "cooldown_seconds: Input should be greater than or equal to 0"),
    ({**RULE, "cooldown_seconds": 86_401}, "cooldown_seconds: Input should be less than or equal to 86400"),
    ({**RULE, "cooldown_seconds": 10**400}, "cooldown_seconds: "),
    ({**RULE, "user_id": "a" * 129}, "user_id: String should have at most 128 characters"),
    ({**RULE, "user_id": "ann\n"}, "user_id: String should match pattern"),
    ({**RULE, "user_id": "\x00"}, "user_id: String should match pattern"),
    ({**RULE, "user_id": ""}, "user_id: String should have at least 1 character"),
    ({**RULE, "race": "r" * 37}, "race: String should have at most 36 characters"),
    ({**RULE, "rule_id": "mine"}, "rule_id: there is no such name here; there are: user_id, alert_type"),
    ({**RULE, "<script>\x1b": 1}, "<script>?: there is no such name here"),
]


async def test_a_rule_that_can_never_be_right_is_refused_with_the_reason(site: Shown, tmp_path: Path) -> None:
    for sent, words in WRONG:
        answer = await add(site, sent)
        assert (answer.status, words in answer.facts["error"]) == (422, True), answer
    await put(site, race(status="Final"))
    over = await add(site, {**RULE, "race": RACE_ID})
    assert (over.status, over.facts) == (422, {"error": f"the race {RACE_ID} is over: it is Final"})
    for sent, words in MISFITS:
        answer = await add(site, sent)
        assert (answer.status, answer.facts["error"].startswith(words)) == (400, True), (sent, answer)
        assert len(answer.facts["error"]) < 1_000
    assert rows(tmp_path / "raceday.db", "SELECT count(*) FROM user_alert_configs") == [(0,)]


async def test_more_than_a_rule_needs_is_not_read(site: Shown) -> None:
    padding = b" " * (MOST_BYTES - 70)
    fits = b'{"user_id": "ann", "alert_type": "scratched"}' + padding
    assert (await add(site, fits)).status == 201
    for length in (MOST_BYTES + 1, 900_000):
        answer = await add(site, fits.ljust(length))
        assert (answer.status, answer.facts) == (413, {"error": "at most 16,384 bytes can be sent at once"})


async def test_what_never_comes_to_its_end_is_not_waited_for(site: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "BODY_SECONDS", 0.2)
    host, port = site.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /api/rules HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
    writer.write(f"{head}{{".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"}"), 30)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert answer.endswith(b'{"error": "what is sent has to be there within 0.2 s"}')
    writer.close()


async def test_a_page_of_rules_ends_at_any_user_that_can_have_one(site: Shown) -> None:
    users = ["ann", "a\u202enn", "\u00a0bob", "c\u2028arl", "🐎"]
    for user in users:
        assert (await add(site, {**RULE, "user_id": user})).status == 201
    found, after = [], ""
    while after is not None:
        page = (await site.ask(f"/api/rules?limit=1{after}")).facts
        found += [one["user_id"] for one in page["rules"]]
        after = page["next"] and f"&after={page['next']}"
    assert found == sorted(users)


@pytest.mark.parametrize(
    "sent", [{}, {"enabled": None}, {"threshold": 5}, {"enabled": "no"}, {"user_id": "bob"}, {"cooldown_seconds": -1}]
)
async def test_only_what_does_not_make_another_rule_of_it_can_be_changed(site: Shown, sent: Facts) -> None:
    rule = (await add(site)).facts
    assert (await change(site, rule["rule_id"], sent)).status == 400
    assert (await site.ask(f"/api/rules/{rule['rule_id']}")).facts == rule


async def test_bands_are_shown_and_switched_but_nothing_else_is_made_of_them(site: Shown) -> None:
    await put(site, *six_bands(user_id="Default User", color="#E5E7EB"))
    listed = (await site.ask("/api/rules?user=Default%20User")).facts["rules"]
    assert sorted(one["percentage_range_min"] for one in listed) == [5, 10, 15, 20, 25, 50]
    off = await change(site, listed[0]["rule_id"], {"enabled": False})
    assert (off.status, off.facts["enabled"], off.facts["color"]) == (200, False, "#E5E7EB")


async def test_rules_that_others_wrote_wrong_are_shown_with_what_is_wrong(site: Shown) -> None:
    rule = (await add(site)).facts
    await put(site, *six_bands(user_id="zoe")[:1])
    spoil = "UPDATE user_alert_configs SET createdAt = 'yesterday' WHERE userId = 'zoe'"
    await site.house.store.transaction(lambda connection: connection.execute(spoil).rowcount)
    wrong = "UPDATE user_alert_configs SET threshold = -1 WHERE userId = 'ann'"
    await site.house.store.transaction(lambda connection: connection.execute(wrong).rowcount)
    ann, zoe = (await site.ask("/api/rules")).facts["rules"]
    assert ann["faults"][0].startswith("a threshold of -1 is out of range")
    assert zoe["faults"][0].startswith("the row can't be read: ")
    # One that is wrong can be switched off, and not on.
    assert (await change(site, rule["rule_id"], {"enabled": False})).status == 200
    assert (await change(site, rule["rule_id"], {"enabled": True})).status == 422
    assert (await change(site, zoe["rule_id"], {"enabled": False})).status == 422
    assert (await site.ask(f"/api/rules/{zoe['rule_id']}", "DELETE")).status == 204


async def test_rules_and_alerts_have_pages_and_are_of_one_user_where_asked_so(tmp_path: Path) -> None:
    async with shown(lived_day(tmp_path / "data"), host="127.0.0.1", now=NOW) as site:
        for path, name in (("/api/rules", "rules"), ("/api/alerts", "alerts")):
            whole = (await site.ask(f"{path}?limit=500")).facts[name]
            assert len(whole) > 5
            page = (await site.ask(f"{path}?limit=3")).facts
            found: list[Facts] = page[name]
            while page["next"]:
                page = (await site.ask(f"{path}?limit=3&after={page['next']}")).facts
                found += page[name]
            assert found == whole
            own = (await site.ask(f"{path}?user=ann&limit=500")).facts[name]
            assert own == [one for one in whole if one["user_id"] == "ann"] != []
            nothing = (await site.ask(f"{path}?user=nobody")).facts
            assert (nothing[name], nothing["next"]) == ([], None)
        created = [one["created_at"] for one in whole]
        assert created == sorted(created, reverse=True)
        assert all(one["race_label"] for one in whole if one["race_id"])


async def test_an_alert_of_a_race_that_is_not_stored_is_shown(site: Shown) -> None:
    told = Notification(
        notification_id="n",
        user_id="ann",
        title="Late",
        message="It is late.",
        type="more_alerts",
        race_id="gone",
        event_timestamp=later(0),
        created_at=later(1),
    )
    await put(site, told)
    ((alert),) = (await site.ask("/api/alerts")).facts["alerts"]
    assert (alert["race_id"], alert["race_label"], alert["read"]) == ("gone", None, False)


async def test_what_is_written_waits_for_appwrite_where_rows_go_there(site: Shown) -> None:
    store = site.house.store
    await store.transaction(lambda connection: aim_at(connection, "somewhere", later(0)))
    before = (await store.transaction(read_state)).waiting
    rule = (await add(site)).facts
    await change(site, rule["rule_id"], {"enabled": False})
    assert (await store.transaction(read_state)).waiting == before + 1


async def test_a_rule_that_appwrite_keeps_stays_here_too(site: Shown) -> None:
    rule = (await add(site)).facts

    async def away(_: str) -> bool:
        raise AppwriteAwayError("nobody answers")

    book = RuleBook(site.house.store, site.house.clock, site.inside.rules._outbox, away)
    site.site.inside = replace(site.inside, rules=book)
    answer = await site.ask(f"/api/rules/{rule['rule_id']}", "DELETE")
    assert (answer.status, answer.facts) == (
        502,
        {"error": "it stays: Appwrite can't be asked to remove it (nobody answers)"},
    )
    assert (await site.ask("/api/rules")).facts["rules"] == [rule]


async def test_there_is_an_end_to_how_many_rules_are_taken(site: Shown) -> None:
    first = await add(site)
    fill = partial(
        _filled,
        statement="INSERT INTO user_alert_configs (id, userId, enabled)"
        " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i, 'zoe', 0 FROM n",
    )
    await site.house.store.transaction(fill)
    full = await add(site, {**RULE, "user_id": "bob"})
    assert (full.status, full.facts) == (422, {"error": "there are 10,000 rules already"})
    assert (await add(site, {**RULE, "cooldown_seconds": 9})).facts["rule_id"] == first.facts["rule_id"]


def _filled(connection: Any, statement: str) -> int:
    return int(connection.execute(statement).rowcount)
