"""A way to a loopback server that stands where Appwrite would, through the daemon's own client."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from raceday_daemon.appwrite.connection import Appwrite, open_appwrite
from tests.fakes.answering_server import AnsweringServer, Handler, answering, sends

KEY = "standard_0123456789abcdef_of_the_tests"
PROJECT = "races"
DATABASE = "raceday-db"


def appwrite_at(endpoint: str, **options: Any) -> AbstractAsyncContextManager[Appwrite]:
    """Open the way to an endpoint, with the key and the names of the tests."""
    return open_appwrite(endpoint, PROJECT, KEY, DATABASE, **options)


@asynccontextmanager
async def appwrite_answering(*answers: Handler, **options: Any) -> AsyncIterator[tuple[Appwrite, AnsweringServer]]:
    """Run a server that answers as told, and open the way to it."""
    async with answering(*answers) as server, appwrite_at(f"{server.url}/v1", **options) as appwrite:
        yield appwrite, server


def refuses(status: int, type_: str, message: str = "It is as it is.", **headers: str) -> Handler:
    """Answer with an error in the words and the shape of Appwrite."""
    body = {"message": message, "code": status, "type": type_, "version": "1.9.6"}
    return sends(body, status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})
