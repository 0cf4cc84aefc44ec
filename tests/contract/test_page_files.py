"""The page's files over loopback HTTP: what is served, under which policy, and that nothing else is."""

import re
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from raceday_daemon.web import page_files
from raceday_daemon.web.page_files import POLICY
from tests.served_site import NAME, Shown, raw, shown

_PAGE = Path(page_files.__file__).with_name("page")
_FILES = sorted(path for path in _PAGE.iterdir() if path.is_file())
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


async def _got(site: Shown, path: str, **headers: str) -> tuple[int, Mapping[str, str], str]:
    async with aiohttp.ClientSession() as session, session.get(f"{site.url}{path}", headers=headers) as answer:
        return answer.status, answer.headers, await answer.text()


async def test_the_front_is_the_page(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        status, headers, text = await _got(site, "/")
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert text == (_PAGE / "index.html").read_text()


async def test_every_file_is_served_in_its_kind_under_the_policy(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        for file in _FILES:
            status, headers, text = await _got(site, f"/page/{file.name}")
            assert (status, text) == (200, file.read_text()), file.name
            assert headers["Content-Type"] == f"{_KINDS[file.suffix]}; charset=utf-8"
            assert headers["Content-Security-Policy"] == POLICY
            assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-cache")
            assert headers["Referrer-Policy"] == "no-referrer"


def test_the_policy_names_nothing_but_this_site() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert {name: rules[name] for name in ("script-src", "style-src", "connect-src")} == dict.fromkeys(
        ("script-src", "style-src", "connect-src"), "'self'"
    )
    assert {name: rules[name] for name in ("base-uri", "form-action", "frame-ancestors")} == dict.fromkeys(
        ("base-uri", "form-action", "frame-ancestors"), "'none'"
    )
    assert "unsafe" not in POLICY


async def test_a_file_that_the_browser_has_is_not_sent_again(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        _, headers, _ = await _got(site, "/page/main.js")
        status, again, text = await _got(site, "/page/main.js", **{"If-None-Match": headers["ETag"]})
        assert (status, text, again["ETag"]) == (304, "", headers["ETag"])
        assert again["Content-Security-Policy"] == POLICY
        status, _, _ = await _got(site, "/page/main.js", **{"If-None-Match": '"another"'})
        assert status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page/none.js",
        "/page/..%2fapp.py",
        "/page/%2e%2e/app.py",
        "/page/../app.py",
        "/page/..%5capp.py",
        "/page/%00main.js",
        "/page//etc/passwd",
        "/page/main.js%00.css",
    ],
)
async def test_no_path_leads_elsewhere(tmp_path: Path, path: str) -> None:
    async with shown(tmp_path) as site:
        answer = await raw(site.url, f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close")
        assert answer.split(b"\r\n")[0].split(b" ")[1] in (b"400", b"404")
        assert b"import" not in answer


async def test_a_stranger_s_name_gets_no_page(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        assert (await _got(site, "/", Host="evil.example"))[0] == 421
        assert (await _got(site, "/", Host=NAME))[0] == 200


async def test_the_page_is_there_while_the_daemon_starts(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        site.site.inside = None
        assert (await _got(site, "/"))[0] == 200
        assert (await _got(site, "/api/health"))[0] == 503


def test_the_files_name_no_other_address_and_hold_no_script_or_style_in_line() -> None:
    for file in _FILES:
        text = file.read_text()
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s'\"]*", text)) - {"http://www.w3.org/2000/svg"}
        assert not addresses, file.name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
        assert not re.search(r"@import|url\(\s*['\"]?(?!#)", text), file.name
    front = (_PAGE / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=", front)


def test_every_file_is_used() -> None:
    together = "".join(file.read_text() for file in _FILES)
    for file in _FILES:
        if file.name != "index.html":
            assert re.search(rf"(?:\./|page/){re.escape(file.name)}['\"]", together), file.name
