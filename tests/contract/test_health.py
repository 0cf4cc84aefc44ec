"""/livez and /readyz over loopback HTTP, in each state that a daemon can be in."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.model.errors import SourceAwayError, StoreError
from raceday_daemon.model.status import OnwardStatus, StandingBy
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.write_probe import PROBE_EVERY_SECONDS, WriteProbe
from tests.builders import RACE_ID, later, meeting, race
from tests.served_site import Shown, shown, watch_a_race

Checks = dict[str, tuple[str, str]]


async def ready(site: Shown) -> tuple[int, Checks]:
    answer = await site.ask("/readyz")
    assert answer.facts["ready"] is (answer.status == 200)
    return answer.status, {check["name"]: (check["state"], check["words"]) for check in answer.facts["checks"]}


def anew(site: Shown, **changes: Any) -> None:
    """Put others of the daemon's parts in place; what the last write found is forgotten."""
    probe = WriteProbe(site.house.store, site.inside.data_dir)
    site.inside = site.site.inside = replace(site.inside, **{"probe": probe, **changes})


async def test_a_daemon_that_can_work_is_ready_and_says_why(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await watch_a_race(site)
        assert await ready(site) == (
            200,
            {
                "store": ("ok", "it takes writes"),
                "source": ("ok", "nothing was due yet"),
                "appwrite": ("ok", "rows stay on this machine"),
                "polling": ("ok", "1 races watched"),
            },
        )


async def test_a_daemon_that_starts_waits_after_crashes_or_ends_is_not_ready_but_lives(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        site.site.inside = None
        assert await ready(site) == (503, {"daemon": ("wrong", "the daemon is starting")})
        site.site.why_not_yet = "the daemon crashed again and again: it waits for 20 s before it begins"
        assert (await ready(site))[1]["daemon"][1].endswith("it waits for 20 s before it begins")
        site.site.inside = site.inside
        site.site.is_ending = lambda: True
        assert await ready(site) == (503, {"daemon": ("wrong", "it was told to stop, and is ending")})
        assert (await site.ask("/livez")).status == 200


async def test_a_store_that_another_process_has_locked_is_told_and_is_well_again_afterwards(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        with closing(sqlite3.connect(tmp_path / "raceday.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            status, checks = await ready(site)
            assert (status, checks["store"]) == (503, ("wrong", f"{tmp_path}/raceday.db: database is locked"))
            assert (await site.ask("/livez")).status == 200
            other.execute("ROLLBACK")
        anew(site)
        assert (await ready(site))[0] == 200


async def test_a_source_is_missed_once_a_race_has_lost_three_slots_and_nobody_was_answered(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await watch_a_race(site)
        # Slots at T-9:00, T-8:00 and T-7:00; a look may take 15 s, and begin 3 s late.
        site.house.clock.set(later(197))
        assert (await ready(site))[0] == 200
        site.house.clock.set(later(198))
        status, checks = await ready(site)
        assert (status, checks["source"]) == (
            503,
            ("wrong", "no look has succeeded yet, and a race has lost 3 slots in a row"),
        )
        site.inside.answers.looked(later(198))
        assert (await ready(site))[1]["source"] == ("ok", "it answered a look at 2025-07-17 00:43:18 UTC")
        site.house.clock.set(later(600))
        assert (await ready(site))[1]["source"][1].startswith(
            "no look has succeeded since 2025-07-17 00:43:18 UTC, and"
        )


async def test_a_race_that_is_answered_in_its_own_loop_stands_for_the_source(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        await watch_a_race(site)
        site.house.clock.set(later(198))
        site.supervisor.loops[RACE_ID].seen_at = later(120)
        assert (await ready(site))[0] == 200


async def test_a_night_with_nothing_due_is_ready_whatever_the_source_did_before(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        tomorrow = race(imported_at=later(0), start_time=later(14 * 3600))
        await site.house.store.transaction(lambda connection: write(connection, [meeting(), tomorrow]))
        await site.supervisor.compare()
        site.inside.answers.looked(later(-6 * 3600))
        site.house.clock.set(later(12 * 3600))
        status, checks = await ready(site)
        assert (status, checks["source"][0], checks["polling"][1]) == (200, "ok", "1 races watched")


async def test_a_breaker_that_is_open_is_said_and_is_no_fault_by_itself(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        for _ in range(5):
            with pytest.raises(SourceAwayError), site.house.breaker.call():
                raise SourceAwayError("no answer")
        status, checks = await ready(site)
        assert (status, checks["source"]) == (
            200,
            ("warning", "nothing was due yet; it is left alone for a while by the lane poll"),
        )


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (
            OnwardStatus(waiting=0, oldest=None, refused=0, left_out=0),
            ("ok", "0 rows wait for it, 0 were refused"),
        ),
        (
            OnwardStatus(
                waiting=7, oldest=later(-60), refused=2, left_out=0, failing_since=later(-50), failure="timeout: late"
            ),
            ("warning", "7 rows wait for it, 2 were refused; failing since 00:39:10 UTC: timeout: late"),
        ),
        (StoreError("raceday.db: database is locked"), ("warning", "what waits for it can't be read")),
    ],
)
async def test_appwrite_being_away_is_said_and_keeps_nobody_from_being_ready(
    tmp_path: Path, state: OnwardStatus | StoreError, told: tuple[str, str]
) -> None:
    async with shown(tmp_path) as site:
        anew(site, onward=_gives(state))
        status, checks = await ready(site)
        assert (status, checks["appwrite"]) == (200, told)


def _gives(state: OnwardStatus | StoreError) -> Callable[[], Awaitable[OnwardStatus]]:
    async def give() -> OnwardStatus:
        if isinstance(state, StoreError):
            raise state
        return state

    return give


async def test_a_daemon_that_stands_by_is_ready_to_take_over(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        other = StandingBy(holder="process 7 on north", since=later(-3600), last_heard_of=later(-5), trouble=None)
        anew(site, standing_by=lambda: other)
        status, checks = await ready(site)
        assert (status, checks["polling"]) == (
            200,
            ("ok", "standing by: process 7 on north polls since 2025-07-16 23:40:00 UTC"),
        )


async def test_a_race_that_a_bug_has_stopped_is_a_warning(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        site.supervisor.broken.add(RACE_ID)
        status, checks = await ready(site)
        assert (status, checks["polling"]) == (200, ("warning", "a bug has stopped the polling of 1 races"))


async def test_many_who_ask_cost_one_write_in_some_seconds(tmp_path: Path) -> None:
    async with shown(tmp_path) as site:
        seconds = [0.0]
        anew(site, probe=WriteProbe(site.house.store, tmp_path, now=lambda: seconds[0]))
        written: list[str] = []
        # Every statement of a write to this table is seen by whoever holds its file.
        await site.house.store.transaction(lambda connection: connection.set_trace_callback(written.append))
        for _ in range(3):
            answers = await asyncio.gather(*(site.ask("/readyz") for _ in range(4)))
            assert {answer.status for answer in answers} == {200}
            seconds[0] += PROBE_EVERY_SECONDS
        assert sum("leftOut + 1" in one for one in written) == 3
