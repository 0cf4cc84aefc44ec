"""The command that removes what is older than is kept."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from raceday_daemon.commands.command_line import carry_out, giving_up, refuse, settings_to_work_with, tell_json
from raceday_daemon.commands.exits import Exit, exit_after
from raceday_daemon.commands.options import AsJson

if TYPE_CHECKING:
    from raceday_daemon.keeping_house import HouseKept
    from raceday_daemon.settings import Settings


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go; nothing is changed.")] = False,
    vacuum: Annotated[
        bool,
        typer.Option("--vacuum", help="Write the files anew too, without gaps; no daemon may run meanwhile."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what is older than the settings keep, now; a running daemon does so by itself at 15:00 UTC.

    * `RACEDAY_HISTORY_RETENTION_DAYS` prices, money and big bets, 90 racing days
    * `RACEDAY_RACES_RETENTION_DAYS` races with all that belongs to them, and their meetings, for ever
    * `RACEDAY_NOTIFICATIONS_RETENTION_DAYS` what people were told, 365 days
    * `RACEDAY_APPWRITE_RETENTION` whether it goes from Appwrite too

    What waits for Appwrite stays, and so do alert rules. It may be stopped at any point and goes on when it is run
    again, beside a daemon too. The room goes back to the disk, all but what somebody reads at that moment.

    `raceday-daemon prune --dry-run`

    `RACEDAY_HISTORY_RETENTION_DAYS=30 raceday-daemon prune`
    """
    from raceday_daemon.views.housekeeping import house_view
    from raceday_daemon.views.parts import print_view

    if dry_run and vacuum:
        refuse("--dry-run changes nothing, and --vacuum writes the files anew: leave one of them out")
    with giving_up():
        house = _counted() if dry_run else _pruned(anew=vacuum)
    if as_json:
        tell_json(house.facts())
    else:
        print_view(house_view(house.facts()))
    raise typer.Exit(exit_after(house.errors[0]) if house.errors else Exit.DONE)


def _counted() -> "HouseKept":
    from raceday_daemon.keeping_house import count_old_rows
    from raceday_daemon.ops.clock import SystemClock

    return count_old_rows(settings_to_work_with().settings, SystemClock())


def _pruned(*, anew: bool) -> "HouseKept":
    from raceday_daemon.one_shot import prune
    from raceday_daemon.views.progress import job_progress

    async def work(settings: "Settings") -> "HouseKept":
        progress = job_progress(settings.log_format_on(sys.stderr))
        try:
            return await prune(settings, progress, anew=anew)
        finally:
            progress.close()

    return carry_out(work, settings_to_work_with(), asks=False)
