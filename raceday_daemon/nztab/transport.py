"""One exchange with the source: a call goes out, bytes or an error of a kind come back."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import aiohttp
from pydantic import BaseModel, ValidationError

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import (
    MisfitError,
    NotFoundError,
    SourceAwayError,
    SourceBusyError,
    SourceFaultError,
    SourceRefusedError,
    SourceTimeoutError,
)
from raceday_daemon.model.exchange import BODY_LIMIT_BYTES, NOT_RECORDED, Exchange, Recorder
from raceday_daemon.model.retry_after import retry_after_seconds
from raceday_daemon.nztab.proxy import proxy_for

_ERROR_BODY_BYTES = 64 * 1024
_CONNECT_SECONDS = 5.0
_CONNECTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Identification:
    """Who asks: sent as User-Agent, From, X-Partner and X-Partner-ID; what is None is not sent."""

    user_agent: str
    sender: str | None = None
    partner: str | None = None
    partner_id: str | None = None

    def headers(self) -> dict[str, str]:
        """Give the request headers."""
        asked = {"From": self.sender, "X-Partner": self.partner, "X-Partner-ID": self.partner_id}
        known = {name: value for name, value in asked.items() if value}
        return {"User-Agent": self.user_agent, "Accept": "application/json", "Accept-Encoding": "gzip", **known}


def open_session(timeout_seconds: float) -> aiohttp.ClientSession:
    """Open the one session for the process's life.

    It is told nothing of the environment: aiohttp would look there at every call, in a thread that it starts for that.
    """
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=timeout_seconds, connect=min(_CONNECT_SECONDS, timeout_seconds)),
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS, limit_per_host=_CONNECTIONS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


class Transport:
    """Makes single calls, without a second try: GET a path below `base_url`, get the bytes of a JSON answer.

    Every whole answer goes to `recorder`, also one that turns out not to be JSON.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        clock: Clock,
        identification: Identification,
        recorder: Recorder = NOT_RECORDED,
    ) -> None:
        """Use the session, which stays its owner's to close."""
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._identification = identification
        self._recorder = recorder

    async def get(
        self,
        path: str,
        params: Mapping[str, str],
        longest_seconds: float | None = None,
        due_at: datetime | None = None,
    ) -> bytes:
        """Give the body of a 200 answer that says it is JSON, within the session's time, or `longest_seconds` if less.

        `due_at` is the slot that asks, which is noted where the answer is recorded (None: no slot does).
        Raises SourceAwayError (and its kinds) for what may pass, SourceRefusedError and MisfitError for what won't.
        """
        timeout, asked_at = _no_longer_than(self._session.timeout, longest_seconds), self._clock.now()
        try:
            # A redirect would carry the identification to a place that nobody named.
            async with self._session.get(
                self._base_url + path, params=params, allow_redirects=False, timeout=timeout, **self._manner
            ) as response:
                if response.status != 200:
                    raise await self._refusal(path, response)
                exchange = Exchange(
                    path=path,
                    query=params,
                    asked_at=asked_at,
                    body=await _read(path, response, BODY_LIMIT_BYTES),
                    received_at=self._clock.now(),
                    due_at=due_at,
                    content_type=response.content_type,
                )
        except aiohttp.ConnectionTimeoutError as error:
            raise SourceTimeoutError(f"{path}: no connection within {timeout.connect:g} s") from error
        except TimeoutError as error:
            raise SourceTimeoutError(f"{path}: no whole answer within {timeout.total:g} s") from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, UnicodeError) as error:
            raise SourceRefusedError(f"{path}: not a usable address below {self._base_url}") from error
        except aiohttp.ClientPayloadError as error:
            raise SourceAwayError(
                f"{path}: the answer broke off or could not be unpacked ({_one_line(error)})"
            ) from error
        except aiohttp.ClientError as error:
            raise SourceAwayError(f"{path}: {_why_away(error)}") from error
        except ValueError as error:
            # The error's own words may hold the proxy's password.
            raise SourceRefusedError(f"{path}: a proxy named in the environment is no usable address") from error
        self._recorder.record(exchange)
        return json_body(exchange)

    @cached_property
    def _manner(self) -> dict[str, Any]:
        """Say how each call goes: its headers, and the proxy that the environment names for the source, if any."""
        headers, proxy = self._identification.headers(), proxy_for(self._base_url)
        if proxy is None:
            return {"headers": headers}
        if self._base_url.startswith("https:"):
            # The tunnel is asked for in plain words: the identification, kept out of the session, is not among them.
            return {"headers": headers, "proxy": proxy.address, "proxy_headers": proxy.headers}
        return {"headers": headers | proxy.headers, "proxy": proxy.address}

    async def _refusal(self, path: str, response: aiohttp.ClientResponse) -> Exception:
        said = _error_words(await _read_start(response, _ERROR_BODY_BYTES))
        message = f"{path}: HTTP {response.status}{said}"
        wish = retry_after_seconds(response.headers.get("Retry-After"), self._clock.now())
        if response.status == 429:
            return SourceBusyError(message, wish)
        if response.status == 408 or response.status >= 500:
            return SourceFaultError(message, wish)
        return NotFoundError(message) if response.status == 404 else SourceRefusedError(message)


def _no_longer_than(usual: aiohttp.ClientTimeout, longest_seconds: float | None) -> aiohttp.ClientTimeout:
    if longest_seconds is None or usual.total is None or longest_seconds >= usual.total:
        return usual
    return aiohttp.ClientTimeout(total=longest_seconds, connect=min(_CONNECT_SECONDS, longest_seconds))


def _why_away(error: aiohttp.ClientError) -> str:
    """Say why there was no answer: where nobody listens in the system's words, else in the library's."""
    if type(error) is not aiohttp.ClientConnectorError or not error.os_error.errno:
        return _one_line(error)
    return f"the source cannot be reached ({os.strerror(error.os_error.errno)})"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def json_body(exchange: Exchange) -> bytes:
    """Give the body of an answer; raises MisfitError for one that does not say that it is JSON."""
    if exchange.content_type != "application/json" and not exchange.content_type.endswith("+json"):
        raise MisfitError(f"{exchange.path}: the answer is {exchange.content_type}, not JSON")
    return exchange.body


async def _read(path: str, response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    """Read the unpacked body piece by piece, so that neither a long one nor a bomb is ever held whole."""
    body = bytearray()
    async for piece in response.content.iter_chunked(64 * 1024):
        body += piece
        if len(body) > limit_bytes:
            raise MisfitError(f"{path}: the answer is longer than {limit_bytes} bytes")
    return bytes(body)


async def _read_start(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    """Read what an error says of itself, as far as it can be read: the status has been told already."""
    body = bytearray()
    with suppress(aiohttp.ClientError, TimeoutError):
        async for piece in response.content.iter_chunked(limit_bytes):
            body += piece
            if len(body) >= limit_bytes:
                break
    return bytes(body)


class _ErrorHeader(BaseModel):
    title: str = ""
    error: str = ""
    error_code: str = ""


class _ErrorBody(BaseModel):
    header: _ErrorHeader


def _error_words(body: bytes) -> str:
    try:
        header = _ErrorBody.model_validate_json(body).header
    except ValidationError:
        return ""
    words = " ".join(word for word in (header.error_code, header.error or header.title) if word)
    return f" ({words[:200]})" if words else ""
