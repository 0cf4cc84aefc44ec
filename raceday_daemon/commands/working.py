"""The commands that do one thing and end."""

from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from raceday_daemon.commands import completion
from raceday_daemon.commands.command_line import (
    carry_out,
    giving_up,
    or_refuse,
    refuse,
    settings_to_work_with,
    tell_json,
    tell_waiting,
)
from raceday_daemon.commands.exits import Exit, exit_after, exit_of
from raceday_daemon.commands.naming import RACE_IDS, race_id_of
from raceday_daemon.commands.options import AsJson, days_of


def _known_job(job: str) -> str:
    if job not in completion.JOBS:
        raise typer.BadParameter(f"{job!r} is no daily job; there are {', '.join(completion.JOBS)}")
    return job


def run_once(
    job: Annotated[
        str,
        typer.Argument(
            metavar="JOB",
            help="One of those above.",
            show_default=False,
            autocompletion=completion.jobs,
            callback=_known_job,
        ),
    ],
    day: Annotated[
        str | None,
        typer.Option(
            "--date",
            metavar="D | A..B",
            help="The racing day, or a range of them (default: today's).",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One pass of a daily job.

    * `meetings` imports the day's meetings with their races
    * `races` asks for each of the meetings by itself
    * `entrants` looks at every race, soonest first: runners, prices, pools, results
    * `statuses` looks through the day's card again
    * `refresh` does the first three anew, `all` all but refresh

    A job that was cut off goes on where it was. What a job needs first and finds missing is run before it.

    `raceday-daemon run-once all`

    `raceday-daemon run-once meetings --date 2025-07-17`

    `raceday-daemon run-once entrants --date 2025-07-01..2025-07-07 --json`
    """
    from raceday_daemon.cadence.racing_day import racing_day
    from raceday_daemon.jobs.answer import run_once_answer
    from raceday_daemon.one_shot import run_once as run_job_once
    from raceday_daemon.settings_loading import load_profile

    days = days_of(day) if day else [racing_day(datetime.now(UTC))]
    loaded = settings_to_work_with()
    profile = or_refuse(lambda: load_profile(loaded.settings))
    with giving_up():
        runs, rows_waiting = carry_out(lambda settings: run_job_once(settings, profile, job, days), loaded)
    if as_json:
        tell_json(run_once_answer(job, days, runs))
    else:
        from raceday_daemon.views.outcomes import print_runs

        print_runs(runs)
    tell_waiting(rows_waiting)
    raise typer.Exit(exit_of(runs, rows_waiting))


def poll(
    race_id: Annotated[
        str,
        typer.Argument(
            metavar="RACE_ID",
            help="The race's id, the end of its address on the page; or what today's card calls it.",
            autocompletion=completion.races,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """One look at one race, beside a running daemon or without one.

    `raceday-daemon poll 0f57e087-f4d4-4cf6-be1d-6d1b1e9a9a35`

    `raceday-daemon poll "Awapuni R1"`
    """
    from raceday_daemon.model.errors import NotFoundError, RacedayError
    from raceday_daemon.one_shot import is_race_id, poll_race
    from raceday_daemon.settings_loading import load_profile
    from raceday_daemon.views.outcomes import look_as_json, print_look

    loaded = settings_to_work_with()
    race_id = race_id_of(loaded.settings.raceday_data_dir, race_id)
    if not is_race_id(race_id):
        refuse(f"{race_id!r} can be no race's id: {RACE_IDS}")
    profile = or_refuse(lambda: load_profile(loaded.settings))
    try:
        look, rows_waiting = carry_out(lambda settings: poll_race(settings, profile, race_id), loaded)
    except RacedayError as error:
        if as_json:
            tell_json({"race_id": race_id, "outcome": "failed", "error": f"{error.kind}: {error}"})
        elif isinstance(error, NotFoundError):
            typer.echo(f"there is no race {race_id}: {RACE_IDS}", err=True)
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(exit_after(error)) from None
    if as_json:
        tell_json(look_as_json(look))
    else:
        print_look(look, ZoneInfo(loaded.settings.raceday_timezone))
    tell_waiting(rows_waiting)
    raise typer.Exit(Exit.SOME_FAILED if look.set_aside else Exit.APPWRITE_AWAY if rows_waiting else Exit.DONE)


def replay(
    place: Annotated[
        Path,
        typer.Argument(metavar="DIRECTORY", help="Recordings: of days, of one day, or one file.", show_default=False),
    ],
    speed: Annotated[
        float | None,
        typer.Option("--speed", metavar="N", help="N times as fast as it was (default: at once).", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recorded answers through the daemon's own parts, into RACEDAY_DATA_DIR; nobody is asked anything.

    DIRECTORY holds what RACEDAY_RECORD kept, or answers as the source sends them, a `.json` file each.

    `RACEDAY_DATA_DIR=./again raceday-daemon replay data/recordings/2025-07-17`
    """
    from raceday_daemon.replay import replay as replay_recordings

    if speed is not None and not 0 < speed < inf:
        refuse("--speed: a number above 0, such as 60")
    with giving_up():
        answer = carry_out(
            lambda settings: replay_recordings(settings, place, speed), settings_to_work_with(), asks=False
        )
    if as_json:
        tell_json(answer)
    else:
        from raceday_daemon.views.outcomes import print_replay

        print_replay(answer)
    raise typer.Exit(Exit.SOME_FAILED if answer["kinds"] else Exit.DONE)
