"""The page of a day that stands still, in a real browser: what is shown of it, to everybody, and what is refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import DESKTOP, PHONE, Scheme, needs_chromium, serious_faults, watched
from tests.lived_day import NOW, RACES, lived_day
from tests.served_site import Shown, shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]


@dataclass
class Scene:
    """The site of the day, and the browser."""

    site: Shown
    browser: Browser

    @property
    def url(self) -> str:
        return self.site.url

    async def race_with(self, status: str) -> str:
        """Give the first race of a status."""
        facts = (await self.site.ask(f"/api/races?status={status}")).facts
        return str(facts["races"][0]["race_id"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = lived_day(tmp_path_factory.mktemp("page") / "data")
    async with shown(folder, host="127.0.0.1", now=NOW, zone_name="Pacific/Auckland") as site:
        yield Scene(site, browser)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_window(
    scene: Scene, size: tuple[int, int], scheme: Scheme
) -> None:
    races = [await scene.race_with("Open"), await scene.race_with("Final")]
    async with watched(scene.browser, scene.url, size=size, scheme=scheme) as one:
        await one.page.goto(scene.url)
        await one.page.wait_for_selector(".chip")
        found = {"day": await serious_faults(one.page)}
        places = [(f"#/race/{race}", "table.runners") for race in races]
        if (size, scheme) in ((DESKTOP, "light"), (PHONE, "dark")):
            # What these are made of has the same colours everywhere: twice is enough.
            places += [("#/alerts", ".alerts li"), ("#/rules", ".ruleitem")]
        for where, ready in places:
            await one.page.evaluate("hash => { location.hash = hash; }", where)
            await one.page.wait_for_selector(ready)
            assert await one.too_wide() == [], where
            found[where] = await serious_faults(one.page)
        assert {where: faults for where, faults in found.items() if faults} == {}


async def test_the_day_has_its_meetings_and_its_next_races_with_their_countdown(scene: Scene) -> None:
    facts = (await scene.site.ask("/api/meetings")).facts
    async with watched(scene.browser, scene.url) as one:
        await one.page.goto(scene.url)
        await one.page.wait_for_selector(".chip")
        assert await one.page.locator("h1").text_content() == "Thursday, 17 July"
        names = await one.page.locator(".meeting h3").all_text_contents()
        assert names == [meeting["meeting_name"] for meeting in facts["meetings"]]
        assert await one.page.locator(".chip").count() == RACES
        assert "NZST" in await one.page.locator(".sum").first.inner_text()


async def test_back_leads_back_and_a_link_leads_there_at_once(scene: Scene) -> None:
    race = await scene.race_with("Final")
    async with watched(scene.browser, scene.url) as one:
        await one.page.goto(scene.url)
        await one.page.locator(f'.chip[href="#/race/{race}"]').click()
        await one.page.wait_for_selector("table.placings")
        await one.page.go_back()
        await one.page.wait_for_selector(".meetings")
        await one.page.goto(f"{scene.url}/#/race/{race}")
        await one.page.wait_for_selector("table.dividends")
        one.may_be_refused = True
        await one.page.evaluate("() => { location.hash = '#/race/none'; }")
        await one.page.wait_for_selector("text=There is no such race here")
        await one.page.evaluate("() => { location.hash = '#/nowhere'; }")
        await one.page.wait_for_selector("text=There is no such page")
