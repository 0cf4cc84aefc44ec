"""The daemon's own site over loopback HTTP: what its routes tell."""

import asyncio
import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from raceday_daemon import __version__
from raceday_daemon.model.job import JobRun
from raceday_daemon.model.poll import Poll
from raceday_daemon.model.status import ChannelStatus, OnwardStatus, Trouble
from raceday_daemon.store.deliveries import read_channels
from raceday_daemon.store.outbox import read_state
from raceday_daemon.store.race_queries import write
from raceday_daemon.web import inside as inside_module
from tests.builders import RACE_ID, later, meeting, race
from tests.contract.test_vigil import hanging
from tests.served_site import SINCE, shown, watch_a_race


def poll(due_after: float | None, outcome: str = "ok", **changes: Any) -> Poll:
    """Give the record of a slot, or of a look without one, so many seconds after the moment of the tests."""
    at = later(due_after or 0)
    due_at = None if due_after is None else at
    reason = {"missed": "down"}.get(outcome, "every 1m")
    values = {"due_at": due_at, "began_at": at, "ended_at": at, "reason": reason, "outcome": outcome, **changes}
    return Poll(race_id=RACE_ID, **values)


async def test_the_daemon_lives_while_its_loop_turns(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        alive = await site.ask("/livez")
        assert (alive.status, alive.facts["alive"], alive.facts["pid"]) == (200, True, os.getpid())
        site.inside.pulse.last_beat -= 60
        silent = await site.ask("/livez")
        assert (silent.status, silent.facts["alive"]) == (503, False)
        assert silent.facts["silent_seconds"] >= 60


async def test_before_there_is_anything_to_show_the_daemon_lives_and_is_starting(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        site.site.inside = None
        assert (await site.ask("/livez")).status == 200
        for path in ("/api/status", "/api/coverage"):
            answer = await site.ask(path)
            assert (answer.status, answer.facts) == (503, {"error": "the daemon is starting"})


async def test_the_status_tells_races_looks_jobs_and_breakers(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await watch_a_race(site)
        polls = [poll(-120), poll(-60, "missed"), poll(-30, began_at=later(-29.95)), poll(None, "unchanged")]
        await site.house.records.add_polls(polls)
        run = JobRun(
            job="races", racing_day=date(2025, 7, 17), started_at=later(-9), finished_at=later(-8), status="ok"
        )
        await site.house.records.add_job_run(replace(run, processed=4))
        answer = await site.ask("/api/status")
        assert answer.status == 200
        looks = {
            "by_outcome": {"ok": 2, "unchanged": 1, "missed": 1},
            "missed_by_reason": {"down": 1},
            "slots_failed": 0,
        }
        assert answer.facts == {
            "version": __version__,
            "pid": os.getpid(),
            "since": SINCE,
            "url": site.url,
            "now": "2025-07-17T00:40:00.000Z",
            "racing_day": "2025-07-17",
            "races_watched": 1,
            "next_turns": [
                {
                    "race": "Awapuni R1",
                    "race_id": RACE_ID,
                    "start_time": "2025-07-17T00:50:00.000Z",
                    "status": "Open",
                    "next_at": "2025-07-17T00:40:00.000Z",
                    "reason": None,
                    "failures": 0,
                }
            ],
            "broken_races": [],
            "breakers": {"poll": "closed"},
            "loop_lag_ms": 0.0,
            "troubles": [],
            "appwrite": None,
            "standing_by": None,
            "alerts": {"rules": 0, "invalid": 0, "today": 0, "newest": []},
            "channels": [],
            "activity": {
                "last_hour": looks,
                "today": looks,
                "lateness": {"slots": 2, "median_ms": 0.0, "p99_ms": 50.0, "worst_ms": 50.0},
                "jobs": [
                    {
                        "job": "races",
                        "racing_day": "2025-07-17",
                        "started_at": "2025-07-17T00:39:51.000Z",
                        "finished_at": "2025-07-17T00:39:52.000Z",
                        "status": "ok",
                        "processed": 4,
                        "failed": 0,
                        "skipped": 0,
                    }
                ],
                "success": [
                    success("meetings", 0, 0, 99.5),
                    success("races", 4, 0, 99.5) | {"percent": 100.0, "below_aim": False},
                    success("entrants", 0, 0, 99.0),
                    success("polls", 2, 1, 99.5) | {"percent": 66.667, "below_aim": True},
                    success("alerts", 0, 0, 99.9),
                ],
            },
        }


def success(work: str, succeeded: int, failed: int, aim: float) -> dict[str, Any]:
    counts = {"work": work, "succeeded": succeeded, "failed": failed, "aim_percent": aim}
    return counts | {"percent": None, "below_aim": None}


async def test_a_status_whose_files_hang_says_so_in_time_and_what_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside_module, "READ_SECONDS", 0.2)
    hangs = Trouble(part="the thread of raceday.db", since=later(0), words="has not answered for 34 s")
    async with shown(tmp_path) as site:

        async def onward() -> OnwardStatus:
            return await site.house.store.transaction(read_state)

        site.site.inside = replace(site.inside, onward=onward, troubles=lambda: (hangs,))
        async with hanging(site.house.store):
            answer = await site.ask("/api/status")
        assert (answer.status, answer.facts) == (
            503,
            {"error": "its files could not be read within 0.2 s; the thread of raceday.db has not answered for 34 s"},
        )
        told = (await site.ask("/api/status")).facts["troubles"]
        assert told == [{"part": hangs.part, "since": "2025-07-17T00:40:00.000Z", "words": hangs.words}]


async def test_channels_whose_queue_hangs_hold_no_status_up_for_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside_module, "READ_SECONDS", 0.2)
    async with shown(tmp_path) as site:

        async def channels() -> tuple[ChannelStatus, ...]:
            return await site.house.store.transaction(read_channels)

        site.site.inside = replace(site.inside, channels=channels)
        async with asyncio.timeout(30), hanging(site.house.store):
            for path in ("/api/status", "/api/health"):
                assert (await site.ask(path)).status == 503
        assert (await site.ask("/api/status")).facts["channels"] == []


async def test_the_status_names_the_races_that_a_bug_has_stopped(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await watch_a_race(site)
        site.supervisor.broken |= {RACE_ID, "race-of-no-card"}
        broken = (await site.ask("/api/status")).facts["broken_races"]
        assert sorted(broken, key=lambda one: str(one["race"])) == [
            {"race": "Awapuni R1", "race_id": RACE_ID},
            {"race": "race-of-no-card", "race_id": "race-of-no-card"},
        ]


async def test_at_most_twenty_turns_are_told_the_soonest_first(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        card = [race(race_id=f"race-{n}", race_number=n, start_time=later(7200 - 60 * n)) for n in range(1, 31)]
        await site.house.store.transaction(lambda connection: write(connection, [meeting(), *card]))
        await site.supervisor.compare()
        facts = (await site.ask("/api/status")).facts
        assert facts["races_watched"] == 30
        assert [turn["race"] for turn in facts["next_turns"]] == [f"Awapuni R{n}" for n in range(30, 10, -1)]


async def test_the_coverage_of_a_day_is_asked_for_by_its_date(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await watch_a_race(site)
        today = await site.ask("/api/coverage")
        assert today.facts == (await site.ask("/api/coverage?date=2025-07-17")).facts
        assert [one["race"] for one in today.facts["races"]] == ["Awapuni R1"]
        assert (today.facts["racing_day"], today.facts["now"]) == ("2025-07-17", "2025-07-17T00:40:00.000Z")
        other = await site.ask("/api/coverage?date=2025-07-18")
        assert (other.facts["racing_day"], other.facts["races"]) == ("2025-07-18", [])


@pytest.mark.parametrize("day", ["", "today", "2025-13-01", "20250717", "2025-07-17..2025-07-18"])
async def test_a_date_that_is_none_is_refused(tmp_path: Path, day: str) -> None:
    async with shown(tmp_path) as site:
        answer = await site.ask(f"/api/coverage?date={day}")
        assert (answer.status, answer.facts) == (400, {"error": "date: a day is written as 2025-07-17"})


async def test_files_that_cannot_be_read_are_told_and_a_bug_is_logged(tmp_path: Path) -> None:
    told: list[str] = []
    handler = logger.add(told.append, level="ERROR", format="{message}")
    async with shown(tmp_path) as site:
        site.site.inside = replace(site.inside, data_dir=tmp_path / "nowhere")
        away = await site.ask("/api/status")
        assert away.status == 503
        assert away.facts["error"].startswith(f"{tmp_path}/nowhere/ops.db: cannot be read")
        assert told == []
        no_path: Any = None
        site.site.inside = replace(site.inside, data_dir=no_path)
        broken = await site.ask("/api/status")
        assert (broken.status, broken.facts) == (
            500,
            {"error": "a bug has stopped this answer; the daemon's log has it"},
        )
        assert told[0].startswith("/api/status: a bug\nTraceback")
    logger.remove(handler)
