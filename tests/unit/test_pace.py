"""When rows go to Appwrite, how many at once, and when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from raceday_daemon.appwrite.pace import (
    COMPANY_ROWS,
    pause_after,
    rows_after_failure,
    rows_after_success,
    seconds_to_wait,
)
from raceday_daemon.appwrite.parcel import LEAST_ROWS, MOST_ROWS
from raceday_daemon.model.appwrite_errors import (
    AppwriteAwayError,
    AppwriteBusyError,
    AppwriteConflictError,
    AppwriteFullError,
)
from raceday_daemon.model.errors import RacedayError, StoreError
from raceday_daemon.store import schema
from raceday_daemon.store.outbox import Entry

NOW = datetime(2025, 7, 17, tzinfo=UTC)


def entries(*, patient: int = 0, others: int = 0, queued: float = 0) -> list[Entry]:
    at = NOW + timedelta(seconds=queued)
    kinds = [True] * patient + [False] * others
    return [Entry(schema.ENTRANTS, str(number), 1, kind, at) for number, kind in enumerate(kinds)]


def test_rows_of_jobs_wait_five_seconds_at_most_and_those_of_polls_not_at_all() -> None:
    assert seconds_to_wait(entries(patient=9), NOW) == 5
    assert seconds_to_wait(entries(patient=9, queued=-3), NOW) == 2
    assert seconds_to_wait(entries(patient=9, queued=-60), NOW) == 0
    assert seconds_to_wait(entries(patient=9, others=1), NOW) == 0
    assert seconds_to_wait(entries(patient=COMPANY_ROWS), NOW) == 0


def test_rows_queued_before_the_clock_was_set_back_do_not_wait_for_it() -> None:
    assert seconds_to_wait(entries(patient=9, queued=3600), NOW) == 0


def test_a_server_that_does_not_get_done_is_sent_less_but_never_less_than_a_poll() -> None:
    rows = MOST_ROWS
    for _ in range(9):
        rows = rows_after_failure(rows)
    assert rows == LEAST_ROWS
    grown = [rows]
    while grown[-1] < MOST_ROWS:
        grown.append(rows_after_success(grown[-1]))
    assert grown == sorted(set(grown)), "each time a little more"
    assert len(grown) > 5


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (AppwriteAwayError("away"), [1, 2, 4, 8, 16, 30, 30]),
        (StoreError("locked"), [1, 2, 4, 8, 16, 30, 30]),
        (AppwriteBusyError("busy", 7), [7, 7, 7, 8, 16, 30, 30]),
        (AppwriteBusyError("busy", 86_400), [300, 300]),
        (AppwriteConflictError("conflict", status=409, type="transaction_conflict"), [1, 2]),
        (AppwriteFullError("full", status=400), [30, 30]),
    ],
)
def test_pauses_grow_to_half_a_minute_and_a_servers_wish_is_kept_within_reason(
    error: RacedayError, pauses: list[float]
) -> None:
    assert [pause_after(error, failures) for failures in range(1, len(pauses) + 1)] == pauses
