"""Channels as people see them."""

from typing import Any
from zoneinfo import ZoneInfo

from raceday_daemon.views.channels import tried_view
from raceday_daemon.views.status import status_view
from tests.unit.test_status_view import RUNNING, shown

FINE: dict[str, Any] = {
    "channel": "webhook",
    "waiting": 0,
    "oldest": None,
    "sent": 0,
    "last_sent_at": None,
    "refused": 0,
    "expired": 0,
    "uncertain": 0,
    "dropped": 0,
    "failing_since": None,
    "failure": None,
}


def lines(*channels: dict[str, Any]) -> list[str]:
    told = shown(status_view(RUNNING | {"channels": list(channels)}, ZoneInfo("Pacific/Auckland")))
    return [line for line in told if line.startswith(("channel ", "phone "))]


def test_a_channel_that_works_is_a_line() -> None:
    assert lines(FINE) == ["channel webhook: nothing waits"]
    sent = FINE | {"sent": 7, "last_sent_at": "2025-07-17T00:39:00.000Z"}
    assert lines(sent) == ["channel webhook: nothing waits, 7 sent within a day, the last at 12:39:00"]


def test_what_is_wrong_with_one_is_told_beside_it() -> None:
    failing = FINE | {
        "channel": "phone",
        "waiting": 3,
        "oldest": "2025-07-17T00:38:00.000Z",
        "refused": 1,
        "expired": 20,
        "failing_since": "2025-07-17T00:20:00.000Z",
        "failure": "unreachable: HTTP 503\x1b",
    }
    assert lines(FINE, failing) == [
        "channel webhook: nothing waits",
        "channel phone: 3 wait since 12:38:00; 1 refused, 20 expired",
        r"phone fails since 12:20:00: unreachable: HTTP 503\x1b",
    ]


def test_without_channels_nothing_is_said_of_them() -> None:
    assert lines() == []


def test_what_became_of_a_test_is_a_line_a_channel() -> None:
    view = tried_view(
        [
            {"channel": "webhook", "arrived": True, "ms": 31, "error": None},
            {"channel": "phone", "arrived": False, "ms": 2, "error": "unreachable: HTTP 503"},
        ]
    )
    assert [line.split() for line in shown(view)] == [
        ["channel", "arrived", "ms", "error"],
        ["webhook", "yes", "31"],
        ["phone", "no", "2", "unreachable:", "HTTP", "503"],
    ]
