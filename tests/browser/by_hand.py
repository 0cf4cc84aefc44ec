"""What a test of the page writes by hand, and how it gets there."""

from typing import Any

from playwright.async_api import Page

from raceday_daemon.model.alerts import Notification
from raceday_daemon.store.race_queries import write
from tests.builders import RACE_ID, later
from tests.served_site import Shown


async def put(site: Shown, *records: Any) -> None:
    """Write records into the store of a site."""
    await site.house.store.transaction(lambda connection: write(connection, records))


def notification(**changes: Any) -> Notification:
    """Give what the page's user was told of the race."""
    facts: dict[str, Any] = {
        "notification_id": "told-1",
        "user_id": "me",
        "title": "Horse 1 firmed",
        "message": "Horse 1 firmed 5.00 to 4.00, Awapuni R1",
        "type": "odds_shortening",
        "race_id": RACE_ID,
        "event_timestamp": later(0),
        "created_at": later(0),
    }
    return Notification(**{**facts, **changes})


async def go(page: Page, site: Shown, where: str, ready: str) -> None:
    """Go to a place of the page, and wait until something is there."""
    await page.goto(f"{site.url}/{where}")
    await page.wait_for_selector(ready)
