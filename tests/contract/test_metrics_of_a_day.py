"""The figures after a piece of a simulated day, lived by the daemon's own parts: they are those of the records."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.measuring import begin_measuring
from raceday_daemon.metrics.file_figures import channel_figures, outbox_figures
from raceday_daemon.model.status import ChannelStatus, OnwardStatus
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.log_sink import LogSink
from raceday_daemon.simulator.faults import Faults
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.simulator.served import ServedLog
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.success_queries import read_success_rates
from raceday_daemon.store.working_store import open_working_store
from tests.alerting import rule
from tests.conftest import own_surroundings
from tests.figures import Figures, at, by_label, scraped
from tests.scaled_daemon import scaled_daemon
from tests.workbench import connected, rows

FIRST: Final = datetime(2025, 7, 17, 2, tzinfo=UTC)
BEGIN: Final = FIRST - timedelta(minutes=25)
SPEED: Final = 3600.0
RULES: Final = (
    rule("favourite_changed", None),
    rule("big_bet", 1.0),
    rule("odds_shortening", 1.0),
    rule("race_start", 300.0),
    rule("no_such_type"),
)
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Lived:
    """What there was to see: the figures before, meanwhile and afterwards, and the folder."""

    before: Figures
    under_way: Figures
    after: Figures
    folder: Path

    def counted(self, query: str) -> dict[Any, float]:
        """Count records by all columns but the last."""
        return {
            row[0] if len(row) == 2 else row[:-1]: row[-1] for row in rows(self.folder / "ops.db", query) if row[-1]
        }

    def total(self, expression: str, where: str = "TRUE") -> float:
        """Sum something up over the records of looks."""
        ((found,),) = rows(self.folder / "ops.db", f"SELECT {expression} FROM polls WHERE {where}")
        return float(found or 0)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Live through forty minutes of two races, of which one answer in ten fails, once for all tests of this file."""
    folder = tmp_path_factory.mktemp("day")
    with pytest.MonkeyPatch.context() as monkeypatch:
        own_surroundings(monkeypatch, folder)
        return asyncio.run(_lived(folder))


async def _lived(folder: Path) -> Lived:
    store = await open_working_store(folder)
    await store.transaction(lambda connection: write(connection, list(RULES)))
    await store.close()
    sink = LogSink(lambda: None)
    measures = begin_measuring(STANDARD, sink)
    plan = plan_day(5, FIRST, races=2, every_seconds=300)
    faults = Faults(errors=0.1, garbage=0.05)
    served = ServedLog(0)
    async with scaled_daemon(folder, plan, BEGIN, SPEED, served, faults, measures) as time:
        before = await scraped(measures.metrics)
        await time.sleep(1300)
        under_way = await scraped(measures.metrics)
        await time.sleep(1100)
    # Once nothing is under way: a look counts a moment before its record is written.
    return Lived(before, under_way, await scraped(measures.metrics), folder)


def test_before_anything_was_done_nothing_is_counted(lived: Lived) -> None:
    assert by_label(lived.before, "polls_total", "step", "outcome") == {}
    assert at(lived.before, "slot_lateness_seconds_count") == 0
    assert by_label(lived.before, "job_last_success_timestamp_seconds", "job_name") == {}
    # What is rare is there from the first moment, or nobody would see its first rise.
    assert at(lived.before, "slots_missed_total", reason="stalled") == 0
    assert at(lived.before, "poll_failures_total", kind="store") == 0


def test_looks_are_counted_by_their_step_and_what_came_of_them(lived: Lived) -> None:
    counted = by_label(lived.after, "polls_total", "step", "outcome")
    assert counted == lived.counted(
        "SELECT reason, outcome, count(*) FROM polls WHERE outcome <> 'missed' GROUP BY reason, outcome"
    )
    assert {("every 15s", "ok"), ("every 1m", "ok"), ("every 15s", "failed")} <= set(counted)


def test_missed_slots_are_counted_by_their_reason_and_failures_by_their_kind(lived: Lived) -> None:
    missed = "SELECT reason, count(*) FROM polls WHERE outcome = 'missed' GROUP BY reason"
    assert by_label(lived.after, "slots_missed_total", "reason") == lived.counted(missed)
    failed = "SELECT substr(error, 1, instr(error, ':') - 1), count(*) FROM polls WHERE outcome = 'failed' GROUP BY 1"
    kinds = by_label(lived.after, "poll_failures_total", "kind")
    assert kinds == lived.counted(failed)
    assert "source_fault" in kinds


def test_times_and_bytes_add_up_to_those_of_the_records(lived: Lived) -> None:
    figures = lived.after
    for name in ("fetch", "decode", "commit"):
        assert at(figures, f"poll_{name}_seconds_sum") == pytest.approx(lived.total(f"sum({name}_ms)") / 1000)
        assert at(figures, f"poll_{name}_seconds_count") == lived.total(f"count({name}_ms)") > 50
    assert at(figures, "poll_bytes_total") == lived.total("sum(bytes)") > 0
    assert at(figures, "poll_rows_written_total") == lived.total("sum(rows_written)") > 0
    late = "sum((julianday(began_at) - julianday(due_at)) * 86400)"
    assert at(figures, "slot_lateness_seconds_count") == lived.total("count(due_at)", "outcome <> 'missed'") > 50
    assert at(figures, "slot_lateness_seconds_sum") == pytest.approx(
        lived.total(late, "due_at IS NOT NULL AND outcome <> 'missed'"), abs=0.5
    )


def test_jobs_are_counted_with_their_last_success(lived: Lived) -> None:
    runs = lived.counted("SELECT job, status, count(*) FROM job_runs GROUP BY job, status")
    assert by_label(lived.after, "job_runs_total", "job_name", "status") == runs
    durations = lived.counted("SELECT job, sum(duration_seconds) FROM job_runs GROUP BY job")
    assert by_label(lived.after, "job_duration_seconds_sum", "job_name") == pytest.approx(durations, rel=1e-3)
    last = lived.counted(
        "SELECT job, (julianday(max(finished_at)) - 2440587.5) * 86400 FROM job_runs"
        " WHERE status IN ('ok', 'partial') GROUP BY job"
    )
    assert by_label(lived.after, "job_last_success_timestamp_seconds", "job_name") == pytest.approx(last, abs=0.01)
    assert "meetings" in last


def test_alerts_and_what_was_told_are_counted(lived: Lived) -> None:
    ((told,),) = rows(lived.folder / "raceday.db", "SELECT count(*) FROM notifications")
    assert at(lived.after, "notifications_told_total") == told > 0
    assert at(lived.after, "alert_evaluation_seconds_count") > 50
    assert (at(lived.after, "alert_rules"), at(lived.after, "alert_rules_invalid")) == (4, 1)


def test_what_succeeded_is_told_as_the_status_tells_it(lived: Lived) -> None:
    with connected(lived.folder / "ops.db") as records:
        rates = {rate.work: rate for rate in read_success_rates(records, BEGIN + timedelta(hours=2))}
    told = by_label(lived.after, "success_ratio", "work")
    assert rates["polls"].percent is not None
    assert told == {work: rate.percent / 100 for work, rate in rates.items() if rate.percent is not None}
    assert by_label(lived.after, "success_ratio_aim", "work")["alerts"] == pytest.approx(0.999)


def test_how_things_stand_is_told(lived: Lived) -> None:
    figures = lived.under_way
    assert at(figures, "races_watched") == 2
    assert sum(by_label(figures, "races", "step").values()) >= 1
    assert at(figures, "source_answers") == 1
    assert at(figures, "breaker_state", lane="poll", state="closed") == 1
    assert -60 < at(figures, "source_clock_ahead_seconds") < 60
    assert at(figures, "standing_by") == at(figures, "records_waiting") == at(figures, "log_lines_dropped_total") == 0
    assert 0 < at(figures, "data_disk_free_bytes") <= at(figures, "data_disk_size_bytes")
    memory, files = (figures[f"process_{name}", frozenset()] for name in ("resident_memory_bytes", "open_fds"))
    assert memory > 20e6
    assert files > 5
    assert set(by_label(figures, "metrics_unread", "part")) == set()


def test_no_figure_names_a_race_and_their_number_has_a_bound(lived: Lived) -> None:
    names = {label for _, labels in lived.after for label, _ in labels}
    assert names == {
        *(
            "step",
            "outcome",
            "reason",
            "kind",
            "le",
            "job_name",
            "status",
            "lane",
            "state",
            "part",
            "version",
            "python",
        ),
        "work",
    }
    stored = rows(lived.folder / "raceday.db", "SELECT id, meetingId, name FROM races")
    entrants = rows(lived.folder / "raceday.db", "SELECT id, name FROM entrants")
    labels = " ".join(value for _, labels in lived.after for _, value in labels)
    assert not [text for row in (*stored, *entrants) for text in row if text in labels]
    assert len(lived.after) < 450


async def test_every_figure_of_the_alert_rules_and_the_papers_is_told_by_the_daemon(
    lived: Lived,
) -> None:
    async def onward() -> OnwardStatus:
        return OnwardStatus(waiting=3, oldest=datetime.now(UTC) - timedelta(seconds=90), refused=1, left_out=2)

    async def channels() -> tuple[ChannelStatus, ...]:
        at = datetime.now(UTC) - timedelta(seconds=90)
        phone = ChannelStatus(
            channel="phone",
            waiting=4,
            oldest=at,
            sent=1,
            last_sent_at=at,
            refused=0,
            expired=0,
            uncertain=0,
            dropped=0,
            failing_since=at,
        )
        return (phone,)

    measures = begin_measuring(STANDARD)
    measures.metrics.read("outbox", outbox_figures(onward, SystemClock()))
    outbox = await scraped(measures.metrics)
    assert at(outbox, "outbox_oldest_age_seconds") == pytest.approx(90, abs=30)
    assert [at(outbox, f"outbox_{name}_rows") for name in ("refused", "left_out")] == [1, 2]
    assert (at(outbox, "outbox_rows"), at(outbox, "appwrite_failing")) == (3, 0)
    measures.metrics.read("channels", channel_figures(channels, SystemClock()))
    outbox |= await scraped(measures.metrics)
    assert by_label(outbox, "channel_waiting", "channel") == {"phone": 4}
    assert at(outbox, "channel_oldest_age_seconds", channel="phone") == pytest.approx(90, abs=30)
    assert at(outbox, "channel_failing", channel="phone") == 1
    expressions = re.sub(r"(summary|runbook|alert):.*", "", (ROOT / "config" / "prometheus-rules.yml").read_text())
    named = set(re.findall(r"\b(?:raceday|process)_\w+", expressions))
    assert len(named) > 12
    told = {name for name, _ in (*lived.under_way, *lived.after, *outbox)}
    assert named <= told
    page = (ROOT / "docs" / "operations.md").read_text().split("## Metrics\n")[1].split("\n## ")[0]
    listed = set(re.findall(r"`(raceday_\w+)", page))
    assert len(listed) > 35
    assert listed <= told | {name.removesuffix("_count") for name in told}
