"""Asking again while Appwrite is away."""

import pytest

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.model.appwrite_errors import (
    AppwriteBusyError,
    AppwriteConflictError,
    AppwriteFaultError,
    AppwriteKeyError,
)
from tests.appwrite_way import DATABASE, appwrite_answering, refuses
from tests.fakes.answering_server import Handler, hangs_up, sends

FOUND = sends({"$id": DATABASE, "type": "tablesdb"})
FAULT = refuses(500, "general_unknown")


async def answer_of(*answers: Handler, attempts: int = 4) -> int:
    """Ask; give how many requests it took."""
    async with appwrite_answering(*answers) as (appwrite, server):
        patient = Patient(appwrite, attempts=attempts, first_wait_seconds=0.01, longest_wait_seconds=0.2)
        await patient.ask(lambda tables: tables.get(patient.database_id))
        return len(server.requests)


async def test_what_may_pass_is_asked_again(subtests: pytest.Subtests) -> None:
    for answer in (FAULT, hangs_up, refuses(429, "general_rate_limit_exceeded", Retry_After="0")):
        with subtests.test(answer=answer):
            assert await answer_of(answer, answer, FOUND) == 3


async def test_there_is_an_end_to_it() -> None:
    with pytest.raises(AppwriteFaultError):
        await answer_of(FAULT, attempts=3)


async def test_what_is_refused_is_not_asked_again() -> None:
    async with appwrite_answering(refuses(401, "user_unauthorized"), FOUND) as (appwrite, server):
        with pytest.raises(AppwriteKeyError):
            await Patient(appwrite).ask(lambda tables: tables.get(DATABASE))
        assert len(server.requests) == 1


async def test_a_pause_that_is_too_long_is_not_waited_for() -> None:
    with pytest.raises(AppwriteBusyError):
        await answer_of(refuses(429, "general_rate_limit_exceeded", Retry_After="3600"), FOUND)


@pytest.mark.parametrize("lost", [True, False])
async def test_a_conflict_after_a_lost_answer_may_be_with_ourselves(lost: bool) -> None:
    exists = refuses(409, "table_already_exists")
    with pytest.raises(AppwriteConflictError) as caught:
        await answer_of(*([FAULT, exists] if lost else [exists]))
    assert caught.value.may_be_ours is lost
