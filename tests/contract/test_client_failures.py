"""Every way in which a call can fail has its kind, and says whether another try may help."""

import gzip
import tracemalloc

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.test_utils import unused_port
from aioresponses import aioresponses

from raceday_daemon.model.errors import (
    MisfitError,
    NotFoundError,
    SourceAwayError,
    SourceBusyError,
    SourceError,
    SourceFaultError,
    SourceRefusedError,
    SourceTimeoutError,
)
from raceday_daemon.model.exchange import BODY_LIMIT_BYTES
from tests.fakes.answering_server import (
    Handler,
    breaks_off,
    breaks_off_between_chunks,
    drips,
    fails,
    hangs_up,
    never,
    sends,
    way_to,
    way_to_a_server,
)

GZIP = {"Content-Encoding": "gzip"}
LONG_ERROR_BODY = "<html>" + "proxy error " * 10_000 + "</html>"


async def failure_of(answer: Handler, timeout_seconds: float = 10.0) -> SourceError:
    async with way_to_a_server(answer, timeout_seconds=timeout_seconds) as (way, _):
        with pytest.raises(SourceError) as caught:
            await way.client().get("/events/race-1", {})
    assert str(caught.value).startswith("/events/race-1: ")
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind", "retryable"),
    [
        pytest.param(fails(400), SourceRefusedError, False, id="400"),
        pytest.param(fails(401), SourceRefusedError, False, id="401"),
        pytest.param(fails(403), SourceRefusedError, False, id="403"),
        pytest.param(fails(404), NotFoundError, False, id="404"),
        pytest.param(fails(408), SourceFaultError, True, id="408"),
        pytest.param(fails(410), SourceRefusedError, False, id="410"),
        pytest.param(fails(429), SourceBusyError, True, id="429"),
        pytest.param(fails(500), SourceFaultError, True, id="500"),
        pytest.param(fails(502), SourceFaultError, True, id="502"),
        pytest.param(fails(503), SourceFaultError, True, id="503"),
        pytest.param(fails(504), SourceFaultError, True, id="504"),
        pytest.param(fails(302, Location="/elsewhere"), SourceRefusedError, False, id="a redirect"),
        pytest.param(sends(b"", status=204), SourceRefusedError, False, id="204"),
        pytest.param(sends("<html></html>", content_type="text/html"), MisfitError, False, id="HTML with 200"),
        pytest.param(sends("{}", content_type="text/plain"), MisfitError, False, id="plain text with 200"),
        pytest.param(sends("{}", content_type="application/jsonp"), MisfitError, False, id="nearly JSON"),
        pytest.param(sends("{}", content_type=""), MisfitError, False, id="no content type"),
        pytest.param(hangs_up, SourceAwayError, True, id="hung up"),
        pytest.param(breaks_off, SourceAwayError, True, id="half a body"),
        pytest.param(breaks_off_between_chunks, SourceAwayError, True, id="some of the chunks"),
        pytest.param(sends(b"{}", headers=GZIP), SourceAwayError, True, id="gzip that is none"),
        pytest.param(sends(b"{}", headers={"Content-Encoding": "br"}), SourceAwayError, True, id="unknown encoding"),
        pytest.param(sends(b"{}", headers={"X-Long": "x" * 20_000}), SourceAwayError, True, id="endless header"),
    ],
)
async def test_each_bad_answer_has_its_kind(answer: Handler, kind: type[SourceError], retryable: bool) -> None:
    error = await failure_of(answer)
    assert type(error) is kind
    assert error.retryable is retryable


async def test_an_answer_that_broke_off_is_told_from_a_source_that_is_away() -> None:
    assert "the answer broke off or could not be unpacked" in str(await failure_of(breaks_off))


@pytest.mark.parametrize("answer", [never, drips])
async def test_a_source_that_does_not_come_to_an_end_times_out(answer: Handler) -> None:
    error = await failure_of(answer, timeout_seconds=0.3)
    assert type(error) is SourceTimeoutError
    assert "no whole answer within 0.3 s" in str(error)


async def test_a_closed_port_is_a_source_that_cannot_be_reached() -> None:
    async with way_to(f"http://127.0.0.1:{unused_port()}") as way:
        with pytest.raises(SourceAwayError) as caught:
            await way.client().get("/meetings", {})
    assert type(caught.value) is SourceAwayError


@pytest.mark.parametrize("url", ["http://", "http://[bad", "http://127.0.0.1:99999", "nowhere"])
async def test_an_address_that_is_none_is_not_tried_again(url: str) -> None:
    async with way_to(url) as way:
        with pytest.raises(SourceRefusedError, match="not a usable address"):
            await way.client().get("/meetings", {})


async def failure_raised_by(raised: Exception) -> SourceAwayError:
    """Give what becomes of a failure of the connection that a loopback cannot have."""
    async with way_to("https://source.example.org") as way:
        with aioresponses() as responses:
            responses.get("https://source.example.org/meetings", exception=raised)
            with pytest.raises(SourceAwayError) as caught:
                await way.client().get("/meetings", {})
    return caught.value


KEY = ConnectionKey("source.example.org", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "no such name")), SourceAwayError, "no such name"),
        (aiohttp.ClientConnectorSSLError(KEY, OSError(1, "handshake failure")), SourceAwayError, "handshake failure"),
        (aiohttp.ClientConnectorCertificateError(KEY, OSError("expired")), SourceAwayError, "expired"),
        (aiohttp.ServerDisconnectedError(), SourceAwayError, "disconnected"),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), SourceAwayError, "reset by peer"),
        (aiohttp.ConnectionTimeoutError("no connection"), SourceTimeoutError, "within 5 s"),
    ],
    ids=["no such name", "no TLS", "bad certificate", "disconnected", "connection reset", "no connection in time"],
)
async def test_a_connection_that_fails_is_a_source_that_cannot_be_reached(
    raised: Exception, kind: type[SourceAwayError], said: str
) -> None:
    error = await failure_raised_by(raised)
    assert type(error) is kind
    assert said in str(error)


async def test_a_failure_without_words_is_told_by_its_name() -> None:
    assert str(await failure_raised_by(aiohttp.ClientConnectionError())) == "/meetings: ClientConnectionError"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"header": {"title": "Bad Request", "error": "no such day", "error_code": "E42"}},
            "HTTP 400 (E42 no such day)",
        ),
        ({"header": {"title": "Bad Request"}}, "HTTP 400 (Bad Request)"),
        ({"header": {"title": ""}}, "HTTP 400"),
        ({"header": "none"}, "HTTP 400"),
        ("<html>Bad Request</html>", "HTTP 400"),
        (b"\xff\xfe", "HTTP 400"),
        (b"", "HTTP 400"),
    ],
)
async def test_a_refusal_passes_on_what_the_source_says(body: dict[str, object] | str | bytes, words: str) -> None:
    error = await failure_of(sends(body, status=400))
    assert str(error) == f"/events/race-1: {words}"


async def test_a_refusal_passes_on_no_more_than_a_line() -> None:
    error = await failure_of(sends({"header": {"error": "no " * 10_000}}, status=404))
    assert type(error) is NotFoundError
    assert len(str(error)) < 300


@pytest.mark.parametrize(("status", "kind"), [(503, SourceFaultError), (429, SourceBusyError), (404, NotFoundError)])
async def test_a_long_error_body_does_not_hide_the_status(status: int, kind: type[SourceError]) -> None:
    error = await failure_of(sends(LONG_ERROR_BODY, status=status, content_type="text/html"))
    assert type(error) is kind


@pytest.mark.parametrize(("status", "kind"), [(429, SourceBusyError), (404, NotFoundError)])
async def test_an_unreadable_error_body_does_not_hide_the_status(status: int, kind: type[SourceError]) -> None:
    error = await failure_of(sends(b"{}", status=status, headers={**GZIP, "Retry-After": "60"}))
    assert type(error) is kind


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("120", 120.0),
        ("Thu, 17 Jul 2025 00:00:10 GMT", 10.0),
        ("Thu, 17 Jul 2025 12:00:10 +1200", 10.0),
        ("Thursday, 17-Jul-25 00:00:10 GMT", 10.0),
        ("Wed, 16 Jul 2025 23:59:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("", None),
        ("²", None),
        ("Thu, 99 Jul 2025 00:00:10 GMT", None),
        ("Thu, 17 Jul 2025 00:00:10 +9999999999999", None),
    ],
)
async def test_a_busy_source_says_how_long_it_wants_to_be_left_alone(retry_after: str, seconds: float | None) -> None:
    error = await failure_of(fails(429, Retry_After=retry_after))
    assert isinstance(error, SourceBusyError)
    assert error.retry_after_seconds == seconds


async def test_a_busy_source_that_wishes_nothing_wishes_nothing() -> None:
    error = await failure_of(fails(429))
    assert isinstance(error, SourceBusyError)
    assert error.retry_after_seconds is None


@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
async def test_the_longest_body_is_read_and_one_byte_more_is_a_misfit(headers: dict[str, str]) -> None:
    longest = b" " * BODY_LIMIT_BYTES
    pack = gzip.compress if headers else bytes
    async with way_to_a_server(sends(pack(longest), headers=headers), sends(pack(longest + b" "), headers=headers)) as (
        way,
        _,
    ):
        assert len(await way.client().get("/meetings", {})) == BODY_LIMIT_BYTES == 8 * 1024 * 1024
        with pytest.raises(MisfitError, match="longer than 8388608 bytes"):
            await way.client().get("/meetings", {})


@pytest.mark.parametrize("status", [200, 404])
async def test_a_gzip_bomb_is_refused_without_being_held_whole(status: int) -> None:
    bomb = gzip.compress(b"0" * 60_000_000)
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        error = await failure_of(sends(bomb, status=status, headers=GZIP))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not error.retryable
    assert peak_bytes < 30_000_000
    assert type(error) is (MisfitError if status == 200 else NotFoundError)
