"""The SDK's client made fit for a daemon: pooled, with timeouts, and errors of a kind."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final

import requests
from appwrite.client import Client
from appwrite.encoders.value_class_encoder import ValueClassEncoder
from loguru import logger
from requests import Response, Session
from urllib3.exceptions import HTTPError, ReadTimeoutError

from raceday_daemon.appwrite.refusals import Answer, error_of, not_an_api
from raceday_daemon.model.appwrite_errors import (
    AppwriteAwayError,
    AppwriteElsewhereError,
    AppwriteError,
    AppwriteMisfitError,
    AppwriteRefusedError,
    AppwriteTimeoutError,
    RowRefusedError,
)
from raceday_daemon.model.retry_after import retry_after_seconds
from raceday_daemon.ops.printable import printable
from raceday_daemon.ops.secrecy import Secrecy

BODY_LIMIT_BYTES: Final = 16_000_000
"""A page of 500 of our rows takes less than one."""

_ERROR_BODY_BYTES: Final = 64 * 1024
_PIECE_BYTES: Final = 64 * 1024
_WHOLE_ANSWER: Final = 4
"""How many times the read timeout a whole answer may take: that one bounds each silence alone."""
_MOST_WARNINGS: Final = 5


class FitClient(Client):
    """Asks Appwrite in the SDK's words, JSON only. Several threads may call it at once.

    Raises AppwriteAwayError (and its kinds) for what may pass, AppwriteRefusedError and AppwriteMisfitError for what
    won't; no message of theirs has the key.
    """

    def __init__(
        self,
        session: Session,
        endpoint: str,
        project_id: str,
        api_key: str,
        *,
        connect_timeout_seconds: float,
        read_timeout_seconds: float,
    ) -> None:
        """Use the session, which stays its owner's to close."""
        super().__init__()
        self.set_endpoint(endpoint)
        self.set_project(project_id)
        self.set_key(api_key)
        self._session = session
        self._connect_seconds = connect_timeout_seconds
        self._read_seconds = read_timeout_seconds
        self._secrecy = Secrecy([api_key])
        self._warnings: set[str] = set()

    def call(
        self,
        method: str,
        path: str = "",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        response_type: str = "json",
    ) -> dict[str, Any]:
        """Make one call; give the object that it answers, {} where it answers nothing."""
        if response_type != "json":
            raise NotImplementedError(response_type)
        asked = f"{method.upper()} {path}"
        with self._send(asked, path, {**self._global_headers, **(headers or {})}, params or {}) as response:
            if not 200 <= response.status_code < 300:
                raise self._refusal(asked, response)
            self._tell_warning(response.headers.get("x-appwrite-warning"))
            return self._json(response)

    def _send(self, asked: str, path: str, headers: Mapping[str, str], params: Mapping[str, Any]) -> Response:
        method = asked.partition(" ")[0]
        try:
            return self._session.request(
                method,
                self._endpoint + path,
                params=self.flatten(params) if method == "GET" else None,
                data=None if method == "GET" else _encoded(asked, params),
                headers={name: value for name, value in headers.items() if value},
                timeout=(self._connect_seconds, self._read_seconds),
                stream=True,
            )
        except requests.ConnectTimeout as error:
            raise AppwriteTimeoutError(self._away(f"no connection within {self._connect_seconds:g} s")) from error
        except requests.Timeout as error:
            raise AppwriteTimeoutError(self._silent()) from error
        except (requests.exceptions.InvalidHeader, UnicodeError):
            # The error's own words have the key.
            raise AppwriteRefusedError(
                "APPWRITE_API_KEY or APPWRITE_PROJECT_ID holds a character that cannot be sent: copy it anew", status=0
            ) from None
        except ValueError as error:
            # What is no usable address of a server or of a proxy; a proxy's may hold a password.
            raise AppwriteElsewhereError(
                f"APPWRITE_ENDPOINT: {self._endpoint}, or a proxy that the environment names, is no usable address",
                status=0,
            ) from error
        except requests.RequestException as error:
            raise AppwriteAwayError(self._away(_root_of(error))) from error

    def _refusal(self, asked: str, response: Response) -> AppwriteError:
        start = b""
        with suppress(HTTPError, AppwriteError):
            start = self._body(response, _ERROR_BODY_BYTES, whole=False)
        return error_of(
            Answer(
                endpoint=self._endpoint,
                asked=asked,
                status=response.status_code,
                body=self._secrecy.masked(start.decode(errors="replace")),
                location=self._secrecy.masked(response.headers.get("Location")),
                retry_after_seconds=retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC)),
            )
        )

    def _json(self, response: Response) -> dict[str, Any]:
        try:
            body = self._body(response, BODY_LIMIT_BYTES)
        except ReadTimeoutError as error:
            raise AppwriteTimeoutError(self._silent()) from error
        except HTTPError as error:
            raise AppwriteAwayError(self._away("the answer broke off or could not be unpacked")) from error
        if not body:
            return {}
        content_type = response.headers.get("Content-Type", "")
        if content_type.startswith("text/html"):
            raise AppwriteElsewhereError(not_an_api(self._endpoint), status=response.status_code)
        if not content_type.startswith("application/json"):
            raise AppwriteMisfitError(f"Appwrite at {self._endpoint} sent {printable(content_type)[:60]!r}, not JSON")
        try:
            answer = json.loads(body)
        except ValueError as error:
            raise AppwriteMisfitError(f"Appwrite at {self._endpoint} sent what is no JSON") from error
        if not isinstance(answer, dict):
            raise AppwriteMisfitError(f"Appwrite at {self._endpoint} sent JSON that is no object")
        return answer

    def _body(self, response: Response, limit_bytes: int, *, whole: bool = True) -> bytes:
        """Read the unpacked body piece by piece, so that neither a long one nor one that drips holds a thread."""
        until = monotonic() + _WHOLE_ANSWER * self._read_seconds
        body = bytearray()
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            body += piece
            if len(body) > limit_bytes:
                if not whole:
                    break
                raise AppwriteMisfitError(f"Appwrite at {self._endpoint} sent more than {limit_bytes:,} bytes")
            if monotonic() > until:
                raise AppwriteTimeoutError(self._silent())
        return bytes(body)

    def _tell_warning(self, warning: str | None) -> None:
        """Log what the server warns of, once, for close looks: mostly that the SDK is newer, which does no harm."""
        if warning and warning not in self._warnings and len(self._warnings) < _MOST_WARNINGS:
            self._warnings.add(warning)
            told = printable(self._secrecy.masked(warning))
            logger.debug("Appwrite sent a warning", action="appwrite_warning", warning=told)

    def _away(self, reason: str) -> str:
        return f"Appwrite at {self._endpoint} cannot be reached ({reason})"

    def _silent(self) -> str:
        return f"Appwrite at {self._endpoint} has not answered within {self._read_seconds:g} s"


def _encoded(asked: str, params: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(params, cls=ValueClassEncoder, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError) as error:
        raise RowRefusedError(f"{asked} would send what JSON cannot hold: {error}", status=0) from error


def _root_of(error: BaseException) -> str:
    """Give the words of what lies at the bottom: requests and urllib3 wrap it in layers of their own."""
    for _ in range(10):
        below = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(below, BaseException):
            break
        error = below
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return printable(" ".join(str(words).split()))[:300]
