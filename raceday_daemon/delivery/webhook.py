"""The webhook: each notification posted to an address of the user's own, signed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from loguru import logger

from raceday_daemon.delivery.signing import body_of, signed_headers
from raceday_daemon.delivery.targets import WEBHOOK, is_loopback
from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import ChannelError, DeliveryAwayError, DeliveryRefusedError
from raceday_daemon.model.retry_after import retry_after_seconds
from raceday_daemon.nztab.proxy import proxy_for

LONGEST_SECONDS: Final = 10.0

_CONNECT_SECONDS: Final = 5.0
_KEPT_OPEN_SECONDS: Final = 2.0
"""Less than servers keep a connection: one that they have just closed would leave an attempt in doubt."""


class Webhook:
    """The channel; what it says of a failure names the host, and nothing else of the address."""

    name = WEBHOOK

    def __init__(self, session: aiohttp.ClientSession, url: str, key: bytes, clock: Clock, user_agent: str) -> None:
        """Post to the address, signed with the key, within the session's time; use `open_webhook`."""
        self._session = session
        self._url = url
        self._host = urlsplit(url).hostname or ""
        self._key = key
        self._clock = clock
        self._manner = _manner(url, {"Content-Type": "application/json", "User-Agent": user_agent})

    async def send(self, notification: Notification) -> None:
        """Post one notification; any answer of 2xx says that it has arrived. Raises as Channel.send does."""
        body = body_of(notification)
        signed = signed_headers(self._key, notification.notification_id, body, self._clock.now())
        manner = self._manner | {"headers": self._manner["headers"] | signed}
        try:
            # A redirect would carry the notification to a place that nobody named. The answer's body is not read.
            async with self._session.post(self._url, data=body, allow_redirects=False, **manner) as answer:
                self._judge(answer.status, answer.headers.get("Retry-After"))
        # None of these errors is named as the cause: their words may hold the address, or a proxy's password.
        except aiohttp.ConnectionTimeoutError:
            raise DeliveryAwayError(f"{self._host}: no connection within {self._session.timeout.connect:g} s") from None
        except TimeoutError:
            words = f"{self._host}: no answer within {self._session.timeout.total:g} s"
            raise DeliveryAwayError(words, may_have_arrived=True) from None
        except aiohttp.ClientConnectorError as error:
            raise DeliveryAwayError(f"{self._host}: {_why(error)}") from None
        except (aiohttp.ClientHttpProxyError, ValueError):
            why = (
                "the proxy that the environment names lets nobody there" if "proxy" in manner else "no host is named so"
            )
            raise DeliveryAwayError(f"{self._host}: {why}") from None
        except aiohttp.ClientError as error:
            words = f"{self._host}: the connection broke off before an answer ({type(error).__name__})"
            raise DeliveryAwayError(words, may_have_arrived=True) from None

    def _judge(self, status: int, retry_after: str | None) -> None:
        if 200 <= status < 300:
            return
        words = f"{self._host}: HTTP {status}"
        if status in (408, 429) or status >= 500:
            wish = retry_after_seconds(retry_after, self._clock.now())
            raise DeliveryAwayError(words, retry_after_seconds=wish)
        raise DeliveryRefusedError(f"{words}, a redirect that is not followed" if 300 <= status < 400 else words)


@asynccontextmanager
async def open_webhook(
    url: str, key: bytes, clock: Clock, user_agent: str, *, longest_seconds: float = LONGEST_SECONDS
) -> AsyncIterator[Webhook]:
    """Open the way to a webhook; nothing is sent yet. Says so where what is sent could be read on its way."""
    address = urlsplit(url)
    if address.scheme == "http" and not is_loopback(address.hostname or ""):
        logger.warning(
            "RACEDAY_WEBHOOK_URL is http: whoever is on the way to {host} can read the notifications",
            action="webhook_unencrypted",
            host=address.hostname,
        )
    session = aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=longest_seconds, connect=min(_CONNECT_SECONDS, longest_seconds)),
        connector=aiohttp.TCPConnector(limit=1, keepalive_timeout=_KEPT_OPEN_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    async with session:
        yield Webhook(session, url, key, clock, user_agent)


def _manner(url: str, headers: dict[str, str]) -> dict[str, Any]:
    """Say how each call goes: its headers, and the proxy that the environment names for the address, if any."""
    try:
        proxy = proxy_for(url)
    except ValueError:
        raise ChannelError("RACEDAY_WEBHOOK_URL: a proxy named in the environment is no usable address") from None
    if proxy is None:
        return {"headers": headers}
    if url.startswith("https:"):
        return {"headers": headers, "proxy": proxy.address, "proxy_headers": proxy.headers}
    return {"headers": headers | proxy.headers, "proxy": proxy.address}


def _why(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientSSLError):
        return "no secure connection (its certificate, or TLS itself)"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "there is no such host"
    return f"no connection ({error.os_error.strerror or type(error.os_error).__name__})"
