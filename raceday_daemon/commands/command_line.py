"""What every command needs: the settings or a refusal, the log on, and its work carried out to the end."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from raceday_daemon.commands.exits import Exit, exit_after

if TYPE_CHECKING:
    from raceday_daemon.ops.log_sink import LogSink
    from raceday_daemon.settings import Settings
    from raceday_daemon.settings_loading import LoadedSettings

ResultT = TypeVar("ResultT")


def refuse(*sentences: str) -> NoReturn:
    """End the command because it was used, or is set up, wrongly."""
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(Exit.WRONG_USE)


def or_refuse(load: Callable[[], ResultT]) -> ResultT:
    """Give what is loaded, or end the command with every mistake in the settings."""
    from raceday_daemon.settings_loading import SettingsMistakeError

    try:
        return load()
    except SettingsMistakeError as error:
        refuse(*error.mistakes)


def loaded_settings() -> "LoadedSettings":
    """Give the settings in force; from here on their secrets are known, and kept out of an error's last words."""
    from raceday_daemon.ops.last_words import mask_last_words
    from raceday_daemon.settings_loading import load_settings

    loaded = or_refuse(load_settings)
    mask_last_words(_secrets_of(loaded.settings))
    return loaded


def _secrets_of(settings: "Settings") -> tuple[str, ...]:
    from raceday_daemon.ops.secrecy import proxy_secrets

    return (*settings.secrets(), *proxy_secrets(os.environ))


def settings_to_work_with() -> "LoadedSettings":
    """Give the settings in force, for a command that keeps rows: not in the folder of a demo."""
    from raceday_daemon.ops.demo_folder import is_demo_folder

    loaded = loaded_settings()
    if is_demo_folder(folder := loaded.settings.raceday_data_dir):
        refuse(
            f"{folder} is a demo's: its races are made up, and the next demo removes all of them;"
            " name another folder in RACEDAY_DATA_DIR, or remove this one"
        )
    return loaded


def settings_for_appwrite() -> "LoadedSettings":
    """Give the settings in force, for a command that is about Appwrite whatever RACEDAY_STORE says."""
    from raceday_daemon.settings_loading import appwrite_mistakes

    loaded = loaded_settings()
    if mistakes := appwrite_mistakes(loaded.settings):
        refuse(*mistakes)
    return loaded


def carry_out(
    work: Callable[["Settings"], Coroutine[Any, Any, ResultT]], loaded: "LoadedSettings", *, asks: bool = True
) -> ResultT:
    """Run a command's work with the log on, until it is done or a signal stops it; `asks`: it asks the source."""
    from raceday_daemon.ops.signals import Stopped, until_stopped

    async def stoppable(settings: "Settings", _: "LogSink") -> ResultT:
        return await until_stopped(work(settings))

    try:
        return with_log(stoppable, loaded, asks=asks)
    except Stopped as stopped:
        raise typer.Exit(128 + stopped.signal_number) from None


def with_log(
    work: Callable[["Settings", "LogSink"], Coroutine[Any, Any, ResultT]],
    loaded: "LoadedSettings",
    *,
    asks: bool = True,
) -> ResultT:
    """Run a command's work with the log on; work that minds the signals itself, and is given what writes the log."""
    from loguru import logger

    from raceday_daemon.ops.logs import start_logging
    from raceday_daemon.ops.memory import share_one_heap

    share_one_heap()
    settings = loaded.settings
    sink = start_logging(settings.log_level, settings.log_format_on(sys.stderr), _secrets_of(settings))
    try:
        _log_oddities(loaded, asks=asks)
        return asyncio.run(work(settings, sink))
    except ExceptionGroup as bugs:
        logger.opt(exception=bugs).critical("stopped by a bug that concerns all of it", action="broken")
        raise typer.Exit(Exit.SOME_FAILED) from None
    finally:
        sink.close()


def _log_oddities(loaded: "LoadedSettings", *, asks: bool) -> None:
    from loguru import logger

    for warning in loaded.warnings:
        logger.warning("{warning}", action="setting_unknown", warning=warning)
    for sentence in loaded.exposed:
        logger.warning("{warning}", action="secret_exposed", warning=sentence)
    if asks and loaded.settings.nztab_from is None:
        logger.warning(
            "NZTAB_FROM is not set: the source asks callers for an e-mail address, and may block those without",
            action="sender_missing",
        )


def tell_waiting(rows: int) -> None:
    """Say that rows have not reached Appwrite yet, where some have not."""
    if rows:
        typer.echo(
            f"{rows} rows still wait for Appwrite; they are kept, and `raceday-daemon run` or the next command sends"
            " them: `raceday-daemon outbox list` has more",
            err=True,
        )


def tell_json(answer: Any) -> None:
    """Print an answer as one line of JSON."""
    typer.echo(json.dumps(answer, ensure_ascii=False))


@contextmanager
def giving_up() -> Iterator[None]:
    """End the command with a sentence where its work fails as a whole; whoever has more to say catches it within."""
    from raceday_daemon.model.errors import RacedayError

    try:
        yield
    except RacedayError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(exit_after(error)) from None
