"""The event stream over loopback HTTP: what is told when something has changed, to whom, and what it costs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from raceday_daemon.model.alerts import MORE_ALERTS, Notification
from raceday_daemon.model.poll import Poll
from raceday_daemon.model.status import ChannelStatus
from raceday_daemon.simulator.plan import RacePlan
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving as serving_day
from raceday_daemon.store.race_queries import write
from raceday_daemon.web.access import Gatekeeper
from raceday_daemon.web.api.door import Door
from raceday_daemon.web.events.event import RACE, News
from raceday_daemon.web.events.hub import Hub
from raceday_daemon.web.events.newsroom import Newsroom
from raceday_daemon.web.events.stream import MOST_STREAMS, Stream
from raceday_daemon.web.rates import Rates
from raceday_daemon.web.server import serving
from tests.builders import RACE_ID, entrant, later, meeting, race
from tests.fakes.clock import FakeClock
from tests.heard import Ear, listening
from tests.lived_day import DAY
from tests.served_site import Shown, shown
from tests.simulated import FIRST
from tests.workbench import rows

TOKEN = "correct-horse-battery-staple"


@dataclass
class Day:
    """A site of a daemon whose looks go to a simulated day, half an hour before the first start."""

    site: Shown
    clock: FakeClock
    races: tuple[RacePlan, ...]

    async def look(self, place: int = 0) -> int:
        """Look at a race; give the rows written."""
        house = self.site.house
        look = await house.intake.look_at_race(house.source(), self.races[place].race_id, "Open", reason="test")
        return look.poll.rows_written


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Day]:
    clock = FakeClock(FIRST - timedelta(minutes=30))
    plan = plan_day(1, FIRST, races=3, every_seconds=360)
    async with (
        serving_day(Simulator(plan, clock)) as url,
        shown(tmp_path, host="127.0.0.1", clock=clock, source_url=url) as site,
    ):
        await site.house.runner().run("meetings", DAY)
        yield Day(site, clock, plan.races)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Shown]:
    """A site with one race, of which nothing was told yet."""
    async with shown(tmp_path, host="127.0.0.1") as site:
        await put(site, meeting(), race(), entrant(1))
        yield site


async def put(site: Shown, *records: Any) -> None:
    await site.house.store.transaction(lambda connection: write(connection, records))


async def record(site: Shown, race_id: str = RACE_ID, rows_written: int = 1) -> None:
    """Leave the record of a look, as any process does that has taken one."""
    poll = Poll(
        race_id=race_id,
        due_at=None,
        began_at=later(0),
        ended_at=later(0),
        reason="test",
        outcome="ok" if rows_written else "unchanged",
        rows_written=rows_written,
    )
    await site.house.records.add_poll(poll)


def told(number: int, **changes: Any) -> Notification:
    return Notification(
        **{
            "notification_id": f"n-{number}",
            "user_id": "ann",
            "title": "It moved",
            "message": f"It moved {number} times.",
            "type": "odds_drift",
            "race_id": RACE_ID,
            "event_timestamp": later(0),
            "created_at": later(1),
            **changes,
        }
    )


async def begun(ear: Ear) -> None:
    """Hear the beginning."""
    assert (await ear.next()).kind == "hello"
    assert (await ear.next()).kind == "status"


async def test_it_begins_with_the_daemons_life_and_how_things_stand(site: Shown) -> None:
    async with listening(site.url) as ear:
        assert ear.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert ear.response.headers["Cache-Control"] == "no-store"
        assert ear.response.headers["X-Content-Type-Options"] == "nosniff"
        hello, status = await ear.next(), await ear.next()
    health = (await site.ask("/api/health")).facts
    assert (hello.kind, hello.event_id) == ("hello", None)
    assert hello.data == {
        "version": health["version"],
        "life": health["life"],
        "time": health["time"],
        "with_alerts": True,
    }
    assert (status.kind, status.event_id, status.data) == ("status", None, health["health"])


async def test_a_look_that_changes_a_race_is_one_event_with_all_of_its_cells(day: Day) -> None:
    async with listening(day.site.url) as ear, listening(day.site.url) as other:
        await begun(ear)
        assert await day.look() > 0
        heard = await ear.next("race")
        assert (await other.next("race")) == heard
        view = (await day.site.ask(f"/api/races/{day.races[0].race_id}")).facts
        assert heard.data["version"] == view["version"]
        assert heard.data["race"] == view["race"]
        assert heard.data["pools"] == view["pools"]
        assert heard.data["bucket"] == view["timeline"][-1]
        for cells, runner in zip(heard.data["runners"], view["runners"], strict=True):
            assert cells == {name: runner[name] for name in cells}
            assert {"fixed_win_odds", "pool_win_odds", "win_pool_percentage", "is_scratched"} <= cells.keys()


async def test_a_look_that_changes_nothing_is_told_to_nobody(day: Day) -> None:
    async with listening(day.site.url) as ear:
        await begun(ear)
        await day.look()
        assert (await ear.next("race")).data["race"]["race_id"] == day.races[0].race_id
        assert await day.look() == 0
        await day.look(1)
        assert (await ear.next("race")).data["race"]["race_id"] == day.races[1].race_id


async def test_a_card_with_other_races_says_that_the_day_has_changed(tmp_path: Path) -> None:
    clock = FakeClock(FIRST - timedelta(minutes=30))
    plan = plan_day(1, FIRST, races=3, every_seconds=360)
    async with (
        serving_day(Simulator(plan, clock)) as url,
        shown(tmp_path, clock=clock, source_url=url) as site,
        listening(site.url) as ear,
    ):
        await begun(ear)
        await site.house.runner().run("meetings", DAY)
        assert (await ear.next("day")).data == {"racing_day": "2025-07-17"}
        heard = {(await ear.next("race")).data["race"]["race_id"] for _ in plan.races}
        assert heard == {one.race_id for one in plan.races}
        clock.advance(1)
        await site.house.runner().run("statuses", DAY)
        assert await ear.silence("day", "race", seconds=1.3)


async def test_what_another_process_has_written_is_told_by_its_record(site: Shown) -> None:
    async with listening(site.url) as ear:
        await begun(ear)
        await put(site, entrant(1, fixed_win_odds=3.5, last_updated=later(5)))
        await record(site)
        heard = await ear.next("race")
        assert heard.data["runners"][0]["fixed_win_odds"] == 3.5
        await record(site)
        await record(site, rows_written=0)
        await record(site, "a race that is not stored")
        assert await ear.silence("race", seconds=1.3)


async def test_alerts_are_told_as_they_are_written_and_what_counts_the_rest_again_and_again(site: Shown) -> None:
    await put(site, told(1))
    async with listening(site.url) as ear, listening(site.url, "?user=bob") as bob:
        await begun(ear)
        await begun(bob)
        await put(site, told(2), told(3, user_id="bob"))
        listed = (await site.ask("/api/alerts")).facts["alerts"]
        first, second = await ear.next("alert"), await ear.next("alert")
        assert [first.data, second.data] == [listed[1], listed[0]]
        assert (await bob.next("alert")).data["notification_id"] == "n-3"
        for count in (1, 2, 3):
            await put(site, told(4, type=MORE_ALERTS, message=f"{count} more"))
            assert (await ear.next("alert")).data["message"] == f"{count} more"
        assert await ear.silence("alert", seconds=1.3)


@pytest.mark.parametrize(
    ("host", "token", "headers", "with_alerts"),
    [
        ("127.0.0.1", None, {}, True),
        ("127.0.0.1", None, {"X_Forwarded_For": "10.0.0.1"}, False),
        ("0.0.0.0", None, {}, False),
        ("0.0.0.0", TOKEN, {}, False),
        ("0.0.0.0", TOKEN, {"Authorization": f"Bearer {TOKEN}"}, True),
    ],
)
async def test_alerts_are_told_to_those_alone_who_may_see_them(
    tmp_path: Path, host: str, token: str | None, headers: dict[str, str], with_alerts: bool
) -> None:
    async with shown(tmp_path, host=host, token=token) as site, listening(site.url, **headers) as ear:
        await put(site, meeting(), race())
        assert (await ear.next("hello")).data["with_alerts"] is with_alerts
        await put(site, told(1))
        await asyncio.sleep(0.1)
        await put(site, entrant(1, last_updated=later(5)))
        await record(site)
        kinds = [(await ear.next("alert", "race")).kind]
        if kinds == ["race"] and with_alerts:
            kinds = [(await ear.next("alert", "race")).kind]
        assert kinds == (["alert"] if with_alerts else ["race"])


@pytest.mark.parametrize(
    ("host", "headers", "is_told"),
    [("127.0.0.1", {}, True), ("127.0.0.1", {"X_Forwarded_For": "10.0.0.1"}, False), ("0.0.0.0", {}, False)],
)
async def test_the_ways_to_people_are_told_to_those_alone_who_may_see_what_goes_there(
    tmp_path: Path, host: str, headers: dict[str, str], is_told: bool
) -> None:
    async with shown(tmp_path, host=host) as site:
        counts: dict[str, Any] = dict.fromkeys(("waiting", "sent", "refused", "expired", "uncertain", "dropped"), 0)
        phone = ChannelStatus(
            channel="anns-phone",
            oldest=None,
            last_sent_at=None,
            failure="ann's number is unknown",
            **counts,
        )
        site.site.inside = replace(site.inside, channels=lambda: asyncio.sleep(0, (phone,)))
        health = (await site.ask("/api/health", **headers)).facts["health"]
        assert [one["channel"] for one in health["channels"]] == (["anns-phone"] if is_told else [])
        async with listening(site.url, **headers) as ear:
            assert (await ear.next("status")).data == health
        # The status goes by the machine that asks, wherever it is served.
        assert bool((await site.ask("/api/status", **headers)).facts["channels"]) is (not headers)


async def test_a_wrong_token_gets_no_stream(tmp_path: Path) -> None:
    async with shown(tmp_path, token=TOKEN) as site:
        assert (await site.ask("/api/events", Authorization="Bearer wrong")).status == 401


async def test_who_comes_back_is_told_what_came_meanwhile(day: Day) -> None:
    async with listening(day.site.url) as ear:
        await begun(ear)
        await day.look(0)
        last = await ear.next("race")
    await day.look(1)
    async with listening(day.site.url) as other:
        await other.next("hello")
        await day.look(2)
        await other.next("race")
    last_id = str(last.event_id)
    for query, headers in (("", {"Last_Event_ID": last_id}), (f"?last_event_id={last_id}", {})):
        async with listening(day.site.url, query, **headers) as back:
            assert (await back.next()).kind == "hello"
            heard = [(await back.next("race")).data["race"]["race_id"] for _ in range(2)]
            assert set(heard) == {one.race_id for one in day.races[1:]}
    async with listening(day.site.url, Last_Event_ID="20010101T000000000Z-5") as back:
        assert (await back.next("reset", "race")).data == {"reason": "what came since is no longer known"}


async def test_files_that_cannot_be_read_for_a_while_lose_no_news(day: Day, tmp_path: Path) -> None:
    inside = day.site.inside
    async with listening(day.site.url) as ear:
        await begun(ear)
        day.site.site.inside = replace(inside, data_dir=tmp_path / "nowhere")
        await day.look()
        assert await ear.silence("race", seconds=0.5)
        day.site.site.inside = inside
        assert (await ear.next("race")).data["race"]["race_id"] == day.races[0].race_id


async def test_before_the_daemon_has_begun_there_is_no_stream(site: Shown) -> None:
    site.site.inside = None
    answer = await site.ask("/api/events")
    assert (answer.status, answer.facts) == (503, {"error": "the daemon is starting"})


async def test_a_site_that_closes_ends_its_streams(site: Shown) -> None:
    async with AsyncExitStack() as ears:
        async with serving(site.site.app(), "127.0.0.1", 0) as url:
            ear = await ears.enter_async_context(listening(url))
            await begun(ear)
        with pytest.raises(ConnectionError, match="the stream has ended"):
            await ear.next(seconds=10)


@dataclass
class Bench:
    """A stream by itself, with its hub."""

    url: str
    hub: Hub


@asynccontextmanager
async def bench(site: Shown, **changes: Any) -> AsyncIterator[Bench]:
    """Serve the stream of a site's files alone, with other limits than the site's."""
    hub = Hub("life")
    newsroom = Newsroom(hub, lambda: site.inside, changes.pop("linger_seconds", 60.0))
    gatekeeper = Gatekeeper("127.0.0.1", None)
    stream = Stream(site.site, hub, newsroom, gatekeeper, **changes)
    app = web.Application()
    app.add_routes(Door(gatekeeper, Rates()).routes([stream.endpoint()]))
    app.cleanup_ctx.append(stream.working)
    app.on_shutdown.append(stream.end_all)
    async with serving(app, "127.0.0.1", 0) as url:
        yield Bench(url, hub)


async def until_heard_by(hub: Hub, number: int) -> None:
    async with asyncio.timeout(30):
        while hub.listening != number:  # noqa: ASYNC110 - the hub tells nobody of it
            await asyncio.sleep(0.02)


def unread(url: str) -> socket.socket:
    """Open a stream, and never read from it."""
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.sendall(f"GET /api/events HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return connection


async def test_who_never_reads_is_dropped_and_the_others_go_on(site: Shown) -> None:
    async with bench(site, unread_seconds=0.5) as served, listening(served.url) as ear:
        await begun(ear)
        connection = unread(served.url)
        await until_heard_by(served.hub, 2)
        for number in range(400):
            served.hub.publish([News(RACE, f"{RACE} {number % 100}", b'"' + b"x" * 20_000 + b'"')])
            if number % 20 == 0:
                await asyncio.sleep(0.01)
        await until_heard_by(served.hub, 1)
        served.hub.publish([News(RACE, f"{RACE} last", b'"last"')])
        while (await ear.next("race", "reset")).data != "last":
            pass
        connection.close()


async def test_who_hangs_up_is_forgotten_though_nothing_happens(site: Shown) -> None:
    async with bench(site) as served:
        async with listening(served.url) as ear:
            await begun(ear)
            assert served.hub.listening == 1
        await until_heard_by(served.hub, 0)


async def test_only_so_many_streams_are_served(site: Shown) -> None:
    async with bench(site) as served, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        streams = [await session.get(f"{served.url}/api/events") for _ in range(MOST_STREAMS)]
        assert {one.status for one in streams} == {200}
        beyond = await session.get(f"{served.url}/api/events")
        assert (beyond.status, beyond.headers["Retry-After"]) == (503, "5")
        for one in (*streams, beyond):
            one.close()
        await until_heard_by(served.hub, 0)


async def test_nothing_is_kept_once_nobody_has_listened_for_a_while(day: Day) -> None:
    async with bench(day.site, linger_seconds=0.0) as served:
        async with listening(served.url) as ear:
            await begun(ear)
            await day.look(0)
            last = await ear.next("race")
        await until_heard_by(served.hub, 0)
        await asyncio.sleep(1.5)
        await day.look(1)
        async with listening(served.url, Last_Event_ID=str(last.event_id)) as back:
            assert (await back.next("reset", "race")).kind == "reset"
            await day.look(2)
            assert (await back.next("race")).data["race"]["race_id"] == day.races[2].race_id


async def test_a_stream_writes_nothing(site: Shown, tmp_path: Path) -> None:
    before = rows(tmp_path / "ops.db", "SELECT count(*) FROM polls")
    async with listening(site.url) as ear:
        await begun(ear)
    assert rows(tmp_path / "ops.db", "SELECT count(*) FROM polls") == before
