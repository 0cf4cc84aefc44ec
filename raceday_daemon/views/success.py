"""How often each kind of work succeeded in the last seven days, as people see it in a terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from raceday_daemon.views.parts import Facts, plain_table


def success_table(rates: Sequence[Facts]) -> Table:
    """Show a rate a line; those below their aim in red, and a dash where nothing was tried."""
    table = plain_table("seven days")
    for name in ("succeeded", "failed", "success", "aim"):
        table.add_column(name, justify="right", no_wrap=True)
    for rate in rates:
        table.add_row(
            rate["work"],
            str(rate["succeeded"]),
            str(rate["failed"]),
            Text(percent_text(rate), style="red" if rate["below_aim"] else ""),
            f"{rate['aim_percent']:g} %",
        )
    return table


def percent_text(rate: Facts) -> str:
    """Give a rate in words, rounded down: one that is below its aim must not look like it."""
    percent = rate["percent"]
    return "-" if percent is None else f"{int(percent * 100) / 100:.2f} %"
