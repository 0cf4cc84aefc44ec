"""Channels through apprise, to a real server on loopback, by its own json:// addresses."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.delivery.apprise_channel import AppriseChannel, open_apprise
from raceday_daemon.model.errors import ChannelError, DeliveryAwayError, DeliveryUncertainError
from tests.delivery_bench import answers, answers_204, delivery_bench, notification
from tests.fakes.answering_server import AnsweringServer, Gate, Handler, answering

# Apprise imports it, where Python still has it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

TOKEN = "token-4f1d-secret"


@asynccontextmanager
async def phone_to(
    *handlers: Handler, longest_seconds: float = 10.0
) -> AsyncIterator[tuple[AppriseChannel, AnsweringServer]]:
    async with answering(*handlers) as server:
        address = f"{server.url.replace('http:', 'json:')}/{TOKEN}"
        async with open_apprise({"phone": address}, longest_seconds=longest_seconds) as (channel,):
            yield channel, server


async def test_title_and_message_arrive_as_they_are() -> None:
    words = ("Ruji <4> & *co*", r"firmed 5.50 to 4.20 :smile: \n, -23.6 % <b>")
    async with phone_to(answers_204) as (channel, server):
        await channel.send(notification(title=words[0], message=words[1]))
    (request,) = server.requests
    sent = json.loads(await request.read())
    assert (sent["title"], sent["message"]) == words
    assert request.path == f"/{TOKEN}"


@pytest.mark.parametrize("status", [401, 500])
async def test_what_fails_is_told_in_apprises_words_without_the_address(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "apprise")
    # The server's own notes have the path that it was asked for.
    caplog.set_level(logging.WARNING, "aiohttp.access")
    async with phone_to(answers(status)) as (channel, _):
        with pytest.raises(DeliveryAwayError) as raised:
            await channel.send(notification())
    assert f"error={status}" in f"{raised.value}"
    assert raised.value.may_have_arrived, "apprise does not say"
    assert TOKEN not in f"{raised.value}{caplog.text}"


async def test_a_redirect_is_not_followed() -> None:
    async with answering(answers_204) as elsewhere, phone_to(answers(307, Location=elsewhere.url)) as (channel, _):
        with pytest.raises(DeliveryAwayError):
            await channel.send(notification())
        assert elsewhere.requests == []


async def test_one_that_hangs_is_given_up_for_good_and_the_next_waits_for_its_end() -> None:
    gate = Gate(answers_204)
    async with phone_to(gate, longest_seconds=0.3) as (channel, server):
        with pytest.raises(DeliveryUncertainError):
            await channel.send(notification(1))
        with pytest.raises(DeliveryAwayError, match="still hangs") as raised:
            await channel.send(notification(2))
        assert not raised.value.may_have_arrived
        gate.open()
        async with asyncio.timeout(30):
            while True:
                try:
                    await channel.send(notification(3))
                except DeliveryAwayError:
                    continue
                break
        titles = [json.loads(await request.read())["title"] for request in server.requests]
    assert titles == ["Ruji (4) firmed 1", "Ruji (4) firmed 3"]


async def test_a_queue_goes_through_it(tmp_path: Path) -> None:
    async with delivery_bench(tmp_path, "phone") as bench, phone_to(answers(503), answers_204) as (channel, server):
        await bench.tell(1, 2)
        await bench.send_all(bench.courier(channel))
        assert bench.rows("state, attempts") == [("sent", 2), ("sent", 1)]
    assert len(server.requests) == 3


@pytest.mark.parametrize("address", [f"nosuch://{TOKEN}/x", "json://", f"discord://{TOKEN}", f"tgram://{TOKEN}"])
async def test_an_address_that_apprise_cannot_read_is_refused_without_being_shown(
    address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ChannelError) as raised:
        async with open_apprise({"phone": address}):
            raise AssertionError("unreachable")
    assert f"{raised.value}".startswith("RACEDAY_NOTIFY_URLS: apprise can't read the address of phone")
    shown = capfd.readouterr()
    assert TOKEN not in f"{raised.value}{shown.out}{shown.err}"


async def test_where_apprise_is_not_installed_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ChannelError, match=r"pip install 'raceday-daemon\[notify\]'"):
        async with open_apprise({"phone": "json://127.0.0.1"}):
            raise AssertionError("unreachable")


async def test_without_addresses_it_is_not_even_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    async with open_apprise({}) as channels:
        assert channels == []


async def test_what_a_service_raises_is_uncertain_and_its_words_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.custom_json import NotifyJSON

    def broken(*_: Any, **__: Any) -> bool:
        raise KeyError(TOKEN)

    async with phone_to(answers_204) as (channel, _):
        monkeypatch.setattr(NotifyJSON, "send", broken)
        with pytest.raises(DeliveryUncertainError, match="KeyError") as raised:
            await channel.send(notification())
    assert TOKEN not in f"{raised.value}"
