"""The recorded day's 96 starts, raced late like the measured ones, polled in virtual time: nothing missed or doubled.

The source fails at times, and is away altogether twice: once in the quiet, once while races are near their starts.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.simulator.faults import Faults
from raceday_daemon.simulator.kinds import Kind
from raceday_daemon.simulator.plan import RacePlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.store.race_queries import read_race
from tests.builders import mapped
from tests.fakes.clock import FakeClock
from tests.recordings import needs_recordings, recorded
from tests.virtual_daemon import simulated_source, virtual_daemon
from tests.workbench import connected, named_rows, rows

pytestmark = [needs_recordings, pytest.mark.timeout(280)]

PIPELINE = datetime(2025, 7, 16, 16, 50, tzinfo=UTC)
END = datetime(2025, 7, 17, 19, tzinfo=UTC)
QUIET_OUTAGE = (datetime(2025, 7, 16, 17, 12, tzinfo=UTC), datetime(2025, 7, 16, 17, 40, tzinfo=UTC))
BUSY_OUTAGE = (datetime(2025, 7, 17, 4, 2, tzinfo=UTC), datetime(2025, 7, 17, 4, 20, tzinfo=UTC))
BEFORE_START = tuple(chain.from_iterable(STANDARD.offsets_before))


@dataclass(frozen=True)
class Day:
    """What the day left: its files, its races by id, and the last whole answer of each race's own that was served."""

    folder: Path
    races: dict[str, RacePlan]
    last_answers: dict[str, dict[str, Any]]

    def polls(self, where: str = "TRUE") -> list[dict[str, Any]]:
        query = f"SELECT * FROM polls WHERE {where} ORDER BY race_id, due_at"
        return named_rows(self.folder / "ops.db", query)

    def slots(self) -> dict[str, list[dict[str, Any]]]:
        polls = self.polls("due_at IS NOT NULL")
        return {race_id: list(of_race) for race_id, of_race in groupby(polls, key=lambda poll: poll["race_id"])}


def starts() -> list[datetime]:
    meetings = recorded("meetings")["data"]["meetings"]
    wanted = [one for one in meetings if one["country"] in ("NZ", "AUS") and one["category"] in ("T", "H")]
    return [datetime.fromisoformat(race["start_time"]) for meeting in wanted for race in meeting["races"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def day(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Day]:
    folder, clock = tmp_path_factory.mktemp("day"), FakeClock(PIPELINE)
    plan = plan_of_starts(1, starts())
    faults = Faults(errors=0.02, garbage=0.01, wrong_day=0.005, outages=(QUIET_OUTAGE, BUSY_OUTAGE))
    async with simulated_source(plan, clock, faults) as (simulator, url):
        async with virtual_daemon(folder, url, clock) as daemon:
            await daemon.run_until(END)
        served = {one.path.rpartition("/")[2]: one for one in simulator.served.of("/events/") if one.fault is None}
        documents = {race_id: simulator.document(one) for race_id, one in served.items()}
    races = {race.race_id: race for meeting in plan.meetings for race in meeting.races}
    yield Day(folder, races, {race_id: document for race_id, document in documents.items() if document})


def test_every_slot_of_the_table_is_polled_or_accounted_for(day: Day) -> None:
    assert len(day.slots()) == len(day.races) == 96
    for race_id, race in day.races.items():
        if not race.kinds & {Kind.MOVED_START, Kind.ABANDONED}:
            offsets = [(due_at(poll) - race.start).total_seconds() for poll in day.slots()[race_id]]
            assert tuple(offset for offset in offsets if offset <= 0) == BEFORE_START


def test_no_slot_is_polled_twice_and_no_two_are_closer_than_the_least_step(day: Day) -> None:
    for slots in day.slots().values():
        gaps = [due_at(later) - due_at(sooner) for sooner, later in pairwise(slots)]
        assert min(gaps) >= timedelta(seconds=STANDARD.least_step_seconds)


def test_no_race_is_left_alone_before_its_end(day: Day) -> None:
    for race_id, slots in day.slots().items():
        race = day.races[race_id]
        unsettled = [due_at(poll) for poll in slots if " after " not in poll["reason"]]
        assert max(later - sooner for sooner, later in pairwise(unsettled)) <= timedelta(minutes=5)
        assert unsettled[-1] >= (race.abandoned_at or race.ending.final_at) - timedelta(minutes=5)
        assert slots[-1]["reason"] == ("10m after abandoned" if race.abandoned_at else "30m after final")


def test_a_late_race_is_polled_every_15_seconds_until_it_leaves_open(day: Day) -> None:
    late = [poll for poll in day.polls("reason = 'late, every 15s'") if poll["race_status"] == "Open"]
    assert len(late) > 300
    closed = Counter(poll["race_id"] for poll in day.polls("reason = 'closed, every 1m'"))
    assert len(closed) > 90, "but for those that came and went while the source was away"


def test_what_fails_says_why_and_only_while_the_source_did(day: Day) -> None:
    failed = day.polls("outcome = 'failed'")
    kinds = Counter(poll["error"].partition(":")[0] for poll in failed)
    assert kinds.keys() <= {"source_fault", "throttled", "unreachable", "breaker_open", "misfit", "wrong_answer"}
    assert all(poll["error"] is None for poll in day.polls("outcome <> 'failed'"))
    assert day.polls("reason = 'retry' AND outcome = 'ok'")
    in_outage = [poll for poll in failed if BUSY_OUTAGE[0] <= datetime.fromisoformat(poll["began_at"]) < BUSY_OUTAGE[1]]
    others = [poll for poll in day.polls() if poll not in in_outage]
    assert in_outage
    assert sum(poll["outcome"] == "failed" for poll in others) < 0.1 * len(others)


def test_a_daily_job_that_met_the_outage_is_made_up_for(day: Day) -> None:
    runs = named_rows(day.folder / "ops.db", "SELECT * FROM job_runs ORDER BY started_at")
    first = {run["job"]: run["status"] for run in reversed(runs) if run["racing_day"] == "2025-07-17"}
    assert {run["job"] for run in runs if run["status"] in ("ok", "partial")} >= {"meetings", "races", "entrants"}
    assert first["meetings"] == "ok"


def test_what_is_stored_is_what_the_last_answer_said(day: Day) -> None:
    with connected(day.folder / "raceday.db") as connection:
        for race_id, answer in day.last_answers.items():
            stored, sent = read_race(connection, race_id), mapped(answer)
            assert stored.race
            assert (stored.race.status, stored.race.start_time) == (sent.race.status, sent.race.start_time)
            assert [facts(stored.entrants[one.entrant_id]) for one in sent.entrants] == [*map(facts, sent.entrants)]
            assert stored.pools
            assert replace(stored.pools, last_updated=None) == sent.pools
            assert (stored.results is None) == (sent.results is None)
            if stored.results and sent.results:
                assert replace(stored.results, result_time=None, last_updated=None) == sent.results


def test_each_runners_increments_add_up_to_its_last_amount_while_open(day: Day) -> None:
    amounts: dict[str, int] = {}
    increments: dict[str, dict[int, int]] = defaultdict(dict)
    history = rows(
        day.folder / "raceday.db",
        "SELECT entrantId, timeInterval, winPoolAmount, incrementalWinAmount FROM money_flow_history"
        " ORDER BY entrantId, timeInterval DESC, eventTimestamp",
    )
    for entrant_id, interval, amount, increment in history:
        amounts[entrant_id] = amounts[entrant_id] if amount is None else amount
        increments[entrant_id][interval] = increment or 0  # null: nothing is known in that bucket
    assert len(amounts) > 500
    assert {entrant_id: sum(of_buckets.values()) for entrant_id, of_buckets in increments.items()} == amounts


def test_no_price_of_the_history_repeats_the_one_before_it(day: Day) -> None:
    prices = rows(
        day.folder / "raceday.db",
        "SELECT entrantId, type, odds FROM odds_history ORDER BY entrantId, type, eventTimestamp",
    )
    assert len(prices) > 10_000
    assert not [sooner for sooner, later in pairwise(prices) if sooner == later]


def due_at(poll: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(poll["due_at"])


def facts(entrant: Entrant) -> Entrant:
    return replace(entrant, last_updated=None, imported_at=None)
