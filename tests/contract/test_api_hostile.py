"""Texts of the source that are meant to do harm: they come out of the API as valid JSON, cut as the tables cut them."""

import json
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.store.race_queries import write
from tests.alerting import rule
from tests.alerting_store import new_alerts
from tests.builders import GENERATED, RACE_ID, bet, dividend, event, later, mapped, meeting, placing, runner
from tests.heard import listening
from tests.served_site import Shown, raw, shown

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;\"'`",
    "end of a stream's event": "Horse\n\nevent: alert\ndata: {}\n\nid: 7\r\n\r\rretry: 1",
    "terminal": "\x1b[2J\x1b]0;owned\x07Horse\x00\x08\x7f\x9b31m",
    "right to left": "\u202eesroH\u2066 \u200f\u200e\ufeff\u061c",
    "line separators": "Horse\u2028\u2029\x85\x0b\x0c",
    "astral and combining": "🐎" * 50 + "e\u0301" * 50,
    "long": "x" * 10_000,
    "long astral": "🐎" * 10_000,
    "sql": "'; DROP TABLE races; --",
    "blank": " ",
    "no character": "\uffff\ufffe",
}


async def look(site: Shown, text: str) -> Commit:
    """Take an answer of the source in which every text is this one, as the daemon does; a rule tells of it."""
    sent = event(
        runner(
            1,
            name=text,
            jockey=text,
            trainer_name=text,
            silk_colours=text,
            barrier=3,
            odds={"fixed_win": 3.5, "fixed_place": 1.5},
        ),
        runner(2, name=f"{text}2", is_scratched=True, scratched=True),
        race={"description": text, "status": "Interim", "weather": text, "track_condition": text},
        results=[placing(1, 1, name=text, margin_length=0.1)],
        dividends=[dividend(product=text, description=text)],
        big_bets=[bet(title=text, description=[text, text])],
    )
    alerts = new_alerts()

    def take(connection: Any) -> Commit:
        write(connection, [meeting(meeting_name=text[:255]), rule("scratched", None)])
        alerts.refresh(connection)
        first = mapped(event(runner(1, name="Calm"), runner(2, name=text), race={"status": "Open"}))
        commit_race(connection, first, later(1, GENERATED), None, None, alerts.telling(later(1)))
        later_one = json.loads(json.dumps(sent))
        later_one["header"]["generated_time"] = "2025-07-17T00:40:30.000Z"
        return commit_race(connection, mapped(later_one), later(40), None, None, alerts.telling(later(40)))

    commit = await site.house.store.transaction(take)
    site.site.committed(commit)
    return commit


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [one for item in value.values() for one in texts(item)]
    if isinstance(value, list):
        return [one for item in value for one in texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_texts_come_out_as_valid_json_and_no_longer_than_the_tables_keep_them(
    tmp_path: Path, name: str
) -> None:
    text = HOSTILE[name]
    async with shown(tmp_path, host="127.0.0.1") as site, listening(site.url) as ear:
        await ear.next("status")
        assert (await look(site, text)).rows_written > 0
        view = (await site.ask(f"/api/races/{RACE_ID}")).facts
        kept = view["runners"][0]["name"]
        assert kept == view["race"]["name"] == text[:255]
        for path in ("/api/meetings", "/api/races", "/api/upcoming", "/api/alerts", "/api/status", "/api/coverage"):
            answer = await site.ask(path)
            assert answer.status == 200
            assert all(len(one) <= 1_000 for one in texts(answer.facts))
        (alert,) = (await site.ask("/api/alerts")).facts["alerts"]
        heard = [await ear.next("race", "alert") for _ in range(2)]
        told = {one.kind: one.data for one in heard}
        assert told["race"]["runners"][0]["name"] == kept
        assert told["alert"] == alert


async def test_on_the_wire_there_is_nothing_but_ascii_and_an_event_is_one_line(tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        await look(site, "".join(HOSTILE.values())[:255])
        host = f"Host: {site.url.removeprefix('http://')}"
        sent = await raw(site.url, f"GET /api/races/{RACE_ID} HTTP/1.1", host, "Connection: close")
        head, _, body = sent.partition(b"\r\n\r\n")
        assert b"nosniff" in head
        assert all(0x20 <= byte < 0x7F for byte in body)


@pytest.mark.parametrize(
    "path",
    [
        "/api/races/..%2f..%2fetc%2fpasswd",
        "/api/races/%00",
        "/api/races/%ff",
        "/api/races/" + "x" * 4_000,
        "/api/races?status=%ff",
        "/api/races?status=%00",
        "/api/races?status=' OR 1=1",
        "/api/alerts?user=%F0%9F%90%8E",
        "/api/alerts?user=%22",
        "/api/rules/%3Cscript%3E",
        "/api/events/..",
        "//api/status",
        "/api/status/",
        "/api/%73tatus",
        "/api/health?%00=1",
        "/api/health?" + "a=1&" * 1_500,
    ],
)
async def test_hostile_questions_are_answered_with_json(tmp_path: Path, path: str) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        host = f"Host: {site.url.removeprefix('http://')}"
        sent = await raw(site.url, f"GET {path.replace(' ', '%20')} HTTP/1.1", host, "Connection: close")
        head, _, body = sent.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        assert status in (200, 400, 404), head
        if b"application/json" in head:
            facts = json.loads(body)
            assert ("error" in facts) == (status >= 400)
            assert len(body) < 2_000 or status == 200
