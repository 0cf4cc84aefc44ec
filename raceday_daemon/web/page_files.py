"""The page's files, as they lie in the package: a fixed list, read once, under a policy that lets in nothing else."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from raceday_daemon.web.shown import Routes

_FOLDER: Final = Path(__file__).with_name("page")
_FRONT: Final = "index.html"
_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Nothing of another place, nothing written into the page, no text that becomes markup."""

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    # Kept, but asked for again: a new version of the daemon is never mixed with an old page.
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    content_type: str
    etag: str


class PageFiles:
    """Serves the page at `/`, and what it is made of below `/page/`."""

    def __init__(self) -> None:
        """Read the files, some hundred KB."""
        self._files = {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}

    def routes(self) -> Routes:
        """Give what is answered."""
        return {"/": self._front, "/page/{name}": self._named}

    async def _front(self, request: web.Request) -> web.Response:
        return _answer(request, self._files[_FRONT])

    async def _named(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound(text="the page has no such file")
        return _answer(request, file)


def _answer(request: web.Request, file: _File) -> web.Response:
    is_known = any(tag.value == file.etag for tag in request.if_none_match or ())
    answer = (
        web.Response(status=304)
        if is_known
        else web.Response(body=file.body, content_type=file.content_type, charset="utf-8")
    )
    answer.headers.update(_HEADERS)
    answer.headers["ETag"] = f'"{file.etag}"'
    return answer


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16])
