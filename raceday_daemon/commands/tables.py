"""The command about the tables in Appwrite."""

from typing import Annotated

import typer

from raceday_daemon.commands.command_line import carry_out, giving_up, refuse, settings_for_appwrite, tell_json
from raceday_daemon.commands.exits import Exit
from raceday_daemon.commands.options import AsJson


def setup(
    check: Annotated[bool, typer.Option("--check", help="Only say what differs.")] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Take back what the last unfinished run made, where it is empty.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The tables in your own Appwrite: made where they are missing, mended where that loses nothing, verified.

    It can be stopped at any point and repeated at any time.

    `raceday-daemon setup`

    `raceday-daemon setup --check`
    """
    if check and rollback:
        refuse("--check changes nothing, and --rollback takes back: leave one of them out")
    with giving_up():
        if rollback:
            _roll_back(as_json=as_json)
        else:
            _set_up(check=check, as_json=as_json)


def _set_up(*, check: bool, as_json: bool) -> None:
    from raceday_daemon.appwrite.setup.report import report_as_json
    from raceday_daemon.appwrite_setup import check_tables, set_up_tables

    work = check_tables if check else set_up_tables
    report = carry_out(work, settings_for_appwrite(), asks=False)
    if as_json:
        tell_json(report_as_json(report))
    else:
        from raceday_daemon.views.setup import print_report

        print_report(report, checked=check)
    raise typer.Exit(Exit.SOME_FAILED if report.differences or report.failures else Exit.DONE)


def _roll_back(*, as_json: bool) -> None:
    from raceday_daemon.appwrite_setup import roll_tables_back

    outcome = carry_out(roll_tables_back, settings_for_appwrite(), asks=False)
    if as_json:
        tell_json({"removed": outcome.removed, "kept": outcome.kept})
    else:
        from raceday_daemon.views.setup import print_rolled_back

        print_rolled_back(outcome)
    raise typer.Exit(Exit.SOME_FAILED if outcome.kept else Exit.DONE)
