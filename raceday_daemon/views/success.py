"""How often each kind of work succeeded in the last seven days, as people see it in a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text


def success_table(rates: Sequence[Mapping[str, Any]]) -> Table:
    """Show a rate a line; those below their aim in red, and a dash where nothing was tried."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("seven days", no_wrap=True)
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


def percent_text(rate: Mapping[str, Any]) -> str:
    """Give a rate in words, rounded down: one that is below its aim must not look like it."""
    percent = rate["percent"]
    return "-" if percent is None else f"{int(percent * 100) / 100:.2f} %"
