"""Status and coverage as people see them."""

from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console, RenderableType

from raceday_daemon.views.coverage import coverage_view
from raceday_daemon.views.parts import trouble_view
from raceday_daemon.views.status import status_view
from tests.builders import later

AUCKLAND = ZoneInfo("Pacific/Auckland")

ACTIVITY: dict[str, Any] = {
    "last_hour": {"by_outcome": {"ok": 3, "missed": 2}, "missed_by_reason": {"busy": 1, "down": 1}},
    "today": {"by_outcome": {"ok": 30, "unchanged": 9}, "missed_by_reason": {}},
    "lateness": {"slots": 3, "median_ms": 2.0, "p99_ms": 7.0, "worst_ms": 9.0},
    "jobs": [
        {
            "job": "meetings",
            "racing_day": "2025-07-17",
            "started_at": "2025-07-16T17:00:00.000Z",
            "finished_at": "2025-07-16T17:00:03.000Z",
            "status": "partial",
            "processed": 12,
            "failed": 1,
            "skipped": 0,
        }
    ],
    "success": [
        {
            "work": "polls",
            "succeeded": 995,
            "failed": 5,
            "percent": 99.5,
            "aim_percent": 99.5,
            "below_aim": False,
        },
        {
            "work": "alerts",
            "succeeded": 99899,
            "failed": 101,
            "percent": 99.899,
            "aim_percent": 99.9,
            "below_aim": True,
        },
        {"work": "races", "succeeded": 0, "failed": 0, "percent": None, "aim_percent": 99.5, "below_aim": None},
    ],
}
NO_ALERTS: dict[str, Any] = {"rules": 0, "invalid": 0, "today": 0, "newest": []}
RUNNING: dict[str, Any] = {
    "running": True,
    "version": "1.2.3",
    "pid": 4711,
    "since": "2025-07-16T20:00:00.000Z",
    "url": "http://127.0.0.1:8080",
    "now": "2025-07-17T00:40:00.000Z",
    "racing_day": "2025-07-17",
    "races_watched": 1,
    "next_turns": [
        {
            "race": "Awapuni R1",
            "race_id": "race-1",
            "start_time": "2025-07-17T12:50:00.000Z",
            "status": "Open",
            "next_at": "2025-07-17T00:41:00.000Z",
            "reason": "every 1m",
            "failures": 2,
        }
    ],
    "broken_races": [],
    "breakers": {"daily": "closed", "poll": "open"},
    "loop_lag_ms": 1.25,
    "appwrite": None,
    "standing_by": None,
    "alerts": NO_ALERTS,
    "activity": ACTIVITY,
}
STOPPED: dict[str, Any] = {
    "running": False,
    "is_demo": False,
    "data_dir": "/data",
    "now": "2025-07-17T00:40:00.000Z",
    "racing_day": "2025-07-17",
    "last_life": None,
    "last_looks": [],
    "appwrite": None,
    "alerts": NO_ALERTS,
    "activity": ACTIVITY | {"jobs": []},
}
SLOTS: dict[str, Any] = {
    "due": 9,
    "polled": 4,
    "failed": 1,
    "missed": {"down": 2, "busy": 1},
    "without_record": 1,
    "buckets_filled": 3,
    "buckets_due": 5,
}


def shown(view: RenderableType) -> list[str]:
    """Give the lines of a view on a wide terminal without colours."""
    console = Console(file=StringIO(), width=200, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(view)
    return [line.strip() for line in captured.get().splitlines()]


def words(line: str) -> list[str]:
    return line.split()


@pytest.mark.parametrize(
    ("sent", "last_sent_at", "told"),
    [
        (1234, "2025-07-17T00:39:58.000Z", "; 1234 rows have arrived since 08:00:00, the last at 12:39:58"),
        (0, None, "; no row was sent since 08:00:00"),
        (None, None, ""),
    ],
)
def test_what_has_arrived_in_appwrite_is_told_where_it_is_known(
    sent: int | None, last_sent_at: str | None, told: str
) -> None:
    onward = {"waiting": 0, "oldest": None, "refused": 0, "left_out": 0, "failing_since": None, "failure": None}
    facts = RUNNING | {"appwrite": onward | {"sent": sent, "last_sent_at": last_sent_at}}
    assert f"Appwrite: nothing waits{told}" in shown(status_view(facts, AUCKLAND))


def test_a_running_daemon_is_shown_with_its_times_in_the_zone() -> None:
    lines = shown(status_view(RUNNING, AUCKLAND))
    assert lines[:3] == [
        "raceday-daemon 1.2.3 runs since 08:00:00, process 4711, http://127.0.0.1:8080",
        "racing day 2025-07-17, 1 races watched; the loop lags 1.2 ms; 12:40:00, times in Pacific/Auckland (NZST)",
        "breakers: daily closed, poll open",
    ]
    assert words(lines[5]) == ["last", "hour", "3", "0", "0", "0", "2", "busy", "1,", "down", "1"]
    assert words(lines[6]) == ["racing", "day", "30", "9", "0", "0", "0"]
    assert lines[7] == "3 slots of the last hour were polled 2 ms late (median), 7 ms (99 %), 9 ms (worst)"
    assert words(lines[10]) == ["meetings", "2025-07-17", "partial", "12", "1", "0", "05:00:03"]
    # The start is after midnight there, so its day is shown too.
    assert lines[-1].startswith("12:41:00   Awapuni R1  2025-07-18 00:50:00  Open    every 1m")


def test_of_one_that_stands_by_it_is_told_who_polls_since_when_and_what_is_not_known() -> None:
    other = {
        "holder": "north/7/x",
        "since": "2025-07-16T20:00:00.000Z",
        "last_heard_of": "2025-07-17T00:39:00.000Z",
        "trouble": None,
    }
    told = "standing by: north/7/x polls since 08:00:00, last heard of at 12:39:00"
    assert told in shown(status_view(RUNNING | {"standing_by": other}, AUCKLAND))
    away = other | {"trouble": "Appwrite cannot be reached"}
    assert f"{told}; Appwrite cannot be reached" in shown(status_view(RUNNING | {"standing_by": away}, AUCKLAND))


def test_what_hangs_is_named_with_the_time_since_when() -> None:
    hangs = {"part": "the thread of raceday.db", "since": RUNNING["now"], "words": "has not answered for 34 s"}
    told = "since 12:40:00: the thread of raceday.db has not answered for 34 s"
    assert told in shown(status_view(RUNNING | {"troubles": [hangs]}, AUCKLAND))


def test_races_that_a_bug_has_stopped_are_named() -> None:
    broken = [{"race": "Awapuni R1", "race_id": "race-1"}, {"race": "race-2", "race_id": "race-2"}]
    assert "stopped by a bug: Awapuni R1, race-2" in shown(status_view(RUNNING | {"broken_races": broken}, AUCKLAND))


def test_the_days_alerts_are_counted_and_the_newest_shown_with_time_user_and_words() -> None:
    one = {"at": "2025-07-17T00:39:00.000Z", "user_id": "ann", "message": "Ruji (4) [red]firmed[/]\x1b"}
    alerts = {"rules": 3, "invalid": 1, "today": 1, "newest": [one]}
    for facts in (RUNNING, STOPPED):
        lines = shown(status_view(facts | {"alerts": alerts}, AUCKLAND))
        at = lines.index("alerts: 3 rules (1 invalid: `raceday-daemon alerts list`), 1 notifications today")
        assert words(lines[at + 2]) == ["12:39:00", "ann", "Ruji", "(4)", "[red]firmed[/]\\x1b"]
    assert not any(line.startswith("alerts:") for line in shown(status_view(RUNNING, AUCKLAND)))
    quiet = shown(status_view(RUNNING | {"alerts": alerts | {"invalid": 0, "today": 0, "newest": []}}, AUCKLAND))
    assert "alerts: 3 rules, 0 notifications today" in quiet


def test_where_none_runs_it_says_so_and_when_the_last_one_lived() -> None:
    assert shown(status_view(STOPPED, AUCKLAND))[:3] == [
        "no daemon runs on /data; its files tell this",
        "none has ever run there",
        "racing day 2025-07-17; 12:40:00, times in Pacific/Auckland (NZST)",
    ]
    life = {"began_at": "2025-07-15T20:00:00.000Z", "last_alive_at": "2025-07-16T20:00:00.000Z"}
    cut_off = shown(status_view(STOPPED | {"last_life": life | {"ended_at": None}}, AUCKLAND))
    assert cut_off[1] == (
        "the last one began 2025-07-16 08:00:00, was alive at 08:00:00, and its end is not recorded:"
        " it did not end as it should, or this is a backup taken while it ran"
    )
    ended = shown(status_view(STOPPED | {"last_life": life | {"ended_at": "2025-07-16T20:00:00.000Z"}}, AUCKLAND))
    assert ended[1] == "the last one began 2025-07-16 08:00:00 and ended 08:00:00"
    assert ended[-1] == "no race was looked at"


def test_coverage_is_a_race_a_line_and_their_sum() -> None:
    race = {"race": "Awapuni R1", "race_id": "race-1", "start_time": "2025-07-17T00:50:00.000Z", "status": "Open"}
    facts = {
        "running": False,
        "is_demo": False,
        "racing_day": "2025-07-17",
        "now": "2025-07-17T00:40:00.000Z",
        "totals": SLOTS,
    }
    lines = shown(coverage_view({**facts, "races": [race | {"slots": SLOTS, "last_look_at": None}]}, AUCKLAND))
    assert lines[0] == (
        "racing day 2025-07-17, no daemon runs: told by its files; 12:40:00, times in Pacific/Auckland (NZST)"
    )
    counts = ["9", "4", "1", "down", "2,", "busy", "1", "1", "3/5"]
    assert words(lines[4]) == ["Awapuni", "R1", "12:50", "Open", *counts, "-"]
    assert words(lines[5]) == ["1", "races", *counts]


def test_no_text_of_the_source_steers_the_terminal_or_styles_it() -> None:
    evil = "Evil\x1b]0;owned\x07 [red]R1[/]"
    turn = RUNNING["next_turns"][0] | {"race": evil, "status": evil, "reason": None}
    lines = shown(status_view(RUNNING | {"next_turns": [turn]}, AUCKLAND))
    assert lines[-1].count(r"Evil\x1b]0;owned\x07 [red]R1[/]") == 2
    look = {"race": evil, "race_id": "1", "began_at": RUNNING["now"], "reason": "x", "outcome": "failed", "error": evil}
    lines = shown(status_view(STOPPED | {"last_looks": [look]}, AUCKLAND))
    assert lines[-1].count(r"Evil\x1b]0;owned\x07 [red]R1[/]") == 2


def test_what_is_wrong_is_shown_with_the_time() -> None:
    assert shown(trouble_view("it hangs\n", later(0), AUCKLAND)) == [r"12:40:00 NZST  it hangs\n"]
