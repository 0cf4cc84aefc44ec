"""Who may see and write rules and what people were told: by bind, token, origin, proxy, and how often."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.onlooker import status_of
from raceday_daemon.web.rates import MOST_ADDRESSES, WRITES_A_MINUTE, Rates
from tests.lived_day import NOW, lived_day
from tests.served_site import NAME, Answer, Shown, raw, shown
from tests.workbench import rows

TOKEN = "correct-horse-battery-staple"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
RULE = {"user_id": "ann", "alert_type": "scratched"}
NEEDS_TOKEN = "rules and notifications need the token: send Authorization: Bearer with it"
CLOSED = "rules and notifications are closed where the site is served to others: set RACEDAY_API_TOKEN to open them"
THIS_MACHINE = "rules and notifications are open to this machine alone: set RACEDAY_API_TOKEN to open them"

LOOPBACK = ["127.0.0.1", "localhost", "::1", "127.1.2.3"]
ELSEWHERE = ["0.0.0.0", "::", "192.168.1.7", NAME]


async def every_question(site: Shown, **headers: str) -> list[Answer]:
    """Ask for all that is people's own, and write it."""
    return [
        await site.ask("/api/alerts", **headers),
        await site.ask("/api/rules", **headers),
        await site.ask("/api/rules/some", **headers),
        await site.send("/api/rules", "POST", RULE, **headers),
        await site.send("/api/rules/some", "PATCH", {"enabled": False}, **headers),
        await site.ask("/api/rules/some", "DELETE", **headers),
    ]


def statuses(answers: list[Answer]) -> list[int]:
    return [answer.status for answer in answers]


OPEN = [200, 200, 404, 201, 404, 404]


@pytest.mark.parametrize("host", LOOPBACK)
async def test_without_a_token_this_machine_may_see_and_write_what_is_served_to_it_alone(
    tmp_path: Path, host: str
) -> None:
    async with shown(tmp_path, host=host) as site:
        assert statuses(await every_question(site)) == OPEN
        access = (await site.ask("/api/health")).facts["access"]
        assert access == {"may_read": True, "may_write": True, "needs_token": False, "why_not": None}


@pytest.mark.parametrize("host", ELSEWHERE)
async def test_without_a_token_rules_are_closed_where_others_are_served(tmp_path: Path, host: str) -> None:
    async with shown(tmp_path, host=host) as site:
        for answer in await every_question(site, **BEARER):
            assert (answer.status, answer.facts) == (403, {"error": CLOSED})
        assert (await site.ask("/api/health")).facts["access"] == {
            "may_read": False,
            "may_write": False,
            "needs_token": False,
            "why_not": CLOSED,
        }
        for open_one in ("/api/meetings", "/api/upcoming", "/api/rule-types", "/api/status", "/api/openapi.json"):
            assert (await site.ask(open_one)).status == 200
        assert rows(tmp_path / "raceday.db", "SELECT count(*) FROM user_alert_configs") == [(0,)]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
async def test_with_a_token_whoever_has_it_may_and_nobody_else(tmp_path: Path, host: str) -> None:
    async with shown(tmp_path, host=host, token=TOKEN) as site:
        for answer in await every_question(site):
            assert (answer.status, answer.facts) == (401, {"error": NEEDS_TOKEN})
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await site.ask("/api/health")).facts["access"]["needs_token"] is True
        assert statuses(await every_question(site, **BEARER)) == OPEN
        assert statuses(await every_question(site, Authorization=f"bearer  {TOKEN} ")) == [200, 200, 404, 200, 404, 404]
        assert (await site.ask("/api/health", **BEARER)).facts["access"]["may_write"] is True


@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer é"]
)
async def test_a_wrong_token_is_refused_also_for_what_is_open(tmp_path: Path, sent: str) -> None:
    async with shown(tmp_path, token=TOKEN) as site:
        for path in ("/api/rules", "/api/meetings"):
            answer = await site.ask(path, Authorization=sent)
            assert (answer.status, answer.facts) == (401, {"error": "this is not the token"})
            assert TOKEN not in str(answer)


async def test_guesses_at_the_token_are_counted(tmp_path: Path) -> None:
    async with shown(tmp_path, token=TOKEN) as site:
        guesses = [await site.ask("/api/rules", Authorization=f"Bearer {n}") for n in range(WRITES_A_MINUTE + 1)]
        assert statuses(guesses) == [401] * WRITES_A_MINUTE + [429]
        # Those who know it may go on to read.
        assert (await site.ask("/api/rules", **BEARER)).status == 200


@pytest.mark.parametrize(
    "header", ["Forwarded", "X-Forwarded-For", "x-forwarded-proto", "X-Real-IP", "CF-Connecting-IP", "Via"]
)
async def test_what_comes_through_a_proxy_is_not_of_this_machine(tmp_path: Path, header: str) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        for answer in await every_question(site, **{header: "127.0.0.1"}):
            assert (answer.status, answer.facts) == (403, {"error": THIS_MACHINE})


@pytest.mark.parametrize(("version", "status"), [("1.0", 403), ("1.1", 200)])
async def test_what_a_proxy_passes_on_without_a_word_in_the_old_way_is_not_of_this_machine(
    tmp_path: Path, version: str, status: int
) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        host = f"Host: {site.url.removeprefix('http://')}"
        answer = await raw(site.url, f"GET /api/rules HTTP/{version}", host, "Connection: close")
        assert answer.split()[1] == str(status).encode()


@pytest.mark.parametrize(
    ("token", "headers", "is_told"),
    [
        (None, {}, True),
        (None, {"X_Forwarded_For": "10.0.0.1"}, False),
        (TOKEN, {}, False),
        (TOKEN, BEARER, True),
    ],
)
async def test_what_people_were_told_of_late_is_in_the_status_for_the_same_people(
    tmp_path: Path, token: str | None, headers: dict[str, str], is_told: bool
) -> None:
    async with shown(lived_day(tmp_path / "data"), token=token, now=NOW) as site:
        alerts = (await site.ask("/api/status", **headers)).facts["alerts"]
        assert alerts["today"] > 0
        assert bool(alerts["newest"]) is is_told


async def test_the_status_command_asks_with_the_token_of_its_settings(tmp_path: Path) -> None:
    async with shown(lived_day(tmp_path / "data"), token=TOKEN, now=NOW) as site:
        for token, is_told in ((TOKEN, True), (None, False)):
            told = await asyncio.to_thread(status_of, site.inside.data_dir, NOW, token)
            assert (told.trouble, bool(told.facts["alerts"]["newest"])) == (None, is_told)
        wrong = await asyncio.to_thread(status_of, site.inside.data_dir, NOW, f"{TOKEN}x")
        assert "this is not the token" in str(wrong.trouble)


CROSS_SITE: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://127.0.0.1"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": ""},
    {"Origin": "http://["},
    {"Origin": "OWN/path"},
    {"Origin": "file://HOST"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Origin": "OWN", "Sec_Fetch_Site": "cross-site"},
]


async def test_a_page_of_another_site_writes_nothing(tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1", token=TOKEN) as site:
        for headers in CROSS_SITE:
            own = {name: value.replace("OWN", site.url) for name, value in headers.items()}
            own = {name: value.replace("HOST", site.url.removeprefix("http://")) for name, value in own.items()}
            answers = (await every_question(site, **BEARER, **own))[3:]
            assert statuses(answers) == [403, 403, 403], headers
            assert answers[0].facts == {"error": "this was sent by a page of another site"}
        assert rows(tmp_path / "raceday.db", "SELECT count(*) FROM user_alert_configs") == [(0,)]


@pytest.mark.parametrize("site_of", ["same-origin", "none"])
async def test_the_sites_own_page_may_write(tmp_path: Path, site_of: str) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        answer = await site.send("/api/rules", "POST", RULE, Origin=site.url, Sec_Fetch_Site=site_of)
        assert answer.status == 201
        by_name = site.url.replace("127.0.0.1", "localhost")
        headers = {"Host": by_name.removeprefix("http://"), "Origin": by_name}
        assert (await site.send("/api/rules", "POST", RULE, **headers)).status == 200


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "GET"])
async def test_a_strangers_name_gets_nothing_of_peoples_own(tmp_path: Path, method: str) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        path = "/api/rules" if method in ("POST", "GET") else "/api/rules/some"
        host = f"evil.example:{site.url.rpartition(':')[2]}"
        answer = await site.send(path, method, RULE, Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin")
        assert answer.status == 421


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_what_a_form_could_send_is_not_taken(tmp_path: Path, content_type: str) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        answer = await site.send("/api/rules", "POST", RULE, Content_Type=content_type)
        assert (answer.status, answer.facts) == (415, {"error": "Content-Type: application/json is needed"})


async def test_writes_are_counted_an_address_and_the_wait_is_told(tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        answers = [await site.ask("/api/rules/some", "DELETE") for _ in range(WRITES_A_MINUTE + 1)]
        assert statuses(answers) == [404] * WRITES_A_MINUTE + [429]
        assert answers[-1].headers["Retry-After"] == "2"
        assert answers[-1].facts == {"error": "at most 30 a minute: try again in 2 s"}
        assert (await site.ask("/api/rules")).status == 200


def refused(rates: Rates, address: str) -> bool:
    from aiohttp.web import HTTPTooManyRequests

    try:
        rates.take(address)
    except HTTPTooManyRequests:
        return True
    return False


def test_a_bucket_fills_up_again_and_is_one_address_alone() -> None:
    at = 100.0
    rates = Rates(30, lambda: at)
    assert [refused(rates, "10.0.0.1") for _ in range(31)] == [False] * 30 + [True]
    assert not refused(rates, "10.0.0.2")
    at += 2
    assert [refused(rates, "10.0.0.1") for _ in range(2)] == [False, True]
    at += 3600
    assert [refused(rates, "10.0.0.1") for _ in range(31)] == [False] * 30 + [True]


def test_one_who_has_many_addresses_of_a_network_has_one_bucket() -> None:
    rates = Rates(30, lambda: 0.0)
    assert [refused(rates, f"2001:db8:1:2::{n:x}") for n in range(1, 32)] == [False] * 30 + [True]
    assert not refused(rates, "2001:db8:1:3::1")
    assert not refused(rates, "::ffff:10.0.0.1")
    assert [refused(rates, "10.0.0.1") for _ in range(30)] == [False] * 29 + [True]


def test_only_so_many_addresses_are_remembered() -> None:
    rates: Any = Rates(1, lambda: 0.0)
    for number in range(2 * MOST_ADDRESSES):
        rates.take(f"10.0.{number // 256}.{number % 256}")
    assert len(rates._left) == MOST_ADDRESSES
