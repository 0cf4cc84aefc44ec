"""The daemon's own site over loopback HTTP: who may ask, the form of every answer, the limits, the address."""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import aiohttp
import pytest
from loguru import logger

from raceday_daemon.model.errors import AddressError
from raceday_daemon.web.server import MOST_CONNECTIONS, serving
from raceday_daemon.web.turns import MOST_WAITING
from tests.served_site import FURTHER, NAME, raw, shown


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_only_get_is_answered(tmp_path: Path, method: str) -> None:
    async with shown(tmp_path) as site:
        answer = await site.ask("/api/status", method, Origin="http://elsewhere.example")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")
        assert answer.facts == {"error": "405: Method Not Allowed"}


@pytest.mark.parametrize(
    "path", ["/livez", "/api/status", "/api/coverage", "/api/coverage?date=no", "/readyz", "/api/none"]
)
async def test_every_answer_has_the_same_form(tmp_path: Path, path: str) -> None:
    async with shown(tmp_path) as site:
        answer = await site.ask(path, Origin="http://elsewhere.example")
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert isinstance(answer.facts, dict)
        assert ("error" in answer.facts) == (answer.status >= 400)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "192.168.1.7:8080",
        "[::1]:8080",
        "[fe80::1]",
        "localhost",
        "LocalHost:80",
        NAME,
        f"{FURTHER}:8080",
    ],
)
async def test_it_is_asked_by_an_address_localhost_or_its_own_name(tmp_path: Path, host: str) -> None:
    async with shown(tmp_path) as site:
        assert (await site.ask("/livez", Host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8080",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        f"{NAME}.evil.example",
        "[evil.example]",
        "127.0.0.1@evil.example",
        "2130706433",
        ":8080",
    ],
)
@pytest.mark.parametrize("path", ["/livez", "/api/status", "/nowhere"])
async def test_a_name_of_somebody_elses_that_leads_here_gets_nothing(tmp_path: Path, host: str, path: str) -> None:
    async with shown(tmp_path) as site:
        answer = await site.ask(path, Host=host)
        assert answer.status == 421
        assert answer.facts == {
            "error": "ask by this machine's address, by localhost, or by a name that RACEDAY_HTTP_HOST or"
            " RACEDAY_HTTP_NAMES has"
        }


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("hosts", [(), ("127.0.0.1", "evil.example")], ids=["none", "two"])
async def test_a_request_names_one_host(tmp_path: Path, hosts: Sequence[str], version: str) -> None:
    async with shown(tmp_path) as site:
        lines = [f"GET /livez HTTP/{version}", *(f"Host: {host}" for host in hosts), "Connection: close"]
        assert (await raw(site.url, *lines)).split()[1] in (b"400", b"421")


async def test_what_is_no_http_is_refused_and_fills_no_log(tmp_path: Path) -> None:
    told: list[str] = []
    handler = logger.add(told.append, level="DEBUG")
    async with shown(tmp_path) as site:
        told.clear()
        for line in ("\x16\x03\x01 no http at all", "GET /livez HTTP/9.9", "GET " + "/" * 20_000 + " HTTP/1.1"):
            assert (await raw(site.url, line, "Host: localhost", "Connection: close")).startswith(b"HTTP/1.")
        assert (await site.ask("/livez")).status == 200
        assert told == []
    logger.remove(handler)


async def test_few_questions_wait_for_the_files_and_the_others_are_told_so(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await site.ask("/api/status")
        may_go_on, readers = Event(), ThreadPoolExecutor(1)
        asyncio.get_running_loop().set_default_executor(readers)
        readers.submit(may_go_on.wait)
        first = [asyncio.create_task(site.ask("/api/status")) for _ in range(MOST_WAITING + 1)]
        done, _ = await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        assert [(one.result().status, one.result().facts) for one in done] == [
            (503, {"error": "too many questions at once"})
        ]
        assert (await site.ask("/livez")).status == 200
        may_go_on.set()
        assert sorted(answer.status for answer in await asyncio.gather(*first)) == [200] * MOST_WAITING + [503]


async def test_connections_have_a_limit(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        host, port = site.url.removeprefix("http://").split(":")
        open_ones = [await asyncio.open_connection(host, int(port)) for _ in range(MOST_CONNECTIONS)]
        reader, writer = await asyncio.open_connection(host, int(port))
        assert await asyncio.wait_for(reader.read(), 30) == b""
        for one in (writer, *(writer for _, writer in open_ones)):
            one.close()
            await one.wait_closed()
        for _ in range(1_000):
            answer = await raw(site.url, "GET /livez HTTP/1.1", "Host: localhost", "Connection: close")
            if answer.startswith(b"HTTP/1.1 200"):
                break
        else:
            pytest.fail("those that have gone are still counted")


async def test_a_port_in_use_is_refused_by_its_setting(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        port = int(site.url.rpartition(":")[2])
        with pytest.raises(AddressError, match=f"^RACEDAY_HTTP_PORT: port {port} of 127.0.0.1 is in use by another"):
            async with serving(site.site.app(), "127.0.0.1", port):
                pass


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid", "a..b", " "])
async def test_a_host_that_is_not_this_machine_is_refused_by_its_setting(tmp_path: Path, host: str) -> None:
    async with shown(tmp_path) as site:
        with pytest.raises(AddressError, match=f"^RACEDAY_HTTP_HOST: {host} is no address of this machine that"):
            async with serving(site.site.app(), host, 0):
                pass


@pytest.mark.parametrize(
    ("host", "asked_at"), [("0.0.0.0", "http://127.0.0.1:"), ("::1", "http://[::1]:"), ("::", "http://[::1]:")]
)
async def test_the_url_is_one_that_this_machine_can_ask_at(tmp_path: Path, host: str, asked_at: str) -> None:
    if ":" in host and not _has_ipv6():
        pytest.skip("this machine has no IPv6")
    async with shown(tmp_path) as site, serving(site.site.app(), host, 0) as url:
        assert url.startswith(asked_at)
        site.url = url
        assert (await site.ask("/livez")).status == 200


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


async def test_once_it_is_down_nobody_answers(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        async with serving(site.site.app(), "127.0.0.1", 0) as url:
            pass
        site.url = url
        with pytest.raises(aiohttp.ClientConnectionError):
            await site.ask("/livez")


async def test_who_never_reads_its_answers_is_cut_off(tmp_path: Path) -> None:
    async with shown(tmp_path) as site, serving(site.site.app(), "127.0.0.1", 0, unread_seconds=0.5) as url:
        host, port = url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port), limit=1)
        question = f"GET /api/openapi.json HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

        async def ask_on() -> None:
            while True:
                writer.write(question)
                await writer.drain()
                await asyncio.sleep(0.001)

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(ask_on(), 20)
