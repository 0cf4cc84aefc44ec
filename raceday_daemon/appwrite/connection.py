"""The way to the user's database in Appwrite, from the event loop."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from raceday_daemon.model.appwrite_errors import AppwriteMisfitError
from raceday_daemon.ops.threads import Threads

if TYPE_CHECKING:
    from appwrite.services.tables_db import TablesDB

ResultT = TypeVar("ResultT")

THREADS: Final = 4
"""How many calls may be under way at once: on the two cores of a small server more are no faster."""

_CONNECT_SECONDS: Final = 5.0


class Appwrite:
    """The user's database in Appwrite: the SDK behind its own few threads."""

    def __init__(self, tables: "TablesDB", database_id: str, threads: Threads) -> None:
        """Ask in those threads; use `open_appwrite`."""
        self.database_id = database_id
        self._tables = tables
        self._threads = threads

    async def ask(self, question: "Callable[[TablesDB], ResultT]") -> ResultT:
        """Give what the question gets from the SDK, in a thread: `await appwrite.ask(lambda tables: tables.get(id))`.

        It waits for a free thread. A caller that is cancelled does not stop the call, which ends by its timeouts.
        Raises AppwriteAwayError (and its kinds) for what may pass, AppwriteRefusedError and AppwriteMisfitError for
        what won't.
        """
        return await self._threads.run(partial(_answer, self._tables, question))


@asynccontextmanager
async def open_appwrite(
    endpoint: str,
    project_id: str,
    api_key: str,
    database_id: str,
    *,
    read_timeout_seconds: float = 15.0,
    threads: int = THREADS,
) -> AsyncIterator[Appwrite]:
    """Open the way to a database; nothing is asked yet. Closing it waits for no call that is still under way.

    `read_timeout_seconds` is for each silence of the server; a whole answer may take four times as long.
    """
    # The SDK takes a quarter of a second to import.
    from appwrite.services.tables_db import TablesDB

    from raceday_daemon.appwrite.client import FitClient
    from raceday_daemon.appwrite.session import open_session

    session = open_session(endpoint, threads)
    client = FitClient(
        session,
        endpoint,
        project_id,
        api_key,
        connect_timeout_seconds=min(_CONNECT_SECONDS, read_timeout_seconds),
        read_timeout_seconds=read_timeout_seconds,
    )
    pool = Threads(threads, "appwrite")
    try:
        yield Appwrite(TablesDB(client), database_id, pool)
    finally:
        pool.close()
        session.close()


def _answer(tables: "TablesDB", question: "Callable[[TablesDB], ResultT]") -> ResultT:
    from appwrite.exception import AppwriteException
    from pydantic import ValidationError

    try:
        return question(tables)
    except ValidationError as error:
        raise AppwriteMisfitError(_unread(error)) from error
    except AppwriteException as error:
        # The SDK's own words for an answer that does not fit its model; other errors of its own are bugs of ours.
        if not isinstance(error.__cause__, ValidationError):
            raise
        raise AppwriteMisfitError(_unread(error.__cause__)) from error


def _unread(error: "Exception") -> str:
    return f"Appwrite's answer has not the shape that its SDK expects ({type(error).__name__})"
