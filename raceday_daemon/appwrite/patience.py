"""Asking Appwrite again while it is away, for work that has no schedule of its own to come back by."""

import asyncio
from collections.abc import Callable
from itertools import count
from random import uniform
from typing import TYPE_CHECKING, TypeVar

from loguru import logger

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.model.appwrite_errors import AppwriteAwayError, AppwriteConflictError

if TYPE_CHECKING:
    from appwrite.services.tables_db import TablesDB

ResultT = TypeVar("ResultT")


class Patient:
    """Asks up to `attempts` times, with waits that double from `first_wait_seconds`, or as long as the server wishes.

    A wish beyond `longest_wait_seconds` is not waited for.
    """

    def __init__(
        self,
        appwrite: Appwrite,
        *,
        attempts: int = 6,
        first_wait_seconds: float = 0.5,
        longest_wait_seconds: float = 30.0,
    ) -> None:
        """Ask the database that the way leads to."""
        self.database_id = appwrite.database_id
        self._appwrite = appwrite
        self._attempts = attempts
        self._first_wait_seconds = first_wait_seconds
        self._longest_wait_seconds = longest_wait_seconds

    async def ask(self, question: "Callable[[TablesDB], ResultT]") -> ResultT:
        """Give what the question gets; raises as `Appwrite.ask`, AppwriteAwayError after the last attempt."""
        for attempt in count(1):
            try:
                return await self._appwrite.ask(question)
            except AppwriteConflictError as error:
                error.may_be_ours = attempt > 1
                raise
            except AppwriteAwayError as error:
                wait = self._wait_seconds(attempt, error.retry_after_seconds)
                if wait is None or attempt == self._attempts:
                    raise
                logger.warning(
                    "trying again in {wait:.1f} s: {error}",
                    action="appwrite_retry",
                    wait=round(wait, 1),
                    attempt=attempt,
                    error=str(error),
                )
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    def _wait_seconds(self, attempt: int, wish: float | None) -> float | None:
        if wish is not None:
            return wish if wish <= self._longest_wait_seconds else None
        usual = min(self._first_wait_seconds * 2.0 ** (attempt - 1), self._longest_wait_seconds)
        return float(usual * uniform(0.75, 1.25))  # noqa: S311 - it keeps callers apart, and no secrets
