"""Setting up in tests: the way to a server with a record of its own, and tables of other makes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raceday_daemon.appwrite.connection import Appwrite, open_appwrite
from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.setup.record import Place, SetupRecord
from raceday_daemon.appwrite.setup.report import SetupReport
from raceday_daemon.appwrite.setup.setup import check, set_up
from tests.appwrite_servers import AppwriteServer


class StoppedError(Exception):
    """The setup was cut off by the test."""


class Steps:
    """A progress that keeps the labels, and cuts the setup off after `stop_after` of them."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.total = 0
        self.done: list[str] = []
        self._stop_after = stop_after

    def begin(self, job: str, done: int, total: int) -> None:
        """Keep how many there are."""
        self.total = total

    def advance(self, label: str) -> None:
        """Keep the label."""
        self.done.append(label)
        if len(self.done) == self._stop_after:
            raise StoppedError

    def end(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Setups:
    """What a test does with a server's database."""

    server: AppwriteServer
    appwrite: Appwrite
    patient: Patient
    record: SetupRecord

    async def set_up(self, *, read_role: str = "users", stop_after: int | None = None) -> SetupReport:
        """Set the database up, or begin to."""
        return await set_up(self.patient, self.record, read_role, Steps(stop_after))

    async def check(self, *, read_role: str = "users") -> SetupReport:
        """Look whether it is."""
        return await check(self.patient, read_role)

    def get(self, path: str = "") -> Any:
        """Ask for something below the database, in plain HTTP."""
        return self.server.send("GET", f"/tablesdb/{self.server.database}{path}").json()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Do something below the database, in plain HTTP; it has to succeed."""
        answer = self.server.send(method, f"/tablesdb/{self.server.database}{path}", body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def table(self, name: str) -> Any:
        """Ask for a table."""
        return self.get(f"/tables/{name}")


@asynccontextmanager
async def setups(server: AppwriteServer, folder: Path, *, key: str | None = None) -> AsyncIterator[Setups]:
    """Open the way, impatient."""
    async with open_appwrite(server.endpoint, server.project, key or server.key, server.database) as appwrite:
        yield Setups(
            server,
            appwrite,
            Patient(appwrite, attempts=12, first_wait_seconds=0.01, longest_wait_seconds=0.1),
            SetupRecord(folder, Place(server.endpoint, server.project, server.database)),
        )
