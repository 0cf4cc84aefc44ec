"""The daemon's site, served on loopback in front of a house that is put together by hand."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from raceday_daemon.cadence.profile import PROFILES
from raceday_daemon.metrics.answers import Answers
from raceday_daemon.metrics.metrics import Metrics
from raceday_daemon.model.changes import Record
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.race_loop import Tools
from raceday_daemon.polling.schedule import ApSchedule
from raceday_daemon.polling.supervisor import Supervisor
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.write_probe import WriteProbe
from raceday_daemon.web.access import Gatekeeper
from raceday_daemon.web.app import Site
from raceday_daemon.web.inside import Inside
from raceday_daemon.web.rates import WRITES_A_MINUTE
from raceday_daemon.web.rule_book import RuleBook
from raceday_daemon.web.server import serving
from tests.builders import later, meeting, race
from tests.fakes.clock import FakeClock
from tests.workbench import House, open_house

SINCE = "2025-07-17T00:00:00.000Z"
NAME = "races.example"
"""The host that the site is told to be served on: a name that it may be asked by."""
FURTHER = "raceday-daemon"
"""A further one, such as a container has."""

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What came back: `facts` is its JSON."""

    status: int
    headers: Headers
    facts: Any


@dataclass
class Shown:
    """A site that is served, and the house behind it."""

    url: str
    site: Site
    house: House
    supervisor: Supervisor
    inside: Inside

    async def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        return await self.send(path, method, None, **headers)

    async def send(self, path: str, method: str, sent: Any, **headers: str) -> Answer:
        """Send JSON, or bytes as they are; the names of headers have _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if sent is not None:
            named.setdefault("Content-Type", "application/json")
        body = sent if sent is None or isinstance(sent, bytes) else json.dumps(sent).encode()
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"{self.url}{path}", headers=named, data=body) as answer,
        ):
            facts = await answer.json() if answer.status not in (204, 304) else None
            return Answer(answer.status, answer.headers, facts)


@asynccontextmanager
async def shown(
    folder: Path,
    *,
    host: str = NAME,
    token: str | None = None,
    now: datetime | None = None,
    clock: FakeClock | None = None,
    source_url: str = "http://127.0.0.1:9",
    writes_a_minute: int = WRITES_A_MINUTE,
    zone_name: str = "UTC",
) -> AsyncIterator[Shown]:
    """Serve the site of a daemon that watches nothing yet, ten minutes before a start unless told otherwise."""
    clock = clock or FakeClock(now or later(0))
    async with open_house(folder, source_url, clock) as house, asyncio.TaskGroup() as group:
        schedule = ApSchedule(house.clock, Tasks(group))
        pulse = Pulse()
        tools = Tools(
            profile=PROFILES["standard"],
            store=house.store,
            intake=house.intake,
            source=house.source(),
            records=house.records,
            schedule=schedule,
            clock=house.clock,
            is_lagging=pulse.is_lagging,
        )
        supervisor = Supervisor(tools, Tasks(group))
        inside = Inside(
            data_dir=folder,
            profile=tools.profile,
            clock=house.clock,
            pulse=pulse,
            supervisor=supervisor,
            rules=RuleBook(house.store, house.clock, Outbox(if_aimed=True)),
            breakers={"poll": house.breaker},
            probe=WriteProbe(house.store, folder),
            answers=Answers(),
        )
        with hold_folder(folder, SINCE) as lock:
            gatekeeper = Gatekeeper(host, token)
            site = Site(
                *(lock, [host, FURTHER], Metrics(), gatekeeper),
                zone_name=zone_name,
                writes_a_minute=writes_a_minute,
            )
            house.intake.tell_commits(site.committed)
            async with serving(site.app(), "127.0.0.1", 0) as url:
                lock.note(replace(lock.holder, url=url))
                site.inside = inside
                yield Shown(url, site, house, supervisor, inside)


async def watch_a_race(shown: Shown) -> None:
    card: list[Record] = [meeting(), race(imported_at=later(-3600))]
    await shown.house.store.transaction(lambda connection: write(connection, card))
    await shown.supervisor.compare()


async def raw(url: str, *lines: str) -> bytes:
    """Send a request line by line, as no client would, and give all that comes back."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answer = b""
    with suppress(ConnectionError):
        writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1"))
        answer = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await writer.wait_closed()
    return answer
