"""Success rates as people see them: red where below the aim, and never rounded up to it."""

from io import StringIO
from typing import Any

from rich.console import Console

from raceday_daemon.views.success import success_table
from tests.unit.test_status_view import ACTIVITY


def lines(rates: list[dict[str, Any]], **options: Any) -> list[str]:
    console = Console(file=StringIO(), width=100, force_terminal=True, **options)
    with console.capture() as captured:
        console.print(success_table(rates))
    return [line.strip() for line in captured.get().splitlines()]


def test_a_rate_a_line_with_its_aim_and_a_dash_where_nothing_was_tried() -> None:
    assert [line.split() for line in lines(ACTIVITY["success"], color_system=None)] == [
        ["seven", "days", "succeeded", "failed", "success", "aim"],
        ["polls", "995", "5", "99.50", "%", "99.5", "%"],
        ["alerts", "99899", "101", "99.89", "%", "99.9", "%"],
        ["races", "0", "0", "-", "99.5", "%"],
    ]


def test_only_what_is_below_its_aim_is_red() -> None:
    red = [line.split()[0] for line in lines(ACTIVITY["success"], color_system="standard") if "\x1b[31m" in line]
    assert red == ["alerts"]
