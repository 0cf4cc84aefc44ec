"""The commands: `raceday-daemon --help`."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Annotated

import typer

from raceday_daemon import __version__
from raceday_daemon.cli_outbox import app as outbox_app
from raceday_daemon.command_line import (
    Exit,
    carry_out,
    day_of,
    days_of,
    exit_after,
    exit_of,
    give_up,
    loaded_settings,
    look_on,
    or_refuse,
    refuse,
    settings_to_work_with,
    tell_waiting,
    with_log,
)

# The commands import what they need when they run: --help, a wrong word and a refusal are answered at once.

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keeps a New Zealand and Australian racing day fresh, from the NZ TAB into your own database.",
    epilog="Exit status: 0 done, 1 some items failed, 2 wrong usage or settings, 3 the source can't be reached,"
    " 4 Appwrite can't be reached or rows wait for it, 5 held by another process, 130 or 143 stopped by a signal.",
)

app.add_typer(outbox_app, name="outbox")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]


class JobName(StrEnum):
    """What run-once can run."""

    MEETINGS = "meetings"
    RACES = "races"
    ENTRANTS = "entrants"
    STATUSES = "statuses"
    REFRESH = "refresh"
    ALL = "all"


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"raceday-daemon {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before the command."""


@app.command()
def run() -> None:
    """Keep the racing day fresh until stopped: the daily jobs at their times, every race polled on its table.

    Ctrl-C or SIGTERM lets what is under way finish; a second one ends it at once.

    `raceday-daemon run`
    """
    from raceday_daemon.model.errors import RacedayError
    from raceday_daemon.settings_loading import load_profile

    loaded = settings_to_work_with()
    profile = or_refuse(lambda: load_profile(loaded.settings))
    from raceday_daemon.daemon import run as run_daemon

    try:
        with_log(lambda settings: run_daemon(settings, profile), loaded)
    except RacedayError as error:
        give_up(error)


@app.command("run-once")
def run_once(
    job: Annotated[JobName, typer.Argument(help="The job.")],
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
    from raceday_daemon.model.errors import RacedayError
    from raceday_daemon.one_shot import run_once as run_job_once

    days = days_of(day) if day else [racing_day(datetime.now(UTC))]
    try:
        runs, rows_waiting = carry_out(
            lambda settings: run_job_once(settings, job.value, days), settings_to_work_with()
        )
    except RacedayError as error:
        give_up(error)
    if as_json:
        typer.echo(json.dumps(run_once_answer(job.value, days, runs), ensure_ascii=False))
    else:
        from raceday_daemon.terminal import print_runs

        print_runs(runs)
    tell_waiting(rows_waiting)
    raise typer.Exit(exit_of(runs, rows_waiting))


@app.command()
def poll(
    race_id: Annotated[str, typer.Argument(help="The race's id, as `races` keeps it.")],
    as_json: AsJson = False,
) -> None:
    """One look at one race, beside a running daemon or without one.

    `raceday-daemon poll 0f57e087-f4d4-4cf6-be1d-6d1b1e9a9a35`
    """
    from raceday_daemon.model.errors import RacedayError
    from raceday_daemon.one_shot import is_race_id, poll_race
    from raceday_daemon.terminal import look_as_json, print_look

    if not is_race_id(race_id):
        refuse(f"{race_id}: not a race's id, which looks like 0f57e087-f4d4-4cf6-be1d-6d1b1e9a9a35")
    try:
        look, rows_waiting = carry_out(lambda settings: poll_race(settings, race_id), settings_to_work_with())
    except RacedayError as error:
        if as_json:
            typer.echo(json.dumps({"race_id": race_id, "outcome": "failed", "error": f"{error.kind}: {error}"}))
        else:
            typer.echo(str(error), err=True)
        raise typer.Exit(exit_after(error)) from None
    if as_json:
        typer.echo(json.dumps(look_as_json(look), ensure_ascii=False))
    else:
        print_look(look)
    tell_waiting(rows_waiting)
    raise typer.Exit(Exit.SOME_FAILED if look.set_aside else Exit.APPWRITE_AWAY if rows_waiting else Exit.DONE)


@app.command()
def demo(
    speed: Annotated[float, typer.Option(help="How many times as fast as real time.", min=1, max=3600)] = 60,
    races: Annotated[int, typer.Option(help="How many races, one every six minutes.", min=1, max=200)] = 12,
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.", min=0)] = 1,
    port: Annotated[
        int | None, typer.Option(help="The port of its site (default: any free one).", min=0, max=65535)
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Its folder (default: RACEDAY_DATA_DIR).", show_default=False)
    ] = None,
    until_done: Annotated[bool, typer.Option("--until-done", help="End once every race is over.")] = False,
) -> None:
    """A simulated racing day through the real pipeline, to watch: no network, no account, nothing of it real.

    `raceday-daemon demo`

    `raceday-daemon demo --speed 240 --races 6 --until-done --data-dir /tmp/demo`
    """
    from raceday_daemon.demo import DemoWish, run_demo
    from raceday_daemon.model.errors import RacedayError
    from raceday_daemon.settings_loading import load_profile
    from raceday_daemon.terminal import print_outcome

    loaded = loaded_settings()
    ours = {"raceday_http_port": port or 0, "raceday_data_dir": data_dir or loaded.settings.raceday_data_dir}
    settings = loaded.settings.model_copy(update={**ours, "nztab_from": "demo@example.org"})
    profile = or_refuse(lambda: load_profile(settings))
    wish = DemoWish(speed=speed, races=races, seed=seed, until_done=until_done, on_view=sys.stdout.isatty())
    try:
        outcome = with_log(lambda settings: run_demo(settings, profile, wish), replace(loaded, settings=settings))
    except RacedayError as error:
        give_up(error)
    print_outcome(outcome)
    raise typer.Exit(Exit.SOME_FAILED if until_done and not outcome.is_done else Exit.DONE)


@app.command()
def cadence(
    named: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="The table (default: the one in force).", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """When a race that starts on time is looked at, and what happens after.

    `raceday-daemon cadence`

    `raceday-daemon cadence --profile intense --json`
    """
    from raceday_daemon.cadence.outline import outline
    from raceday_daemon.settings_loading import load_profiles, no_such_profile

    settings = loaded_settings().settings
    profiles = or_refuse(lambda: load_profiles(settings))
    name = named or settings.raceday_cadence
    if name not in profiles:
        refuse(f"--profile: {no_such_profile(name, profiles)}")
    if as_json:
        typer.echo(json.dumps(outline(profiles[name])))
    else:
        from raceday_daemon.terminal import print_cadence

        print_cadence(profiles[name])


@app.command()
def status(
    watch: Annotated[bool, typer.Option("--watch", help="Draw it anew every 2 s, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """What the daemon is doing: asked of it where it runs, else read from its files; it says which.

    `raceday-daemon status --watch`
    """
    from raceday_daemon.onlooker import status_of
    from raceday_daemon.status_tables import status_view

    settings = loaded_settings().settings
    look_on(
        lambda: status_of(settings.raceday_data_dir, datetime.now(UTC)),
        status_view,
        settings.raceday_timezone,
        as_json=as_json,
        again_and_again=watch,
    )


@app.command()
def coverage(
    day: Annotated[
        str | None, typer.Option("--date", metavar="D", help="The racing day (default: today's).", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What became of a racing day's slots: a race a line, how many were due, polled, failed, missed and why.

    `raceday-daemon coverage --date 2025-07-17`
    """
    from raceday_daemon.onlooker import coverage_of
    from raceday_daemon.settings_loading import load_profile
    from raceday_daemon.status_tables import coverage_view

    wanted = day_of(day) if day else None
    settings = loaded_settings().settings
    profile = or_refuse(lambda: load_profile(settings))
    look_on(
        lambda: coverage_of(settings.raceday_data_dir, profile, wanted, datetime.now(UTC)),
        coverage_view,
        settings.raceday_timezone,
        as_json=as_json,
    )


@app.command()
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
    from raceday_daemon.model.errors import RacedayError
    from raceday_daemon.replay import replay as replay_recordings

    if speed is not None and not 0 < speed < inf:
        refuse("--speed: a number above 0, such as 60")
    try:
        answer = carry_out(
            lambda settings: replay_recordings(settings, place, speed), settings_to_work_with(), asks=False
        )
    except RacedayError as error:
        give_up(error)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
    else:
        from raceday_daemon.terminal import print_replay

        print_replay(answer)
    raise typer.Exit(Exit.SOME_FAILED if answer["kinds"] else Exit.DONE)


@app.command()
def config(
    as_json: AsJson = False,
) -> None:
    """The effective settings and where each came from; secrets are masked.

    `raceday-daemon config`
    """
    from raceday_daemon.terminal import print_settings, settings_as_json

    loaded = loaded_settings()
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if as_json:
        typer.echo(json.dumps(settings_as_json(loaded), ensure_ascii=False))
    else:
        print_settings(loaded)
