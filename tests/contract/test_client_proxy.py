"""Calls through a proxy that the environment names: who gets to see what, and what is said when it can't be used."""

import asyncio
import threading
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from raceday_daemon.model.errors import SourceAwayError, SourceRefusedError
from raceday_daemon.nztab.transport import Identification
from tests.fakes.answering_server import answering, sends, way_to

MARKER = "marker-4f1d-never-shown"
PASSWORD = f"{MARKER}/@:"
SPELLED = f"{MARKER}%2F%40%3A"
BASIC = f"Basic {b64encode(f'me:{PASSWORD}'.encode()).decode()}"
WHO = Identification(user_agent="raceday/1", sender="me@example.org", partner="partner", partner_id="id-7")


@pytest.fixture(autouse=True)
def _nothing_goes_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


def through(proxy_url: str) -> str:
    """Spell a proxy's address with a name and a password in it."""
    return proxy_url.replace("://", f"://me:{SPELLED}@")


@asynccontextmanager
async def refusing_proxy() -> AsyncIterator[tuple[str, list[str]]]:
    """Run a proxy that lets nobody through; give its address and the heads of the requests that it got."""
    heads: list[str] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


async def test_a_password_in_a_proxys_address_is_sent_to_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(sends("{}")) as proxy, way_to("http://source.invalid", identification=WHO) as way:
        monkeypatch.setenv("http_proxy", through(proxy.url))
        for _ in range(2):
            assert await way.client().get("/meetings", {}) == b"{}"
        assert [request.headers["Proxy-Authorization"] for request in proxy.requests] == [BASIC, BASIC]
        assert [request.headers["From"] for request in proxy.requests] == ["me@example.org"] * 2


async def test_a_tunnel_is_asked_for_without_the_identification(monkeypatch: pytest.MonkeyPatch) -> None:
    async with refusing_proxy() as (url, heads), way_to("https://source.invalid", identification=WHO) as way:
        monkeypatch.setenv("https_proxy", through(url))
        with pytest.raises(SourceAwayError, match="407") as caught:
            await way.client().get("/meetings", {})
    assert MARKER not in str(caught.value)
    (head,) = heads
    assert head.startswith("CONNECT source.invalid:443 ")
    assert f"Proxy-Authorization: {BASIC}\r\n" in head
    assert not [told for told in ("raceday", "me@example.org", "partner", "id-7") if told in head]


@pytest.mark.parametrize("proxy", ["{}", "me:{}@127.0.0.1", "http://me:{}@127.0.0.1:99999", "ftp://me:{}@127.0.0.1"])
async def test_a_proxy_that_is_none_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    async with way_to("http://source.invalid") as way:
        monkeypatch.setenv("http_proxy", proxy.format(MARKER))
        with pytest.raises(SourceRefusedError, match="a proxy named in the environment is no usable address") as caught:
            await way.client().get("/meetings", {})
    assert MARKER not in str(caught.value)


async def test_what_no_proxy_names_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(sends("{}")) as proxy, answering(sends("[]")) as source, way_to(source.url) as way:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert await way.client().get("/meetings", {}) == b"[]"
        assert proxy.requests == []


async def test_no_thread_is_started_to_find_the_way_to_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(sends("{}")) as proxy, way_to("http://source.invalid") as way:
        monkeypatch.setenv("http_proxy", proxy.url)
        before = threading.active_count()
        await way.client().get("/meetings", {})
        assert threading.active_count() == before
