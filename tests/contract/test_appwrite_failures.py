"""What the way to Appwrite makes of a server that is away, slow, wrong, or refuses: one kind and one sentence each."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from aiohttp import web
from appwrite.services.tables_db import TablesDB
from loguru import logger

from raceday_daemon.appwrite.connection import open_appwrite
from raceday_daemon.model.appwrite_errors import (
    AppwriteAwayError,
    AppwriteBusyError,
    AppwriteConflictError,
    AppwriteElsewhereError,
    AppwriteError,
    AppwriteFaultError,
    AppwriteFullError,
    AppwriteKeyError,
    AppwriteMisfitError,
    AppwriteMissingError,
    AppwriteRefusedError,
    AppwriteTimeoutError,
    RowMissingError,
    RowRefusedError,
)
from tests.appwrite_way import DATABASE, KEY, PROJECT, appwrite_answering, appwrite_at, refuses
from tests.fakes.answering_server import Gate, Handler, answering, breaks_off, drips, hangs_up, never, sends

FOUND = sends({"$id": DATABASE, "type": "tablesdb"})
HTML = sends("<!DOCTYPE html><html>no such page</html>", status=404, content_type="text/html")
UNAUTHORIZED = "The current user is not authorized to perform the requested action."
MISSING_SCOPE = 'app.races@service.localhost (role: applications) missing scopes (["tables.write","collections.write"])'
GUEST = 'User (role: guests) missing scopes (["tables.read"])'
INVALID = 'Invalid document structure: Missing required attribute "name"'


def get(tables: TablesDB) -> object:
    return tables.get(DATABASE)


def upsert(tables: TablesDB) -> object:
    return tables.upsert_rows(DATABASE, "entrants", [{"$id": "e1"}])


async def failure_of(answer: Handler, **options: float) -> AppwriteError:
    async with appwrite_answering(answer, **options) as (appwrite, _):
        with pytest.raises(AppwriteError) as caught:
            await appwrite.ask(upsert)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "expected", "kind", "retryable"),
    [
        pytest.param(refuses(408, "general_timeout"), AppwriteFaultError, "fault", True, id="408"),
        pytest.param(refuses(429, "general_rate_limit_exceeded"), AppwriteBusyError, "throttled", True, id="429"),
        pytest.param(refuses(500, "general_unknown", "Server Error"), AppwriteFaultError, "fault", True, id="500"),
        pytest.param(sends("bad gateway", status=502), AppwriteFaultError, "fault", True, id="502 of a proxy"),
        pytest.param(hangs_up, AppwriteAwayError, "unreachable", True, id="the connection ends without an answer"),
        pytest.param(breaks_off, AppwriteAwayError, "unreachable", True, id="the connection ends in the answer"),
        pytest.param(refuses(401, "user_unauthorized", UNAUTHORIZED), AppwriteKeyError, "key", False, id="401"),
        pytest.param(refuses(403, "user_blocked"), AppwriteKeyError, "key", False, id="403"),
        pytest.param(refuses(404, "database_not_found"), AppwriteMissingError, "missing", False, id="no database"),
        pytest.param(refuses(404, "table_not_found"), AppwriteMissingError, "missing", False, id="no table"),
        pytest.param(refuses(404, "project_not_found"), AppwriteElsewhereError, "elsewhere", False, id="no project"),
        pytest.param(
            refuses(404, "general_route_not_found"), AppwriteElsewhereError, "elsewhere", False, id="no route"
        ),
        pytest.param(HTML, AppwriteElsewhereError, "elsewhere", False, id="a web page"),
        pytest.param(refuses(404, "row_not_found"), RowMissingError, "row_missing", False, id="no row"),
        pytest.param(refuses(409, "row_already_exists"), AppwriteConflictError, "conflict", False, id="exists"),
        pytest.param(refuses(409, "transaction_conflict"), AppwriteConflictError, "conflict", False, id="conflict"),
        pytest.param(refuses(400, "row_invalid_structure", INVALID), RowRefusedError, "row_refused", False, id="row"),
        pytest.param(refuses(400, "document_invalid_structure"), RowRefusedError, "row_refused", False, id="at commit"),
        pytest.param(refuses(400, "general_argument_invalid"), RowRefusedError, "row_refused", False, id="argument"),
        pytest.param(refuses(413, "general_too_large"), RowRefusedError, "row_refused", False, id="too large"),
        pytest.param(refuses(400, "column_limit_exceeded"), AppwriteFullError, "full", False, id="a full table"),
        pytest.param(refuses(402, "plan_limit"), AppwriteFullError, "full", False, id="the plan's limit"),
        pytest.param(refuses(400, "general_bad_request"), AppwriteRefusedError, "refused", False, id="another 400"),
        pytest.param(
            refuses(404, "transaction_not_found"), AppwriteRefusedError, "refused", False, id="no transaction"
        ),
        pytest.param(sends("{"), AppwriteMisfitError, "misfit", False, id="garbage"),
        pytest.param(sends("[1]"), AppwriteMisfitError, "misfit", False, id="a list"),
        pytest.param(sends("x", content_type="text/plain"), AppwriteMisfitError, "misfit", False, id="200 text"),
        pytest.param(sends("<p>", content_type="text/html"), AppwriteElsewhereError, "elsewhere", False, id="200 HTML"),
        pytest.param(sends({"rows": "none"}), AppwriteMisfitError, "misfit", False, id="another shape"),
    ],
)
async def test_an_answer_becomes_an_error_of_its_kind(
    answer: Handler, expected: type[AppwriteError], kind: str, retryable: bool
) -> None:
    error = await failure_of(answer)
    assert type(error) is expected
    assert (error.kind, error.retryable) == (kind, retryable)


async def test_a_refusal_keeps_the_servers_own_words() -> None:
    error = await failure_of(refuses(400, "row_invalid_structure", INVALID))
    assert isinstance(error, AppwriteRefusedError)
    assert (error.status, error.type, error.said) == (400, "row_invalid_structure", INVALID)
    assert str(error) == f"Appwrite refuses what PUT /tablesdb/raceday-db/tables/entrants/rows sent: {INVALID}"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (HTML, "APPWRITE_ENDPOINT: what answers at {endpoint} is not Appwrite's API for tables; "),
        (
            refuses(404, "project_not_found"),
            "Appwrite at {endpoint} has no such project: APPWRITE_PROJECT_ID is the project's id, not its name",
        ),
        (
            refuses(404, "table_not_found", "Table with the requested ID 'entrants' could not be found."),
            "Table with the requested ID 'entrants' could not be found.: `raceday-daemon setup` makes what is missing",
        ),
        (
            refuses(401, "general_unauthorized_scope", MISSING_SCOPE),
            "the API key in APPWRITE_API_KEY lacks the scope tables.write or collections.write:"
            " add it to the key in Appwrite's console",
        ),
        (
            refuses(401, "general_unauthorized_scope", GUEST),
            "Appwrite does not know the API key: put a key of that very project into APPWRITE_API_KEY",
        ),
        (
            refuses(401, "user_unauthorized", UNAUTHORIZED),
            f"Appwrite refuses the API key in APPWRITE_API_KEY ({UNAUTHORIZED}):"
            " put a key of that very project there that has not expired",
        ),
    ],
)
async def test_what_is_set_wrongly_is_told_in_a_sentence_that_says_what_to_do(answer: Handler, sentence: str) -> None:
    async with appwrite_answering(answer) as (appwrite, server):
        with pytest.raises(AppwriteRefusedError) as caught:
            await appwrite.ask(upsert)
        assert str(caught.value).startswith(sentence.format(endpoint=f"{server.url}/v1"))


async def test_an_endpoint_without_v1_is_told_what_it_lacks() -> None:
    async with appwrite_answering(HTML) as (_, server), appwrite_at(server.url) as appwrite:
        with pytest.raises(AppwriteElsewhereError, match=r"it usually ends in /v1$"):
            await appwrite.ask(get)


async def test_a_redirect_is_not_followed_and_its_place_is_named() -> None:
    async with appwrite_answering(sends({})) as (_, elsewhere):
        there = sends("", status=308, headers={"Location": f"{elsewhere.url}/v1/tablesdb/raceday-db?secret=1"})
        async with appwrite_answering(there) as (appwrite, _):
            with pytest.raises(AppwriteElsewhereError, match=f"sends its callers on to {elsewhere.url}/v1: name"):
                await appwrite.ask(get)
        assert elsewhere.requests == []


@pytest.mark.parametrize("answer", [never, drips], ids=["hangs", "drips for ever"])
async def test_a_server_that_does_not_come_to_an_end_is_a_timeout(answer: Handler) -> None:
    error = await failure_of(answer, read_timeout_seconds=0.2)
    assert type(error) is AppwriteTimeoutError
    assert str(error).endswith("has not answered within 0.2 s")


async def test_a_refused_connection_says_so_and_keeps_its_cause() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with appwrite_at(f"http://127.0.0.1:{port}/v1") as appwrite:
        with pytest.raises(AppwriteAwayError) as caught:
            await appwrite.ask(get)
    assert str(caught.value) == f"Appwrite at http://127.0.0.1:{port}/v1 cannot be reached (Connection refused)"
    assert caught.value.__cause__ is not None


async def test_the_pause_that_the_server_asks_for_is_kept() -> None:
    error = await failure_of(refuses(429, "general_rate_limit_exceeded", Retry_After="17"))
    assert isinstance(error, AppwriteBusyError)
    assert error.retry_after_seconds == 17
    later = await failure_of(refuses(503, "general_unknown", Retry_After="Wed, 01 Jan 2200 00:00:00 GMT"))
    assert isinstance(later, AppwriteFaultError)
    assert (later.retry_after_seconds or 0) > 1e9


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "unpacked"])
async def test_a_body_that_is_too_large_is_not_held(packed: bool) -> None:
    async def floods(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        if packed:
            response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        while True:
            await response.write(b" " * 1_000_000)

    assert type(await failure_of(floods)) is AppwriteMisfitError


async def test_a_packed_answer_is_unpacked() -> None:
    async def packs(request: web.Request) -> web.StreamResponse:
        response = web.json_response({"$id": DATABASE, "name": "x" * 300_000, "type": "tablesdb"})
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with appwrite_answering(packs) as (appwrite, _):
        assert len((await appwrite.ask(lambda tables: tables.get(DATABASE))).name) == 300_000


async def test_a_value_that_json_cannot_hold_is_the_rows_own_fault() -> None:
    async with appwrite_answering(sends({})) as (appwrite, server):
        with pytest.raises(RowRefusedError, match="what JSON cannot hold"):
            await appwrite.ask(lambda tables: tables.upsert_row(DATABASE, "entrants", "e1", {"odds": float("nan")}))
        assert server.requests == []


@pytest.mark.parametrize("key", ["two\nlines_of_a_key_0123", "an_\N{EURO SIGN}_in_a_key_0123"])
async def test_a_key_that_cannot_be_sent_is_told_without_showing_it(key: str) -> None:
    async with appwrite_answering(sends({})) as (_, server):
        async with open_appwrite(f"{server.url}/v1", PROJECT, key, DATABASE) as appwrite:
            with pytest.raises(AppwriteRefusedError) as caught:
                await appwrite.ask(get)
        assert server.requests == []
    assert key not in f"{caught.value!r} {caught.value.__cause__!r}"


@pytest.fixture
def log() -> Iterator[list[str]]:
    lines: list[str] = []
    handler = logger.add(lines.append, level="TRACE", format="{level} {message} {extra} {exception}", diagnose=False)
    yield lines
    logger.remove(handler)


async def test_the_servers_warning_is_logged_once_for_close_looks_and_not_printed(
    log: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    warns = sends({"$id": DATABASE, "type": "tablesdb"}, headers={"x-appwrite-warning": f"The SDK is newer. {KEY}"})
    async with appwrite_answering(warns) as (appwrite, _):
        for _ in range(3):
            await appwrite.ask(get)
    (told,) = [line for line in log if "The SDK is newer." in line]
    assert told.startswith("DEBUG")
    assert told.count("The SDK is newer.") == 1
    assert KEY not in told
    assert "Warning" not in capfd.readouterr().err


async def test_the_key_is_in_no_error_even_when_the_server_repeats_it() -> None:
    error = await failure_of(refuses(400, "general_bad_request", f"the key {KEY} is odd"))
    assert isinstance(error, AppwriteRefusedError)
    assert KEY not in f"{error} {error.said} {error!r}"


async def test_a_caller_that_gives_up_is_free_at_once_and_its_thread_a_moment_later() -> None:
    gate = Gate(FOUND)
    async with appwrite_answering(gate, FOUND, threads=1) as (appwrite, _):
        task = asyncio.create_task(appwrite.ask(get))
        await gate.reached.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        gate.open()
        assert (await appwrite.ask(lambda tables: tables.get(DATABASE))).id == DATABASE


async def test_threads_come_free_again_by_the_timeout() -> None:
    answers = (never, FOUND)
    async with appwrite_answering(*answers, threads=1, read_timeout_seconds=0.2) as (appwrite, _):
        with pytest.raises(AppwriteTimeoutError):
            await appwrite.ask(get)
        assert (await appwrite.ask(lambda tables: tables.get(DATABASE))).id == DATABASE


async def test_closing_waits_for_no_answer() -> None:
    gate = Gate(FOUND)
    async with answering(gate) as server:
        async with appwrite_at(f"{server.url}/v1", read_timeout_seconds=60) as appwrite:
            task = asyncio.create_task(appwrite.ask(get))
            await gate.reached.wait()
        assert not task.done()
        gate.open()
        await task


async def test_calls_go_side_by_side_over_connections_that_are_kept() -> None:
    together, seen = asyncio.Event(), set[object]()

    async def answers(request: web.Request) -> web.StreamResponse:
        seen.add(request.transport)
        if len(server.requests) == 3:
            together.set()
        await together.wait()
        return web.json_response({"$id": DATABASE, "type": "tablesdb"})

    async with appwrite_answering(answers, threads=3) as (appwrite, server):
        await asyncio.gather(*(appwrite.ask(get) for _ in range(3)))
        for _ in range(6):
            await appwrite.ask(get)
    assert len(seen) == 3


async def test_the_environments_proxy_is_asked_and_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async with appwrite_answering(FOUND) as (_, proxy):
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        async with appwrite_at("http://appwrite.example.org/v1") as appwrite:
            monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
            await appwrite.ask(get)
        (request,) = proxy.requests
    assert request.headers["Host"] == "appwrite.example.org"
