"""What `setup` tells people."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from raceday_daemon.appwrite.setup.bands import USER as BANDS_USER
from raceday_daemon.views.parts import print_lines

if TYPE_CHECKING:
    from raceday_daemon.appwrite.setup.report import SetupReport
    from raceday_daemon.appwrite.setup.rollback import RolledBack

_MOST_SHOWN = 40


def print_report(report: "SetupReport", *, checked: bool) -> None:
    """Print what was made and mended, what failed, and what still differs."""
    console = Console(highlight=False, soft_wrap=True)
    for count, word in ((len(report.made), "made"), (len(report.mended), "mended")):
        if count:
            console.print(f"[bold]{count}[/] {word}")
    if report.bands:
        console.print(
            f"[bold]{report.bands}[/] bands made for {BANDS_USER}, the front end's one user: what they tell is kept as"
            " rows, and sent through no channel; `raceday-daemon alerts list` shows them, `alerts remove` removes them"
        )
    print_lines(console, "[bold]failed[/]", report.failures, _MOST_SHOWN)
    if not report.is_absent:
        different = [str(difference) for difference in report.differences]
        print_lines(console, "[bold]different[/]", different, _MOST_SHOWN)
    for found in report.broken_links:
        if found.broken:
            link, among = found.link, "" if found.whole else "newest "
            console.print(
                f"{link.table}.{link.column}: {found.broken} of the {among}{found.rows} rows lead to no {link.target}"
            )
    if report.broken_links:
        console.print(_counted(report))
    console.print(_conclusion(report, checked=checked))


def print_rolled_back(outcome: "RolledBack") -> None:
    """Print what was removed and what was kept."""
    console = Console(highlight=False, soft_wrap=True)
    print_lines(console, "[bold]removed[/]", outcome.removed, _MOST_SHOWN)
    print_lines(console, "[bold]kept[/]", outcome.kept, _MOST_SHOWN)
    if not (outcome.removed or outcome.kept):
        console.print("no unfinished setup of this database is recorded here: there is nothing to take back")


def _counted(report: "SetupReport") -> str:
    """Say how many rows of each table were looked at, and that they hang together where they do."""
    rows = {
        one.link.table: f"{one.link.table} {'' if one.whole else 'newest '}{one.rows}" for one in report.broken_links
    }
    whole = "" if any(one.broken for one in report.broken_links) else "; each leads to where it should"
    return f"rows: {', '.join(rows.values())}{whole}"


def _conclusion(report: "SetupReport", *, checked: bool) -> str:
    database = escape(report.database_id)
    if not report.differences:
        return f"[green]the tables of {database} are as declared[/]"
    if report.is_absent:
        return f"[yellow]{database} is not set up yet:[/] `raceday-daemon setup` makes the tables"
    if report.is_foreign:
        return (
            f"[red]{database} holds tables of another make, such as the older RaceDay setup's:[/] nothing in it was"
            " changed. Name another database in APPWRITE_DATABASE_ID and run `raceday-daemon setup` again"
        )
    if checked and any(difference.steps for difference in report.differences):
        return f"[yellow]{database} differs:[/] `raceday-daemon setup` mends what can be mended without loss"
    harm = "is in nobody's way" if report.is_usable else "has to be mended by hand, in Appwrite's console"
    return f"[yellow]{database} differs:[/] what is listed {harm}"
