"""Who may see and write rules and what people were told: by where the site is served, by the token, by the request."""

import hmac
from typing import Final
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, web

from raceday_daemon.model.health import Access
from raceday_daemon.web.hosts import is_here

_SETTING: Final = "RACEDAY_API_TOKEN"
_PROXIED: Final = ("Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Via")
_PROXIED_FROM: Final = "x-forwarded-"
_OPEN: Final = Access(may_read=True, may_write=True, needs_token=False, why_not=None)


class Gatekeeper:
    """Decides by the settings; market data and status are everybody's who can reach the site."""

    def __init__(self, host: str, token: str | None) -> None:
        """Guard a site served on `host`; with a token whoever has it is let in, and nobody else."""
        self._is_loopback = host == "localhost" or is_here(host)
        self._token = token.encode() if token else None

    def access(self, request: web.Request) -> Access:
        """Say what a caller may do."""
        if self._token is None:
            return self._access_without_token(request)
        if self._has_token(request):
            return _OPEN
        return _closed("rules and notifications need the token: send Authorization: Bearer with it", needs_token=True)

    def has_wrong_token(self, request: web.Request) -> bool:
        """Say whether a caller tried a token that is not the right one."""
        return self._token is not None and "Authorization" in request.headers and not self._has_token(request)

    def may_be_told(self, request: web.Request) -> bool:
        """Say whether a caller may see what people were told of late in the status, wherever that is served."""
        return self._has_token(request) if self._token else _is_here(request)

    def _access_without_token(self, request: web.Request) -> Access:
        if not self._is_loopback:
            return _closed(
                f"rules and notifications are closed where the site is served to others: set {_SETTING} to open them"
            )
        if not _is_here(request):
            return _closed(f"rules and notifications are open to this machine alone: set {_SETTING} to open them")
        return _OPEN

    def _has_token(self, request: web.Request) -> bool:
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        if self._token is None or scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(sent.strip().encode("utf-8", "surrogateescape"), self._token)


def refuse_cross_site(request: web.Request) -> None:
    """Raise HTTPForbidden for a request that a page of another site has made a browser send."""
    origins = request.headers.getall("Origin", [])
    sites = request.headers.getall("Sec-Fetch-Site", [])
    if any(site.strip().lower() not in ("same-origin", "none") for site in sites) or not all(
        _is_own(origin, request.host) for origin in origins
    ):
        raise web.HTTPForbidden(text="this was sent by a page of another site")


def _is_own(origin: str, host: str) -> bool:
    # A browser gives the origin's host and port as it gives them in Host; behind TLS the scheme is not known here.
    try:
        parts = urlsplit(origin.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.strip().lower() and not parts.path


def _is_here(request: web.Request) -> bool:
    """Say whether a request was sent on this machine, and no proxy has passed it on."""
    return is_here(request.remote) and not _is_passed_on(request)


def _is_passed_on(request: web.Request) -> bool:
    # nginx names nobody unless it is told to, but speaks HTTP/1.0 then, as no browser or curl does.
    return (
        request.version < HttpVersion11
        or any(name in request.headers for name in _PROXIED)
        or any(name.lower().startswith(_PROXIED_FROM) for name in request.headers)
    )


def _closed(why_not: str, *, needs_token: bool = False) -> Access:
    return Access(may_read=False, may_write=False, needs_token=needs_token, why_not=why_not)
