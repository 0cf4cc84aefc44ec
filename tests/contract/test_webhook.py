"""The webhook against a real server: what it posts, how that is signed, and what each kind of answer means."""

import json
import re
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from loguru import logger

from raceday_daemon.delivery.signing import signed_headers
from raceday_daemon.delivery.targets import key_of
from raceday_daemon.delivery.webhook import open_webhook
from raceday_daemon.model.errors import DeliveryAwayError, DeliveryError, DeliveryRefusedError
from raceday_daemon.ops.clock import SystemClock
from tests.builders import NOW
from tests.delivery_bench import KEY, SECRET, answers, answers_204, notification, webhook_to
from tests.fakes.answering_server import AnsweringServer, Handler, answering, breaks_off, drips, hangs_up, never
from tests.fakes.clock import FakeClock

DOCS = Path(__file__).resolve().parents[2] / "docs"
TOKEN = "token-4f1d"


def documented_check() -> Callable[[Any, bytes, str], bool]:
    """Give the function that the page shows to those who receive webhooks."""
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "alerts.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    check: Callable[[Any, bytes, str], bool] = names["is_genuine"]
    return check


async def sent_to(server: AnsweringServer) -> None:
    async with webhook_to(server, SystemClock()) as webhook:
        await webhook.send(notification())


async def failure(*handlers: Handler, longest_seconds: float = 10.0) -> DeliveryError:
    """Give what is raised where a server answers like that."""
    async with answering(*handlers) as server, webhook_to(server, FakeClock(NOW), longest_seconds) as webhook:
        with pytest.raises(DeliveryError) as raised:
            await webhook.send(notification())
    assert TOKEN not in f"{raised.value}"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return raised.value


async def test_a_notification_is_posted_by_the_names_of_its_columns() -> None:
    async with answering(answers_204) as server:
        await sent_to(server)
    (request,) = server.requests
    assert (request.method, request.path, request.headers["Content-Type"]) == (
        "POST",
        f"/hook/{TOKEN}",
        "application/json",
    )
    assert json.loads(await request.read()) == {
        "id": "told-1",
        "userId": "user-1",
        "type": "odds_shortening",
        "title": "Ruji (4) firmed 1",
        "message": "Ruji (4) firmed 5.50 to 4.20, -23.6 %, Awapuni R1",
        "raceId": "race-1",
        "entrantId": "runner-4",
        "ruleId": "rule-1",
        "value": 23.6,
        "previousValue": 5.5,
        "threshold": 20.0,
        "eventTimestamp": "2025-07-17T00:40:01.500Z",
        "createdAt": "2025-07-17T00:40:01.500Z",
    }


async def test_what_is_posted_passes_the_check_that_the_page_shows_and_nothing_forged_does() -> None:
    is_genuine = documented_check()
    async with answering(answers_204) as server:
        await sent_to(server)
    (request,) = server.requests
    headers, body = request.headers, await request.read()
    assert is_genuine(headers, body, SECRET)
    assert not is_genuine(headers, body.replace(b"4.20", b"2.20"), SECRET)
    assert not is_genuine(headers, body, "another-secret-of-16")
    assert not is_genuine({**headers, "webhook-id": "told-2"}, body, SECRET)
    assert not is_genuine({**headers, "webhook-timestamp": f"{int(time.time()) - 600}"}, body, SECRET)
    assert headers["webhook-id"] == "told-1"


def test_the_signature_is_the_one_of_standard_webhooks() -> None:
    # The example of its specification.
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', _at(1_614_265_330))
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def _at(epoch: int) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(epoch, UTC)


async def test_a_secret_as_standard_webhooks_writes_it_is_checked_by_what_the_page_shows() -> None:
    secret = f"whsec_{b64encode(b'twenty-four bytes at all').decode()}"
    headers = signed_headers(key_of(secret), "told-1", b"{}", SystemClock().now())
    assert documented_check()(headers, b"{}", secret)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_answer_of_2xx_is_taken_whatever_its_body(status: int) -> None:
    async with answering(answers(status)) as server:
        await sent_to(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [drips, breaks_off])
async def test_a_body_without_an_end_is_not_read(body: Handler) -> None:
    async with answering(body) as server:
        await sent_to(server)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_for_another_try_and_surely_did_not_arrive(status: int) -> None:
    error = await failure(answers(status, Retry_After="7"))
    assert isinstance(error, DeliveryAwayError)
    assert (error.retry_after_seconds, error.may_have_arrived) == (7.0, False)
    assert f"{error}" == f"127.0.0.1: HTTP {status}"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
async def test_any_other_4xx_is_for_no_other_try(status: int) -> None:
    error = await failure(answers(status))
    assert isinstance(error, DeliveryRefusedError)
    assert f"{error}" == f"127.0.0.1: HTTP {status}"


async def test_a_redirect_is_not_followed() -> None:
    async with answering(answers_204) as elsewhere:
        error = await failure(answers(307, Location=f"{elsewhere.url}/{TOKEN}"))
    assert isinstance(error, DeliveryRefusedError)
    assert elsewhere.requests == []


async def test_a_server_that_hangs_is_given_up_and_may_have_it() -> None:
    error = await failure(never, longest_seconds=0.2)
    assert isinstance(error, DeliveryAwayError)
    assert error.may_have_arrived
    assert f"{error}" == "127.0.0.1: no answer within 0.2 s"


async def test_a_connection_that_ends_before_an_answer_leaves_it_in_doubt() -> None:
    error = await failure(hangs_up)
    assert isinstance(error, DeliveryAwayError)
    assert error.may_have_arrived


async def unreachable(address: str) -> DeliveryAwayError:
    async with open_webhook(f"{address}/{TOKEN}", KEY, SystemClock(), "tests") as webhook:
        with pytest.raises(DeliveryAwayError) as raised:
            await webhook.send(notification())
    assert TOKEN not in f"{raised.value}"
    assert not raised.value.may_have_arrived
    return raised.value


async def test_where_nobody_listens_it_surely_did_not_arrive() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await unreachable(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert "no connection" in f"{error}"


async def test_a_host_that_does_not_exist_is_told_as_such() -> None:
    assert f"{await unreachable('https://nowhere.invalid')}".startswith("nowhere.invalid: ")


async def test_without_tls_where_https_is_said_there_is_no_connection() -> None:
    async with answering(answers_204) as server:
        error = await unreachable(server.url.replace("http:", "https:"))
    assert "no secure connection" in f"{error}"
    assert server.requests == []


@pytest.mark.parametrize("host", ["a..b", "999.1.1.1", f"{'a' * 64}.example"])
async def test_what_can_be_no_host_is_said_without_blaming_a_proxy(host: str) -> None:
    async with open_webhook(f"https://{host}/{TOKEN}", KEY, FakeClock(), "tests") as webhook:
        with pytest.raises(DeliveryAwayError) as raised:
            await webhook.send(notification())
    assert f"{raised.value}" == f"{host}: no host is named so"


async def test_the_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with answering(answers_204) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        async with open_webhook("http://alerts.invalid/hook", KEY, SystemClock(), "tests") as webhook:
            await webhook.send(notification())
    assert [request.headers["Host"] for request in proxy.requests] == ["alerts.invalid"]


@pytest.mark.parametrize(
    ("address", "warned"),
    [("http://10.0.0.7/hook", True), ("http://127.0.0.1/hook", False), ("https://alerts.example/hook", False)],
)
async def test_that_others_on_the_way_can_read_it_is_said_once(address: str, warned: bool) -> None:
    said: list[str] = []
    sink = logger.add(lambda message: said.append(message.record["extra"]["action"]))
    async with open_webhook(address, KEY, SystemClock(), "tests"):
        pass
    logger.remove(sink)
    assert said == (["webhook_unencrypted"] if warned else [])


async def test_connections_are_kept_for_a_burst() -> None:
    ports = set()

    async def note(request: web.Request) -> web.StreamResponse:
        assert request.transport
        ports.add(request.transport.get_extra_info("peername")[1])
        return web.Response(status=204)

    async with answering(note) as server, webhook_to(server, SystemClock()) as webhook:
        for number in range(5):
            await webhook.send(notification(number))
    assert len(ports) == 1
