"""Pictures of the page, taken of a demo: those of the README, or all states in light and dark, on desktop and phone.

`python -m tests.browser.screenshots docs` makes the README's; `--all FOLDER` makes every one, to look at.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from playwright.async_api import Browser, Page

from tests.browser.chromium import Scheme, chromium
from tests.browser.demo import a_demo
from tests.end_to_end.daemon import Daemon

SPEED = 60
RACES = 40
_OVER = 3
"""So many races have to be over before the pictures are taken."""
_SECONDS_MOST = 240
_DESKTOP = (1280, 860)
_PHONE = (390, 844)

# Debian's usual font of the desktop is an odd one; where there is a better one it stands for the system's.
_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<match target="pattern"><test name="family" compare="not_eq"><string>monospace</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string><string>Liberation Sans</string></edit>
</match>
</fontconfig>"""


# Prices may be lit, but a note that is half there looks like a mistake.
_NOTES_STAND = """() => Promise.allSettled([...document.querySelectorAll('.toast')].flatMap(
  (note) => note.getAnimations().map((one) => one.finished)))"""


@dataclass(frozen=True)
class Picture:
    """A picture: of which address, ready once `ready` is there, how wide and high, in which colours."""

    name: str
    where: str
    ready: str
    size: tuple[int, int]
    scheme: Scheme
    whole: bool = False


def of_readme(races: dict[str, str]) -> list[Picture]:
    """Give the three of the README."""
    return [
        Picture("page-day", "#/", ".chip", _DESKTOP, "light"),
        Picture("page-race", f"#/race/{races['next']}", ".money td", (1280, 1160), "light"),
        Picture("page-phone", f"#/race/{races['next']}", ".money td", _PHONE, "dark"),
    ]


def of_all(races: dict[str, str]) -> list[Picture]:
    """Give every state on every screen."""
    states = [
        ("day", "#/", ".chip"),
        ("race", f"#/race/{races['next']}", ".money td"),
        ("result", f"#/race/{races['over']}", ".placings"),
        ("rules", "#/rules", "form.rule"),
        ("alerts", "#/alerts", ".alerts li"),
    ]
    screens: list[tuple[str, tuple[int, int]]] = [("desktop", _DESKTOP), ("phone", _PHONE)]
    schemes: list[Scheme] = ["light", "dark"]
    return [
        Picture(f"{name}-{screen}-{scheme}", where, ready, size, scheme, whole=True)
        for (name, where, ready), (screen, size), scheme in product(states, screens, schemes)
    ]


async def main(folder: Path, *, every: bool) -> None:
    """Take the pictures."""
    async with _surroundings() as (daemon, browser):
        await _make_rule(daemon.url)
        races = await _until_some_are_over(daemon.url)
        for picture in of_all(races) if every else of_readme(races):
            async with _opened(browser, picture, daemon.url) as page:
                await page.evaluate(_NOTES_STAND)
                await page.screenshot(path=folder / f"{picture.name}.png", full_page=picture.whole)
        if every:
            await _take_outage(folder, daemon, browser)


@asynccontextmanager
async def _surroundings() -> AsyncIterator[tuple[Daemon, Browser]]:
    with TemporaryDirectory(prefix="screenshots-") as name:
        place = Path(name)
        (place / "fonts.conf").write_text(_FONTS)
        os.environ["FONTCONFIG_FILE"] = str(place / "fonts.conf")
        async with a_demo(place / "data", place / "log", speed=SPEED, races=RACES) as daemon, chromium() as browser:
            yield daemon, browser


@asynccontextmanager
async def _opened(browser: Browser, picture: Picture, url: str) -> AsyncIterator[Page]:
    width, height = picture.size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        device_scale_factor=2 if picture.size == _PHONE else 1,
    )
    page = await context.new_page()
    await page.goto(f"{url}/{picture.where}")
    await page.wait_for_selector(picture.ready)
    # Something may move meanwhile: that is what the page is for.
    await page.wait_for_timeout(1_500)
    yield page
    await context.close()


async def _take_outage(folder: Path, daemon: Daemon, browser: Browser) -> None:
    screens: list[tuple[tuple[int, int], Scheme]] = [(_DESKTOP, "light"), (_PHONE, "dark")]
    pictures = [Picture(f"outage-{scheme}", "#/", ".chip", size, scheme) for size, scheme in screens]
    async with _opened(browser, pictures[0], daemon.url) as one, _opened(browser, pictures[1], daemon.url) as other:
        await daemon.stop()
        for page, picture in zip((one, other), pictures, strict=True):
            await page.wait_for_selector("body.old")
            await page.screenshot(path=folder / f"{picture.name}.png")


async def _make_rule(url: str) -> None:
    rule = {"user_id": "me", "alert_type": "odds_shortening", "threshold": 15, "window_seconds": 300}
    async with aiohttp.ClientSession() as session, session.post(f"{url}/api/rules", json=rule) as answer:
        answer.raise_for_status()


async def _until_some_are_over(url: str) -> dict[str, str]:
    """Wait for results; give the race that was over first, and one with some minutes left."""
    async with asyncio.timeout(_SECONDS_MOST), aiohttp.ClientSession() as session:
        while True:
            over = await _listed(session, f"{url}/api/races?status=Final")
            if len(over) >= _OVER:
                # Those that are late are passed over, and those that may be once the pictures are taken.
                coming = [race for race in await _listed(session, f"{url}/api/upcoming") if not race["is_late"]]
                return {"over": over[0]["race_id"], "next": coming[2]["race_id"]}
            await asyncio.sleep(1)


async def _listed(session: aiohttp.ClientSession, url: str) -> list[dict[str, Any]]:
    async with session.get(url) as answer:
        facts = await answer.json()
    return [{**race, "is_late": race["start_time"] < facts["now"]} for race in facts["races"]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--all", action="store_true", help="every state on every screen, to look at")
    wish = parser.parse_args(sys.argv[1:])
    wish.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(wish.folder, every=wish.all))
