"""The page before what a test has written: odd words, odd times, closed doors, rules made and refused."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser

from raceday_daemon.model.job import FAILED, JobRun
from tests.browser.by_hand import go, notification, put
from tests.browser.chromium import PHONE, needs_chromium, watched
from tests.builders import RACE_ID, START, entrant, later, meeting, pools, race, results
from tests.served_site import NAME, shown, watch_a_race

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

TOKEN = "correct horse battery staple"
HOSTILE = {
    "markup": "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
    "direction": "\u202egnisrever \u2066never closed \u05d0\u05d1\u05d2",
    "controls": "Be\x07ll\x1b[31m\x00 \u2028line\nbreak\u200b",
    "endless": "Endless" * 1500,
    "accents": "Z" + "\u0335\u0322\u0489" * 300,
    "entities": "&lt;b&gt; ${alert(1)} {{7*7}} javascript:alert(1)",
}
_NOTHING_STRANGE = r"""() => {
  const strange = document.querySelector('main img, main script, main iframe, main [onerror], main style, #toasts img');
  const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u;
  return !strange && document.title !== 'owned' && !controls.test(document.body.textContent);
}"""
_ISOLATED = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (/[\\u05d0-\\u05ea]/u.test(walker.currentNode.data) && !parent.closest('bdi, option, title')) return false;
  }
  return true;
}"""


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
async def test_words_of_the_source_are_words_and_nothing_else(browser: Browser, tmp_path: Path, words: str) -> None:
    name = words[:255]
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url, size=PHONE) as one:
        await put(
            site,
            meeting(meeting_name=name, weather=name, track_condition=name, rail_position=name, first_race_start=START),
            race(name=name, weather=name, track_condition=name, protest=True, protest_reason=words),
            race(race_id="race-2", race_number=2, name=words, status="Final"),
            *(
                entrant(number, name=words, jockey=words, trainer_name=words, silk_colours=words, fixed_win_odds=4.5)
                for number in (1, 2)
            ),
            pools(win_pool_total=100),
            results(
                results_data='[{"position":1,"name":"<b>x</b>","margin_length":"<i>"}]',
                dividends_data='[{"product_name":"<u>Win","dividend":2.5,"description":"<b>1"}]',
            ),
            notification(title=words, message=words, user_id=name[:100]),
        )
        for where, ready in (("#/", ".chip"), (f"#/race/{RACE_ID}", ".runners tbody tr"), ("#/alerts", ".alerts li")):
            await go(one.page, site, where, ready)
            assert await one.page.evaluate(_NOTHING_STRANGE), where
            assert await one.page.evaluate(_ISOLATED), where
            assert await one.too_wide() == [], where
            assert len(await one.page.inner_text("main")) < 20_000
        await go(one.page, site, f"#/race/{RACE_ID}", ".runners tbody tr")
        await one.page.click(".bell >> nth=0")
        await one.page.wait_for_selector("dialog[open]")
        assert await one.page.evaluate(_NOTHING_STRANGE)


async def test_at_night_it_says_until_when_there_is_no_racing(browser: Browser, tmp_path: Path) -> None:
    tomorrow = START + timedelta(days=1, hours=-1, minutes=-10)
    async with (
        shown(tmp_path, host="127.0.0.1", zone_name="Pacific/Auckland") as site,
        watched(browser, site.url) as one,
    ):
        await go(one.page, site, "", ".night")
        assert "No racing today as yet" in await one.page.inner_text(".night")
        assert "No meetings yet" in await one.page.inner_text("main")
        assert "imported early in the morning" in await one.page.inner_text(".night")
        day = site.house.clock.now()
        await site.house.records.add_job_run(
            JobRun(job="meetings", racing_day=day.date(), started_at=day, finished_at=day, status=FAILED)
        )
        await go(one.page, site, "?failed", ".night:has-text('could not be had from the source')")
        assert "import failed" in await one.page.inner_text("#health")
        await put(site, meeting(date=tomorrow.date()), race(start_time=tomorrow))
        await go(one.page, site, "?again", ".night")
        assert "No racing until 11:40 NZST" in await one.page.inner_text(".night")
        assert "Friday, 18 July" in await one.page.inner_text(".night")


async def test_a_race_that_is_late_in_protest_and_stale_says_so(browser: Browser, tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1", now=later(90, START)) as site, watched(browser, site.url) as one:
        await watch_a_race(site)
        loop = site.supervisor.loops[RACE_ID]
        loop.standing = replace(loop.standing, failures=3)
        await put(site, race(protest=True, protest_reason="Interference. "))
        await go(one.page, site, "", ".next .late")
        assert "Late 1:3" in await one.page.inner_text(".next .late .countdown")
        assert "Stale" in await one.page.inner_text(".next")
        assert "1 race stale" in await one.page.inner_text("#health")
        label = await one.page.get_attribute(".chip", "aria-label") or ""
        assert "Late, protest, stale" in label
        await go(one.page, site, f"#/race/{RACE_ID}", ".racehead")
        assert await one.page.locator(".badge").all_inner_texts() == ["Late", "Protest", "Stale: looks fail"]
        assert "Interference. The source" in await one.page.inner_text(".racehead")


async def test_a_zone_that_the_browser_does_not_know_is_told_as_utc(browser: Browser, tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url) as one:
        site.site.zone_name = "Mars/Olympus_Mons"
        await put(site, meeting(first_race_start=START), race())
        await go(one.page, site, "", ".chip")
        assert await one.page.inner_text(".chip .time") == "00:50"
        await one.page.wait_for_selector("#zone:text-is('UTC')")


async def test_a_refusal_is_shown_at_the_field_that_it_is_about(browser: Browser, tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url) as one:
        one.may_be_refused = True
        await go(one.page, site, "#/rules", "form.rule")
        await one.page.click("form.rule button:not([type])")
        refusal = "Price shortens needs a threshold in %"
        await one.page.wait_for_selector(f"#new-threshold-refusal:has-text('{refusal}')")
        await one.page.fill("[name=threshold]", "500")
        await one.page.click("form.rule button:not([type])")
        await one.page.wait_for_selector("#new-threshold-refusal:has-text('out of range')")
        assert "out of range" in await one.page.inner_text("#new-threshold-refusal")
        assert await one.page.evaluate("() => document.activeElement.name") == "threshold"
        assert await one.page.get_attribute("[name=threshold]", "aria-invalid") == "true"
        await one.page.click("summary")
        await one.page.fill("[name=threshold]", "5")
        await one.page.fill("[name=user]", " ")
        await one.page.click("form.rule button:not([type])")
        await one.page.wait_for_selector("#new-user-refusal:not(:empty)")
        assert await one.page.inner_text("#new-threshold-refusal") == ""
        assert (await site.ask("/api/rules")).facts["rules"] == []


async def test_a_rule_is_made_for_a_runner_switched_off_and_removed(browser: Browser, tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url) as one:
        await put(site, meeting(first_race_start=START), race(), entrant(1, name="Iron Magpie"), entrant(2))
        await go(one.page, site, f"#/race/{RACE_ID}", ".bell")
        await one.page.click('[aria-label*="Iron Magpie"].bell')
        await one.page.wait_for_selector("dialog[open]")
        await one.page.select_option("dialog[open] [name=type]", "odds_below")
        await one.page.fill("dialog[open] [name=threshold]", "3.5")
        await one.page.click("dialog[open] button:not([type])")
        await one.page.wait_for_selector("dialog[open]", state="detached")
        rule = (await site.ask("/api/rules")).facts["rules"][0]
        assert (rule["alert_type"], rule["threshold"], rule["entrant"]) == ("odds_below", 3.5, "runner-1")
        await go(one.page, site, "#/rules", ".ruleitem")
        assert "Price at or below 3.50" in await one.page.inner_text(".ruleitem")
        assert "Iron Magpie" in await one.page.inner_text(".ruleitem")
        await one.page.click(".ruleitem [role=switch]")
        await one.page.wait_for_selector(".ruleitem.off")
        assert (await site.ask("/api/rules")).facts["rules"][0]["enabled"] is False
        await one.page.click(".ruleitem .remove")
        await one.page.click(".ruleitem .remove.sure")
        await one.page.wait_for_selector(".ruleitem", state="detached")
        assert (await site.ask("/api/rules")).facts["rules"] == []


async def test_where_the_site_is_served_to_others_it_says_why_rules_are_closed(
    browser: Browser, tmp_path: Path
) -> None:
    async with shown(tmp_path, host=NAME) as site, watched(browser, site.url) as one:
        await put(site, meeting(first_race_start=START), race(), entrant(1), notification())
        await go(one.page, site, "#/rules", ".shut")
        assert "RACEDAY_API_TOKEN" in await one.page.inner_text(".shut")
        assert await one.page.is_hidden(".shut button")
        assert await one.page.locator("form.rule").count() == 0
        await go(one.page, site, "#/alerts", ".shut")
        assert "Horse 1 firmed" not in await one.page.inner_text("main")
        await go(one.page, site, f"#/race/{RACE_ID}", ".bell")
        await one.page.click(".bell")
        await one.page.wait_for_selector("#toasts :text('RACEDAY_API_TOKEN')")


async def test_with_the_token_rules_and_alerts_open_and_a_wrong_one_is_refused(
    browser: Browser, tmp_path: Path
) -> None:
    async with shown(tmp_path, host="127.0.0.1", token=TOKEN) as site, watched(browser, site.url) as one:
        one.may_be_refused = True
        await put(site, meeting(first_race_start=START), race(), notification())
        await go(one.page, site, "#/alerts", ".shut")
        await one.page.click(".shut button")
        await one.page.fill("#token", "wrong")
        await one.page.keyboard.press("Enter")
        await one.page.wait_for_selector("#token-refusal:not(:empty)")
        await one.page.fill("#token", TOKEN)
        await one.page.keyboard.press("Enter")
        await one.page.wait_for_selector(".alerts li")
        assert "Horse 1 firmed" in await one.page.inner_text(".alerts")
        await put(site, notification(notification_id="told-2", title="Horse 2 drifted", message="Horse 2 drifted"))
        await one.page.wait_for_selector(".alerts :text('Horse 2 drifted')")
        assert await one.page.evaluate("() => Object.values(localStorage).join()") == ""


async def test_without_a_script_it_says_where_to_look(browser: Browser, tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site:
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(site.url)
        assert "/status" in await page.inner_text("noscript")
        await context.close()
