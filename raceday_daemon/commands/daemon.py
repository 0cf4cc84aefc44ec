"""The commands that go on until they are stopped."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from raceday_daemon.commands.command_line import giving_up, loaded_settings, or_refuse, settings_to_work_with, with_log
from raceday_daemon.commands.exits import Exit, exit_after

if TYPE_CHECKING:
    from raceday_daemon.ops.log_sink import LogSink
    from raceday_daemon.settings import Settings


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
    from raceday_daemon.ops.last_resort import LAST_SECONDS, end_within

    async def to_its_end(settings: "Settings", sink: "LogSink") -> None:
        status = Exit.SOME_FAILED
        try:
            await run_daemon(settings, profile, sink)
            status = Exit.DONE
        except RacedayError as error:
            status = exit_after(error)
            raise
        finally:
            end_within(LAST_SECONDS, status)

    with giving_up():
        with_log(to_its_end, loaded)


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
    from raceday_daemon.settings_loading import load_profile
    from raceday_daemon.views.outcomes import print_outcome

    loaded = loaded_settings()
    ours = {"raceday_http_port": port or 0, "raceday_data_dir": data_dir or loaded.settings.raceday_data_dir}
    settings = loaded.settings.model_copy(update={**ours, "nztab_from": "demo@example.org"})
    profile = or_refuse(lambda: load_profile(settings))
    wish = DemoWish(speed=speed, races=races, seed=seed, until_done=until_done, on_view=sys.stdout.isatty())
    with giving_up():
        outcome = with_log(
            lambda settings, sink: run_demo(settings, profile, wish, sink), replace(loaded, settings=settings)
        )
    print_outcome(outcome)
    raise typer.Exit(Exit.SOME_FAILED if until_done and not outcome.is_done else Exit.DONE)
