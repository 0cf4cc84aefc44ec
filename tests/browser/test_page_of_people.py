"""What people have of the page: rules by its form, alerts by whose they are, notes that cover nothing."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.alerting import band, rule
from tests.browser.by_hand import go, notification, put
from tests.browser.chromium import needs_chromium, watched
from tests.builders import RACE_ID, START, entrant, later, meeting, race
from tests.served_site import shown

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

_SUBMIT = "form.rule button:not([type])"
_CLEAR_OF_NOTES = """selector => {
  const notes = [...document.querySelectorAll('.toast')].map((one) => one.getBoundingClientRect());
  const apart = (one, other) =>
    one.right <= other.left || one.left >= other.right || one.bottom <= other.top || one.top >= other.bottom;
  const buttons = [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect());
  return notes.length > 0 && buttons.length > 0 && buttons.every((one) => notes.every((note) => apart(one, note)));
}"""


async def test_a_rule_that_was_made_is_told_and_heads_the_list_before_the_bands(
    browser: Browser, tmp_path: Path
) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url) as one:
        bands = [
            band(low, low + 5, rule_id=f"b{low}", user_id="a", display_order=place) for place, low in ((2, 5), (1, 9))
        ]
        await put(site, *bands, rule("scratched", None, rule_id="z", user_id="zoe", created_at=later(-60)))
        await go(one.page, site, "#/rules", "form.rule")
        assert await one.page.input_value("[name=user]") == "me"
        assert await one.page.is_visible("[name=user]")
        await one.page.fill("[name=threshold]", "15")
        await one.page.select_option("[name=window]", "300")
        await one.page.click(_SUBMIT)
        words = "Price shortens by 15% within 5 min"
        await one.page.wait_for_selector(f"[role=status].made:text-is('Made: {words}, every race, for me.')")
        await one.page.wait_for_selector(f".ruleitem:first-child:has-text('{words}')")
        listed = await one.page.locator(".ruleitem .what").all_inner_texts()
        assert listed == [words, "Scratching", "Band of 9\u201314%", "Band of 5\u201310%"]
        await one.page.fill("[name=threshold]", "15")
        assert await one.page.inner_text(".made") == ""
        await one.page.click(_SUBMIT)
        await one.page.wait_for_selector(".made:has-text('There already, now as asked')")


async def test_what_was_refused_goes_once_its_field_or_the_type_is_another(browser: Browser, tmp_path: Path) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url) as one:
        one.may_be_refused = True
        await go(one.page, site, "#/rules", "form.rule")
        for change in (
            lambda: one.page.fill("[name=threshold]", "5"),
            lambda: one.page.select_option("[name=type]", "race_start"),
        ):
            await one.page.fill("[name=threshold]", "")
            await one.page.click(_SUBMIT)
            await one.page.wait_for_selector("#new-threshold-refusal:not(:empty)")
            await change()
            assert await one.page.inner_text("#new-threshold-refusal") == ""
            assert await one.page.get_attribute("[name=threshold]", "aria-invalid") is None
        assert await one.page.inner_text("label[for=new-threshold]") == "Seconds before the start"
        assert await one.page.get_attribute("[name=threshold]", "placeholder") == "120"


async def test_what_bands_tell_is_in_the_list_alone_and_the_list_can_be_one_user_s(
    browser: Browser, tmp_path: Path
) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url) as one:
        await put(site, meeting(first_race_start=START), race(), band(5, 10, rule_id="b", user_id="Default User"))
        await put(site, notification(notification_id="old", title="Horse 3 firmed", message="Horse 3 firmed"))
        await go(one.page, site, "#/rules", ".ruleitem")
        of_band = notification(
            notification_id="n-1", title="Banded", message="Banded", rule_id="b", user_id="Default User"
        )
        await put(site, of_band, notification(notification_id="n-2", title="Wanted", message="Wanted"))
        await one.page.wait_for_selector("#toasts :text('Wanted')")
        assert "Banded" not in await one.page.inner_text("#toasts")
        assert (await one.page.inner_text("#unread")).split() == ["1", "new"]
        await go(one.page, site, "#/alerts", ".alerts li:has-text('Banded')")
        await one.page.select_option("#whose", "me")
        await one.until("() => document.querySelectorAll('.alerts li').length === 2")
        assert await one.page.locator(".alerts .headline").all_inner_texts() == ["Wanted", "Horse 3 firmed"]
        await put(site, notification(notification_id="n-3", title="Other", message="Other", user_id="bob"))
        await put(site, notification(notification_id="n-4", title="Mine", message="Mine"))
        await one.page.wait_for_selector(".alerts li:first-child:has-text('Mine')")
        await one.page.reload()
        await one.page.wait_for_selector(".alerts li")
        assert await one.page.locator(".alerts .headline").all_inner_texts() == ["Mine", "Wanted", "Horse 3 firmed"]
        await one.page.select_option("#whose", "")
        await one.page.wait_for_selector(".alerts li:has-text('Other')")


@pytest.mark.parametrize(
    ("size", "where", "buttons", "at_the_end"),
    [
        ((1280, 700), "#/rules", ".ruleitem .remove", False),
        ((1280, 700), f"#/race/{RACE_ID}", ".bell", False),
        ((900, 700), "#/rules", ".ruleitem .remove", True),
        ((390, 700), "#/rules", ".ruleitem .remove", True),
    ],
)
async def test_notes_cover_no_button_or_can_be_scrolled_clear_of_it(
    browser: Browser, tmp_path: Path, size: tuple[int, int], where: str, buttons: str, *, at_the_end: bool
) -> None:
    async with shown(tmp_path, host="127.0.0.1") as site, watched(browser, site.url, size=size) as one:
        await put(site, meeting(first_race_start=START), race(), *(entrant(number) for number in range(1, 15)))
        await put(site, *(rule("scratched", None, rule_id=f"r{number}") for number in range(12)))
        await go(one.page, site, where, buttons)
        await put(site, *(notification(notification_id=f"n-{number}") for number in range(3)))
        await one.until("() => document.querySelectorAll('.toast').length === 3")
        if at_the_end:
            await one.until("() => document.documentElement.style.getPropertyValue('--notes') !== '0px'")
            await one.page.evaluate("() => window.scrollTo(0, document.documentElement.scrollHeight)")
        assert await one.page.evaluate(_CLEAR_OF_NOTES, buttons)
