"""A working store whose notifications are sent onward, and receivers on loopback that look at what they get."""

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from raceday_daemon.delivery.channel import Channel
from raceday_daemon.delivery.courier import Courier
from raceday_daemon.delivery.dispatch import Dispatch
from raceday_daemon.delivery.webhook import Webhook, open_webhook
from raceday_daemon.intake.telling import tell
from raceday_daemon.model.alerts import AlertRule, Notification
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import DeliveryAwayError, DeliveryError, StoreError
from raceday_daemon.model.status import ChannelStatus
from raceday_daemon.store.deliveries import read_channel, settle_doubts
from raceday_daemon.store.delivery_queue import DeliveryQueue
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import NOW
from tests.fakes.answering_server import AnsweringServer
from tests.fakes.clock import FakeClock
from tests.workbench import Row, rows

SECRET = "sixteen-or-longer-4f1d"
KEY = SECRET.encode()


def notification(number: int = 1, at: datetime = NOW, **changes: Any) -> Notification:
    """Give what one user was told, each number by a user of its own: nobody is flooded."""
    return Notification(
        **{
            "notification_id": f"told-{number}",
            "user_id": f"user-{number}",
            "title": f"Ruji (4) firmed {number}",
            "message": f"Ruji (4) firmed 5.50 to 4.20, -23.6 %, Awapuni R{number}",
            "type": "odds_shortening",
            "race_id": "race-1",
            "entrant_id": "runner-4",
            "rule_id": "rule-1",
            "value": 23.6,
            "previous_value": 5.5,
            "threshold": 20.0,
            "event_timestamp": at,
            "created_at": at,
            **changes,
        }
    )


@dataclass
class Told:
    """A channel of the test's own: it fails as it is told, and keeps what arrived."""

    name: str = "phone"
    failures: list[DeliveryError | Exception] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)

    async def send(self, notification: Notification) -> None:
        """Fail, if that is next; else take it."""
        if self.failures:
            raise self.failures.pop(0)
        self.arrived.append(notification.notification_id)


@dataclass
class DeliveryBench:
    """The store, the queue that tells it, and a clock that stands still."""

    folder: Path
    store: Database
    queue: DeliveryQueue
    clock: FakeClock

    async def tell(self, *numbers: int, **changes: Any) -> None:
        """Tell people now, as a look does."""
        wanted = [notification(number, self.clock.now(), **changes) for number in numbers]
        await self.tell_all(wanted)

    async def tell_all(self, wanted: Sequence[Notification]) -> None:
        """Tell people of all this at once."""
        now = self.clock.now()
        await self.store.transaction(lambda connection: tell(connection, wanted, now, None, self.queue))
        self.queue.ring()

    async def add(self, *rules: AlertRule) -> None:
        """Write rules, as a front end does."""
        await self.store.transaction(lambda connection: write(connection, rules))

    def courier(self, channel: Channel) -> Courier:
        """Give who sends what waits for a channel, by the clock of this bench."""
        return Courier(channel, self.store, self.clock, self.queue.bell())

    async def send_all(self, courier: Courier) -> None:
        """Send until nothing is left that may go now; what fails and waits on is tried again at once."""
        while True:
            try:
                if await courier.send_next() > 0:
                    return
            except (DeliveryAwayError, StoreError):
                continue

    def dispatch(self, *channels: Channel, clock: Clock | None = None) -> Dispatch:
        """Give all of them at work."""
        return Dispatch(self.folder, self.store, channels, clock or self.clock, self.queue)

    async def begin_anew(self) -> dict[str, int]:
        """Do what a process does that comes after one that was killed; give what that one left in doubt."""
        return await self.store.transaction(lambda connection: settle_doubts(connection, self.clock.now()))

    async def state(self, channel: str = "webhook") -> ChannelStatus:
        """Count what became of what was queued."""
        return await self.store.transaction(lambda connection: read_channel(connection, channel))

    def rows(self, columns: str = "notificationId, channel, state") -> list[Row]:
        """Read the queue as it lies in the file."""
        return rows(self.folder / FILE_NAME, f"SELECT {columns} FROM deliveries ORDER BY position")

    async def run(self, statement: str) -> None:
        """Change the file by hand."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(statement)

        await self.store.transaction(change)


@asynccontextmanager
async def delivery_bench(folder: Path, *channels: str) -> AsyncIterator[DeliveryBench]:
    """Open a store whose notifications go to these channels, the webhook alone without any."""
    async with AsyncExitStack() as parts:
        store = await open_working_store(folder)
        parts.push_async_callback(store.close)
        yield DeliveryBench(folder, store, DeliveryQueue(channels or ("webhook",)), FakeClock(NOW))


@asynccontextmanager
async def webhook_to(server: AnsweringServer, clock: Clock, longest_seconds: float = 10.0) -> AsyncIterator[Webhook]:
    """Open a webhook to a server."""
    address = f"{server.url}/hook/token-4f1d"
    async with open_webhook(address, KEY, clock, "tests", longest_seconds=longest_seconds) as webhook:
        yield webhook


async def answers_204(_: web.Request) -> web.StreamResponse:
    """Take it."""
    return web.Response(status=204)


def answers(status: int, **headers: str) -> Any:
    """Answer with a status, and nothing else."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={name.replace("_", "-"): text for name, text in headers.items()})

    return answer


async def ids_got(server: AnsweringServer) -> list[str]:
    """Give the ids of the notifications that a server got, in order, each as often as it came."""
    return [str(json.loads(await request.read())["id"]) for request in server.requests]
