"""What no card foretells, in virtual time: races missed by the import, moved, called off; outages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.cadence.reading import read_profiles
from raceday_daemon.simulator.answers import Answers
from raceday_daemon.simulator.faults import Faults
from raceday_daemon.simulator.plan import DayPlan, MovedStart, RacePlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.store.rows import instant_text
from tests.end_to_end.card_in_time import CardInTime, card_in_time, logged
from tests.workbench import rows

OWN_TABLE = """
[mine.before]
30m = "10m"
10m = "30s"
[mine.after]
until_final = "2m"
late = "20s"
late_for = "10m"
closed = "30s"
after_final = ["5m"]
"""


def at(time: str) -> datetime:
    """Give a time (UTC) of an afternoon in Auckland."""
    return datetime.fromisoformat(f"2025-07-17T{time}Z").astimezone(UTC)


def day_of(*starts: str) -> DayPlan:
    return plan_of_starts(1, [at(start) for start in starts], plain=True)


def with_races(plan: DayPlan, races: Sequence[RacePlan]) -> DayPlan:
    """Give the day with these races in place of those of the same ids, and without the others."""
    by_id = {race.race_id: race for race in races}
    meetings = (
        replace(meeting, races=tuple(by_id[race.race_id] for race in meeting.races if race.race_id in by_id))
        for meeting in plan.meetings
    )
    return replace(plan, meetings=tuple(meetings))


def with_first(plan: DayPlan, **changes: Any) -> DayPlan:
    """Give the day with another story for its first race."""
    first, *others = plan.races
    return with_races(plan, [replace(first, **changes), *others])


def moved(plan: DayPlan, told: str, to: str) -> DayPlan:
    """Give the day with another start for its first race, and an end that fits it."""
    race, start = plan.races[0], at(to)
    later = start - race.start
    ending = replace(
        race.ending,
        interim_at=race.ending.interim_at + later,
        final_at=race.ending.final_at + later,
        complete_at=race.ending.complete_at + later,
    )
    return with_first(plan, moved=MovedStart(at(told), start), ending=ending)


def hide(card: CardInTime, race: RacePlan, until: datetime) -> None:
    """Let a race be on no card until an instant."""
    plan = card.simulator.plan
    without = Answers(with_races(plan, [one for one in plan.races if one is not race]))

    def answer(request: web.Request) -> web.StreamResponse | None:
        now = card.clock.now()
        if now >= until:
            return None
        given = without.answer(request.path, request.rel_url.raw_query_string, card.simulator.refreshed_at(now))
        return web.json_response(given.document, status=given.status)

    card.meddler.instead["/meetings"] = answer


def times(slots: Sequence[tuple[str, str]]) -> list[str]:
    """Give when slots were due, as hours, minutes and seconds."""
    return [due_at[11:19] for due_at, _ in slots]


async def test_a_race_that_the_daily_jobs_missed_is_found_by_statuses_and_polled_from_then_on(tmp_path: Path) -> None:
    async with card_in_time(tmp_path, day_of("02:00", "02:35"), at("00:20")) as card:
        known, hidden = card.races
        hide(card, hidden, until=at("02:05"))
        await card.live(at("03:40"))
        for race in (known, hidden):
            assert card.slots(race) == card.expected_slots(race)
            assert card.missed(race) == []
        # It is found at 02:15, in time for the slot that is due at that very moment.
        assert times(card.slots(hidden))[:4] == ["02:15:00", "02:17:00", "02:19:00", "02:21:00"]


@pytest.mark.parametrize(
    ("start", "told", "to", "around"),
    [
        # Told by a poll's own answer.
        ("02:00", "01:19:00", "01:40", ["01:15:00", "01:20:00", "01:22:00", "01:24:00"]),
        ("02:00", "01:49:00", "02:20", ["01:48:00", "01:50:00", "01:55:00", "02:00:00", "02:02:00"]),
        # Told by the card, while the race is far from its start, and while it is in its window but not yet due.
        ("05:00", "01:08:00", "01:40", ["01:15:00", "01:20:00", "01:22:00"]),
        ("02:08", "01:28:20", "01:45", ["01:28:00", "01:31:00"]),
    ],
)
async def test_a_moved_start_is_gone_by_at_once(
    tmp_path: Path, start: str, told: str, to: str, around: list[str]
) -> None:
    async with card_in_time(tmp_path, moved(day_of(start), told, to), at("00:40")) as card:
        (race,) = card.races
        await card.live(at("03:20"))
        due = times(card.slots(race))
        first = due.index(around[0])
        assert due[first : first + len(around)] == around
        assert card.slots(race) == card.expected_slots(race)
        assert {why for _, why in card.missed(race)} <= {"replanned"}
        assert card.slots(race)[-1][1] == "30m after final"


async def test_an_abandoned_race_is_looked_at_once_more_10_minutes_later(tmp_path: Path) -> None:
    async with card_in_time(tmp_path, with_first(day_of("02:00"), abandoned_at=at("01:46:30")), at("00:20")) as card:
        (race,) = card.races
        await card.live(at("09:00"))
        assert card.slots(race) == card.expected_slots(race)
        *_, found, last = card.slots(race)
        assert times([found]) == ["01:48:00"]
        # The answer that told of it was made a little sooner.
        assert times([last]) == ["01:57:52"]
        assert last[1] == "10m after abandoned"


async def test_a_race_that_never_ends_is_given_up_loudly_after_six_hours(tmp_path: Path) -> None:
    plan = day_of("02:00", "03:00")
    never = replace(plan.races[0].ending, final_at=at("23:00"), complete_at=at("23:00"))
    async with card_in_time(tmp_path, with_first(plan, ending=never), at("00:20")) as card:
        race, other = card.races
        with logged() as lines:
            await card.live(at("10:00"))
        assert card.slots(race) == card.expected_slots(race)
        assert times(card.slots(race))[-2:] == ["07:55:00", "08:00:00"]
        (line,) = [line for line in lines if line["level"] == "ERROR"]
        assert (line["action"], line["race_id"], line["status"]) == ("race_given_up", race.race_id, "Interim")
        assert card.slots(other) == card.expected_slots(other)


async def test_an_outage_of_two_hours_leaves_failed_polls_and_two_lines_a_race_and_then_all_is_as_before(
    tmp_path: Path,
) -> None:
    outage = (at("02:10"), at("04:10"))
    plan = day_of("01:00", "02:30", "04:00", "04:30", "06:00")
    async with card_in_time(tmp_path, plan, at("00:05"), Faults(outages=(outage,))) as card:
        with logged() as lines:
            await card.live(at("07:30"))
        before, *in_it, after = card.races
        for race in (before, after):
            assert card.slots(race) == card.expected_slots(race)
        for race in in_it:
            told = [
                line["action"]
                for line in lines
                if line.get("race_id") == race.race_id and line["level"] != "DEBUG" and "poll" in line["action"]
            ]
            assert told == ["poll_failed", "poll_recovered"]
            assert card.missed(race) == []
            failed = card.polls(race, "outcome = 'failed'")
            assert len(failed) > 10
            # As the outage ends one race's poll tries the source, and the others of that instant are not let through.
            assert all(outage[0] <= datetime.fromisoformat(poll["began_at"]) <= outage[1] for poll in failed)
            assert card.slots(race)[-1][1] == "30m after final"
        warnings = [line for line in lines if line["action"] == "poll_failed" and line["level"] == "WARNING"]
        assert len(warnings) == len(in_it)
        statuses = rows(card.folder / "ops.db", "SELECT status FROM job_runs WHERE job = 'statuses' ORDER BY rowid")
        assert ("failed",) in statuses
        assert statuses[-1] == ("ok",)


async def test_without_extras_a_race_is_looked_at_every_5_minutes_until_final_and_no_more(tmp_path: Path) -> None:
    plain = STANDARD.without_extras()
    plan = with_first(day_of("02:00", "02:20"), delay_seconds=700)
    async with card_in_time(tmp_path, plan, at("00:20")) as card:
        await card.live(at("04:00"), plain)
        for race in card.races:
            assert card.slots(race) == card.expected_slots(race, plain)
            after = [slot for slot in card.slots(race) if slot[0] > instant_text(race.start)]
            assert {reason for _, reason in after} == {"until final, every 5m"}
            assert card.polls(race)[-1]["race_status"] == "Final"


async def test_a_table_of_ones_own_is_kept_to(tmp_path: Path) -> None:
    mine = read_profiles(OWN_TABLE)["mine"]
    async with card_in_time(tmp_path, day_of("02:00", "02:07"), at("00:20")) as card:
        await card.live(at("04:00"), mine)
        for race in card.races:
            assert card.slots(race) == card.expected_slots(race, mine)
            offsets = [(datetime.fromisoformat(due_at) - race.start).total_seconds() for due_at, _ in card.slots(race)]
            assert [offset for offset in offsets if offset <= 0] == [-1800, -1200, *range(-600, 1, 30)]
            assert card.slots(race)[-1][1] == "5m after final"
        # Closed at 20 s past a minute: the half minute after it is too close.
        assert {why for race in card.races for _, why in card.missed(race)} == {"replanned"}


async def test_after_an_hour_of_rest_what_passed_is_recorded_and_one_look_catches_up(tmp_path: Path) -> None:
    async with card_in_time(tmp_path, day_of("01:00", "02:00", "02:45", "04:00"), at("00:05")) as card:
        over, started, coming, untouched = card.races
        await card.live(at("01:50:20"))
        card.clock.advance(3600)
        await card.live(at("06:00"))
        for race in (over, untouched):
            assert card.slots(race) == card.expected_slots(race)
            assert card.missed(race) == []
        for race, first, last in ((started, "01:51:00", "02:50:00"), (coming, "01:55:00", "02:50:15")):
            assert {why for _, why in card.missed(race)} == {"down"}
            down, polled = times(card.missed(race)), times(card.slots(race))
            assert (down[0], down[-1]) == (first, last)
            assert len({*down, *polled}) == len(down) + len(polled)
            (look,) = card.polls(race, "reason = 'catching up'")
            assert look["began_at"] == instant_text(at("02:50:20"))
            assert card.slots(race)[-1][1] == "30m after final"
