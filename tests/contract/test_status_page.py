"""The page at / over loopback HTTP: what it tells, to whom it does no harm, and that it loads nothing."""

import re
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import aiohttp
import pytest

from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.changes import Record
from raceday_daemon.model.job import JobRun
from raceday_daemon.model.poll import Poll
from raceday_daemon.model.status import OnwardStatus, StandingBy
from raceday_daemon.store.race_queries import write
from raceday_daemon.web.hosts import is_here
from tests.builders import RACE_ID, later, meeting, race
from tests.served_site import Shown, shown, watch_a_race

HOSTILE = "<script>alert(1)</script>\u202e\"'&"


@dataclass(frozen=True)
class Page:
    """A page that came back."""

    status: int
    headers: dict[str, str]
    source: str

    @property
    def text(self) -> str:
        """What is to be read, tags apart."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*</style>", "", self.source, flags=re.S)))

    @property
    def tags(self) -> list[str]:
        """Every tag that is opened."""
        found: list[str] = []

        class Reader(HTMLParser):
            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                found.extend((tag, *(name for name, _ in attrs if name.startswith("on"))))

        Reader().feed(self.source)
        return found


async def page(site: Shown) -> Page:
    async with aiohttp.ClientSession() as session, session.get(f"{site.url}/status") as answer:
        return Page(answer.status, dict(answer.headers), await answer.text())


async def test_it_tells_what_the_status_tells(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await watch_a_race(site)
        at = later(-60)
        missed = Poll(
            race_id=RACE_ID, due_at=at, began_at=at, ended_at=at, reason="stalled", outcome="missed", race_status="Open"
        )
        await site.house.records.add_poll(missed)
        run = JobRun(
            job="races", racing_day=date(2025, 7, 17), started_at=later(-9), finished_at=later(-8), status="ok"
        )
        await site.house.records.add_job_run(replace(run, processed=4))
        found = await page(site)
        assert found.status == 200
        for words in (
            "1 races watched",
            "breakers: poll closed",
            "rows stay on this machine",
            "00:40:00 Awapuni R1 00:50:00 Open - 0",
            "last hour 0 0 0 0 1 stalled 1",
            "races 2025-07-17 ok 4 0 0 00:39:52",
            "racing day 2025-07-17",
        ):
            assert words in found.text
        for place in ("/readyz", "/metrics", "/api/status"):
            assert f'href="{place}"' in found.source


async def test_what_people_were_told_is_shown_on_this_machine_alone(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        at = later(-60)
        told = Notification(
            notification_id="1",
            user_id="ann",
            title="t",
            message=f"Ruji firmed {HOSTILE}",
            type="odds_below",
            event_timestamp=at,
            created_at=at,
        )
        await site.house.store.transaction(lambda connection: write(connection, [told]))
        site.site.inside = inside = replace(site.inside, invalid_rules=lambda: 1)
        found = await page(site)
        assert "Alerts told at user what 00:39:00 ann Ruji firmed &lt;script&gt;" in found.text
        assert "0 rules (1 invalid), 1 notifications today" in found.text
        assert "script" not in found.tags
        told_by_json = (await site.ask("/api/status")).facts["alerts"]
        assert (told_by_json["invalid"], told_by_json["newest"][0]["user_id"]) == (1, "ann")
        strangers = (await inside.status(site.site.holder)).for_strangers()
        assert (strangers.alerts.today, strangers.alerts.newest) == (1, ())


@pytest.mark.parametrize(
    ("remote", "here"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("::ffff:127.0.0.1", True)]
    + [(other, False) for other in ("192.168.1.7", "0.0.0.0", "::", "fe80::1", "localhost", "", None)],
)
def test_this_machine_is_known_by_the_address_of_the_connection(remote: str | None, here: bool) -> None:
    assert is_here(remote) is here


async def test_it_runs_nothing_loads_nothing_and_stands_in_no_frame(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        found = await page(site)
        assert found.headers["Content-Type"] == "text/html; charset=utf-8"
        assert found.headers["Referrer-Policy"] == "no-referrer"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        (style,) = re.findall(r"<style>(.*)</style>", found.source, re.S)
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert found.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'"
        )
        assert "prefers-color-scheme: dark" in style
        assert 'name="viewport"' in found.source
        assert not {"script", "img", "link", "iframe", "form"} & set(found.tags)
        assert "://" not in found.source


async def test_whatever_the_source_calls_a_race_is_text(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        card: list[Record] = [meeting(meeting_name=HOSTILE), race(imported_at=later(-3600), status=f"Open{HOSTILE}")]
        await site.house.store.transaction(lambda connection: write(connection, card))
        await site.supervisor.compare()
        site.supervisor.broken.add(f"{HOSTILE}-id")
        failing = OnwardStatus(
            waiting=2, oldest=later(-60), refused=1, left_out=0, failing_since=later(-30), failure=HOSTILE
        )
        other = StandingBy(holder=HOSTILE, since=later(-60), last_heard_of=later(0), trouble=None)

        async def onward() -> OnwardStatus:
            return failing

        site.site.inside = replace(site.inside, onward=onward, standing_by=lambda: other)
        found = await page(site)
        assert found.source.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5
        assert "script" not in found.tags
        assert "\u202e" not in found.source
        assert "Appwrite refuses 1 rows" in found.text


async def test_a_daemon_that_starts_and_files_that_cannot_be_read_have_a_page_too(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        site.site.inside = replace(site.inside, data_dir=tmp_path / "nowhere")
        unread = await page(site)
        assert (unread.status, "nowhere/ops.db: cannot be read" in unread.text) == (503, True)
        site.site.inside = None
        starting = await page(site)
        assert (starting.status, "the daemon is starting" in starting.text) == (503, True)
        assert starting.headers["Content-Security-Policy"].startswith("default-src 'none'")
