"""The commands: `raceday-daemon --help`."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from raceday_daemon import __version__

if TYPE_CHECKING:
    from raceday_daemon.model.job import JobRun
    from raceday_daemon.settings import Settings
    from raceday_daemon.settings_loading import LoadedSettings

# The commands import what they need when they run: --help, a wrong word and a refusal are answered at once.

ResultT = TypeVar("ResultT")

_LONGEST_RANGE_DAYS = 366

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Keeps a New Zealand and Australian racing day fresh, from the NZ TAB into your own database.",
    epilog="Exit status: 0 done, 1 some items failed, 2 wrong usage or settings, 3 the source can't be reached,"
    " 5 held by another process, 130 or 143 stopped by a signal.",
)


class Exit(IntEnum):
    """What the process ends with."""

    DONE = 0
    SOME_FAILED = 1
    WRONG_USE = 2
    SOURCE_AWAY = 3
    HELD = 5


class JobName(StrEnum):
    """What run-once can run."""

    MEETINGS = "meetings"
    RACES = "races"
    ENTRANTS = "entrants"
    STATUSES = "statuses"
    REFRESH = "refresh"
    ALL = "all"


def main() -> None:
    """Run the command line; what the machine lacks is told in a sentence."""
    try:
        app(prog_name="raceday-daemon")
    except MemoryError:
        _give_up("there is not enough memory to run")
    except RuntimeError as error:
        if "start new thread" not in str(error):
            raise
        _give_up("there is not enough memory to start a thread, or too many are running")
    except OSError as error:
        _give_up(f"the system does not let it go on: {error.strerror or error}")


def _give_up(sentence: str) -> NoReturn:
    if sys.stderr is not None:
        sys.stderr.write(f"raceday-daemon: {sentence}\n")
    raise SystemExit(Exit.SOME_FAILED)


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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
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
    from raceday_daemon.daemon import run_once as run_job_once
    from raceday_daemon.jobs.answer import run_once_answer

    days = _days(day) if day else [racing_day(datetime.now(UTC))]
    runs = _carry_out(lambda settings: run_job_once(settings, job.value, days), _settings_to_work_with())
    if as_json:
        typer.echo(json.dumps(run_once_answer(job.value, days, runs), ensure_ascii=False))
    else:
        from raceday_daemon.terminal import print_runs

        print_runs(runs)
    raise typer.Exit(exit_of(runs))


@app.command()
def config(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
) -> None:
    """The effective settings and where each came from; secrets are masked.

    `raceday-daemon config`
    """
    from raceday_daemon.terminal import print_settings, settings_as_json

    loaded = _loaded_settings()
    for warning in loaded.warnings:
        typer.echo(f"warning: {warning}", err=True)
    if as_json:
        typer.echo(json.dumps(settings_as_json(loaded), ensure_ascii=False))
    else:
        print_settings(loaded)


def _days(spelled: str) -> list[date]:
    first, to, last = spelled.partition("..")
    try:
        begin, end = _day(first), _day(last if to else first)
    except ValueError:
        _refuse(f"--date {spelled}: a day is written as 2025-07-17, a range as 2025-07-17..2025-07-19")
    if not 0 <= (end - begin).days < _LONGEST_RANGE_DAYS:
        _refuse(f"--date {spelled}: the first day comes first, and a range has at most {_LONGEST_RANGE_DAYS} days")
    return [begin + timedelta(days=offset) for offset in range((end - begin).days + 1)]


def _day(spelled: str) -> date:
    # fromisoformat takes other spellings too, such as 20250717 and 2025-W29-4.
    return datetime.strptime(spelled, "%Y-%m-%d").replace(tzinfo=UTC).date()


def _loaded_settings() -> "LoadedSettings":
    from raceday_daemon.settings_loading import SettingsMistakeError, load_settings

    try:
        return load_settings()
    except SettingsMistakeError as error:
        _refuse(*error.mistakes)


def _settings_to_work_with() -> "LoadedSettings":
    loaded = _loaded_settings()
    if loaded.settings.store == "appwrite":
        _refuse(
            "RACEDAY_STORE: this version keeps everything in SQLite and sends nothing to Appwrite;"
            " set RACEDAY_STORE=sqlite to go on"
        )
    return loaded


def _refuse(*sentences: str) -> NoReturn:
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(Exit.WRONG_USE)


def _carry_out(work: Callable[["Settings"], Coroutine[Any, Any, ResultT]], loaded: "LoadedSettings") -> ResultT:
    """Run a command's work with the log on, until it is done or a signal stops it."""
    from raceday_daemon.model.errors import StoreError
    from raceday_daemon.ops.logs import start_logging
    from raceday_daemon.ops.signals import Stopped, until_stopped

    settings = loaded.settings
    sink = start_logging(settings.log_level, settings.log_format_on(sys.stderr), settings.secrets())
    try:
        _log_oddities(loaded)
        return asyncio.run(until_stopped(work(settings)))
    except Stopped as stopped:
        raise typer.Exit(128 + stopped.signal_number) from None
    except StoreError as error:
        _refuse(str(error))
    finally:
        sink.close()


def _log_oddities(loaded: "LoadedSettings") -> None:
    from loguru import logger

    for warning in loaded.warnings:
        logger.warning("{warning}", action="setting_unknown", warning=warning)
    if loaded.settings.nztab_from is None:
        logger.warning(
            "NZTAB_FROM is not set: the source asks callers for an e-mail address, and may block those without",
            action="sender_missing",
        )


def exit_of(runs: Sequence["JobRun"]) -> Exit:
    """Give what run-once ends with."""
    if any(run.source_away for run in runs):
        return Exit.SOURCE_AWAY
    if any(run.status == "refused" for run in runs):
        return Exit.HELD
    return Exit.SOME_FAILED if any(run.failed for run in runs) else Exit.DONE
