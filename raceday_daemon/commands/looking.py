"""The commands that only look and tell."""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from raceday_daemon.commands import completion
from raceday_daemon.commands.command_line import carry_out, loaded_settings, or_refuse, refuse, tell_json
from raceday_daemon.commands.exits import Exit, exit_after
from raceday_daemon.commands.options import AsJson, day_of

if TYPE_CHECKING:
    from rich.console import RenderableType

    from raceday_daemon.onlooker import Told


def cadence(
    named: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="The table (default: the one in force).",
            show_default=False,
            autocompletion=completion.profiles,
        ),
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
        tell_json(outline(profiles[name]))
    else:
        from raceday_daemon.views.cadence import print_cadence

        print_cadence(profiles[name])


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Draw it anew every 2 s, until Ctrl-C.")] = False,
    as_json: AsJson = False,
) -> None:
    """What the daemon is doing: asked of it where it runs, else read from its files; it says which.

    `raceday-daemon status --watch`
    """
    from raceday_daemon.onlooker import status_of
    from raceday_daemon.views.status import status_view

    settings = loaded_settings().settings
    token = settings.raceday_api_token.get_secret_value() if settings.raceday_api_token else None
    _look_on(
        lambda: status_of(settings.raceday_data_dir, datetime.now(UTC), token),
        status_view,
        settings.raceday_timezone,
        as_json=as_json,
        again_and_again=watch,
    )


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
    from raceday_daemon.views.coverage import coverage_view

    wanted = day_of(day) if day else None
    settings = loaded_settings().settings
    profile = or_refuse(lambda: load_profile(settings))
    _look_on(
        lambda: coverage_of(settings.raceday_data_dir, profile, wanted, datetime.now(UTC)),
        coverage_view,
        settings.raceday_timezone,
        as_json=as_json,
    )


def check(as_json: AsJson = False) -> None:
    """Whether everything is in order: settings, data folder, source, clock, and Appwrite with its key and tables.

    It changes nothing. Its exit status is that of the first thing that is wrong.

    `raceday-daemon check`
    """
    from raceday_daemon.checkup import check_up
    from raceday_daemon.views.outcomes import print_findings

    findings = carry_out(check_up, loaded_settings(), asks=False)
    if as_json:
        tell_json({"checks": [{"name": one.name, "state": one.state, "words": one.words} for one in findings]})
    else:
        print_findings([(one.name, one.state, one.words) for one in findings])
    wrong = next((one.error for one in findings if one.error), None)
    raise typer.Exit(exit_after(wrong) if wrong else Exit.DONE)


def healthcheck() -> None:
    """Exit status for Docker: 0 while the daemon of the data folder lives, 1 where it hangs or none runs.

    It asks /livez alone: a source that is down, or a full disk, is no reason to kill a container.

    `raceday-daemon healthcheck`
    """
    from raceday_daemon.healthcheck import healthcheck

    raise typer.Exit(healthcheck())


def config(as_json: AsJson = False) -> None:
    """The effective settings and where each came from; secrets are masked.

    `raceday-daemon config`
    """
    from raceday_daemon.views.settings import print_settings, settings_as_json

    loaded = loaded_settings()
    for warning in (*loaded.warnings, *loaded.exposed):
        typer.echo(f"warning: {warning}", err=True)
    if as_json:
        tell_json(settings_as_json(loaded))
    else:
        print_settings(loaded)


def _look_on(
    look: Callable[[], "Told"],
    view: Callable[[Mapping[str, Any], ZoneInfo], "RenderableType"],
    zone_name: str,
    *,
    as_json: bool,
    again_and_again: bool = False,
) -> None:
    """Show what those who only look are told, in a time zone; exit 1 where something is wrong."""
    from raceday_daemon.views.parts import print_view, trouble_view, watch

    zone = ZoneInfo(zone_name)

    def seen() -> "RenderableType":
        told = look()
        return trouble_view(told.trouble, datetime.now(UTC), zone) if told.trouble else view(told.facts, zone)

    if again_and_again:
        if as_json or not sys.stdout.isatty():
            refuse("--watch draws in a terminal: without one, and with --json, leave it out")
        watch(seen)
        return
    told = look()
    if as_json:
        tell_json(told.facts)
    elif told.trouble:
        typer.echo(told.trouble, err=True)
    else:
        print_view(view(told.facts, zone))
    raise typer.Exit(Exit.SOME_FAILED if told.trouble else Exit.DONE)
