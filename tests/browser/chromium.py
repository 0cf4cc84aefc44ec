"""Debian's Chromium, driven without a screen: pages whose every fault is noted."""

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(EXECUTABLE is None, reason="there is no chromium here: apt-get install chromium")

MOST_MS = 30_000
"""How long a test waits for what has to come; a quiet machine needs a small part of it."""
DESKTOP = (1280, 900)
PHONE = (360, 780)

_NOT_ANSWERING = re.compile(r"Failed to load resource: (net::ERR_|the server responded with a status of 503)")
_REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d ")
_KEYS_TO_ANYWHERE = 200

_STOP = """what => {
  const one = document.activeElement;
  const { width, top, bottom } = one.getBoundingClientRect();
  const isInView = width > 0 && bottom > 0 && top < innerHeight;
  const isMarked = [one, one.nextElementSibling].some((each) => each && getComputedStyle(each).outlineStyle !== 'none');
  return [one.outerHTML.slice(0, 80), one === document.body || (isInView && isMarked), one.matches(what)];
}"""
_TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll('*')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroller *'))
  .map((one) => `${one.tagName}.${one.getAttribute('class')} ${Math.round(one.getBoundingClientRect().right)}`)"""

Scheme = Literal["dark", "light"]


@dataclass
class Watched:
    """A page, and what went wrong on it: errors of its scripts, words on its console, requests to elsewhere."""

    page: Page
    url: str
    faults: list[str] = field(default_factory=list)
    may_not_answer: bool = False
    may_be_refused: bool = False

    def watch(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # A daemon that is down, or refuses, is told by the browser itself, whatever the page does.
        expected = (self.may_not_answer and _NOT_ANSWERING, self.may_be_refused and _REFUSED)
        if message.type in ("error", "warning") and not any(one.match(message.text) for one in expected if one):
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc and not request.url.startswith("data:"):
            self.faults.append(f"elsewhere: {request.url}")

    async def tab_to(self, selector: str) -> None:
        """Press Tab until what has the focus fits; at every stop it has to be seen that it has the focus."""
        for _ in range(_KEYS_TO_ANYWHERE):
            await self.page.keyboard.press("Tab")
            here, is_seen, fits = await self.page.evaluate(_STOP, selector)
            assert is_seen, f"nobody sees that the focus is on {here}"
            if fits:
                return
        raise AssertionError(f"no Tab leads to {selector}")

    async def too_wide(self) -> list[str]:
        """Give what reaches beyond the window's edge and can't be scrolled to within the page."""
        found: list[str] = await self.page.evaluate(_TOO_WIDE)
        return found

    async def until(self, expression: str, argument: Any = None) -> None:
        """Wait until something is true on the page."""
        await self.page.wait_for_function(expression, arg=argument, timeout=MOST_MS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@asynccontextmanager
async def watched(
    browser: Browser, url: str, *, size: tuple[int, int] = DESKTOP, scheme: Scheme = "light", still: bool = True
) -> AsyncIterator[Watched]:
    """Open a page of its own session; at the end nothing may have gone wrong on it."""
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce" if still else "no-preference",
        has_touch=size == PHONE,
    )
    page = await context.new_page()
    page.set_default_timeout(MOST_MS)
    one = Watched(page, url)
    one.watch()
    yield one
    await context.close()
    assert one.faults == []


async def serious_faults(page: Page) -> list[str]:
    """Give what axe finds of serious and critical faults, a line each."""
    results = await Axe().run(page)
    return [
        f"{fault['id']} ({fault['impact']}): {node['target']} {node['failureSummary']}"
        for fault in results.response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
