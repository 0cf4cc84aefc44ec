"""The auditor finds every record of looks and jobs that is lacking, not true, or of something that nobody saw."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.auditor.finding import What
from tests.contract.audited_day import OPS, LivedDay, Spoiled, again, changed, gone, live, shifted

POLLED = "due_at IS NOT NULL AND outcome = 'ok'"
ANSWER, RECORD = What.ANSWER_WITHOUT_RECORD, What.RECORD_WITHOUT_ANSWER

RECORDS = (
    Spoiled("no look for a slot", gone("polls", POLLED), What.SLOT_WITHOUT_RECORD, " due "),
    Spoiled("no look of a job", gone("polls", "reason = 'entrants'"), ANSWER, "/events/"),
    Spoiled("no look that failed", gone("polls", "outcome = 'failed'"), ANSWER, "/events/"),
    Spoiled(
        "a look told as missed", changed("polls", "outcome = 'missed', reason = 'stalled'", POLLED), ANSWER, "/events/"
    ),
    Spoiled(
        "a failure told as a success",
        changed("polls", "outcome = 'ok', error = NULL", "error LIKE 'source_fault%'"),
        RECORD,
        "polls[",
    ),
    Spoiled(
        "a success told as a failure",
        changed("polls", "outcome = 'failed', error = 'misfit: '", POLLED),
        What.WRONG_RECORD,
        "/events/",
    ),
    Spoiled(
        "a failure of another kind",
        changed("polls", "error = 'misfit: '", "error LIKE 'source_fault%'"),
        What.WRONG_RECORD,
        "polls[",
    ),
    Spoiled("news told as stale", changed("polls", "outcome = 'stale'", POLLED), What.WRONG_RECORD, "polls["),
    Spoiled(
        "news told as nothing new",
        changed("polls", "outcome = 'unchanged', rows_written = 0", POLLED),
        What.WRONG_RECORD,
        "polls[",
    ),
    Spoiled("a slot twice", again("polls", POLLED), What.SLOT_TWICE, " due "),
    Spoiled(
        "a look that nobody saw",
        again("polls", POLLED, began_at=shifted("ended_at", 5), ended_at=shifted("ended_at", 5), due_at="NULL"),
        RECORD,
        "polls[",
    ),
    Spoiled(
        "a slot of no cadence",
        changed("polls", f"due_at = {shifted('due_at', -7)}", POLLED),
        What.RECORD_WITHOUT_SLOT,
        "polls[",
    ),
    Spoiled(
        "a look that began later",
        changed("polls", f"began_at = {shifted('began_at', 5)}, ended_at = {shifted('ended_at', 5)}", POLLED),
        RECORD,
        "polls[",
    ),
    Spoiled(
        "a look before its slot",
        changed("polls", f"began_at = {shifted('began_at', -5)}", POLLED),
        What.WRONG_RECORD,
        ".began_at",
    ),
    Spoiled(
        "a look that ended first",
        changed("polls", f"ended_at = {shifted('ended_at', -5)}", POLLED),
        What.WRONG_RECORD,
        ".began_at",
    ),
    Spoiled("another reason", changed("polls", "reason = 'every 7m'", POLLED), What.WRONG_RECORD, ".reason"),
    Spoiled(
        "missed for no reason",
        changed("polls", "outcome = 'missed', reason = 'why not'", POLLED),
        What.WRONG_RECORD,
        ".reason",
    ),
    Spoiled(
        "down while it watched",
        again("polls", POLLED, outcome="'missed'", reason="'down'"),
        What.WRONG_RECORD,
        ".reason",
    ),
    Spoiled(
        "busy with nothing",
        again(
            "polls",
            "outcome = 'failed' AND due_at IS NOT NULL",
            outcome="'missed'",
            reason="'busy'",
            due_at=shifted("due_at", 300),
        ),
        What.WRONG_RECORD,
        ".reason",
    ),
    Spoiled(
        "another status",
        changed("polls", "race_status = 'Final'", "race_status = 'Open'"),
        What.WRONG_RECORD,
        ".race_status",
    ),
    Spoiled("rows for nothing", changed("polls", "rows_written = 0", POLLED), What.WRONG_RECORD, "polls["),
    Spoiled("no run of a job", gone("job_runs", "job = 'statuses'"), ANSWER, "/meetings"),
    Spoiled(
        "a run that nobody saw",
        again(
            "job_runs",
            "job = 'statuses' AND status = 'ok'",
            started_at="'2025-07-16T17:00:01.000Z'",
            finished_at="'2025-07-16T17:00:02.000Z'",
        ),
        RECORD,
        "job_runs[",
    ),
    Spoiled(
        "a run of another time",
        changed(
            "job_runs",
            f"started_at = {shifted('started_at', 5)}, finished_at = {shifted('finished_at', 5)}",
            "job = 'statuses' AND status = 'ok'",
        ),
        RECORD,
        "job_runs[",
    ),
    Spoiled(
        "a run for another day",
        changed("job_runs", "racing_day = '2025-07-01'", "job = 'statuses' AND status = 'ok'"),
        RECORD,
        "job_runs[",
    ),
    Spoiled(
        "a failed run told as a success",
        changed("job_runs", "status = 'ok'", "job = 'statuses' AND status = 'failed'"),
        What.WRONG_RECORD,
        "job_runs[",
    ),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LivedDay]:
    yield await live(tmp_path_factory.mktemp("day"))


@pytest.mark.parametrize("spoiled", [pytest.param(one, id=one.name) for one in RECORDS])
def test_a_record_that_is_not_true_is_found(day: LivedDay, tmp_path: Path, spoiled: Spoiled) -> None:
    found = day.found_in(tmp_path, (OPS, spoiled.change))
    assert any(spoiled.what == what and spoiled.where in where for what, where in found), found[:10]
