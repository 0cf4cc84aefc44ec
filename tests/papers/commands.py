"""The commands as the command line knows them: in the order of --help, with what each takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from raceday_daemon.cli import app

PROGRAM: Final = "raceday-daemon"


@dataclass(frozen=True)
class Described:
    """A command: its words after the program's name, and what typer knows of it."""

    words: tuple[str, ...]
    command: TyperCommand
    context: typer.Context

    @property
    def name(self) -> str:
        return " ".join((PROGRAM, *self.words))

    @property
    def help(self) -> str:
        assert self.command.help, f"{self.name} says nothing of itself"
        return self.command.help

    @property
    def summary(self) -> str:
        """The first paragraph of its help, on one line."""
        return " ".join(self.help.split("\n\n")[0].split())

    @property
    def arguments(self) -> list[TyperArgument]:
        return [one for one in self.command.params if isinstance(one, TyperArgument)]

    @property
    def options(self) -> list[TyperOption]:
        return [one for one in self.command.params if isinstance(one, TyperOption)]

    @property
    def usage(self) -> str:
        """The command with its arguments by name, as it is typed."""
        return " ".join((self.name, *(argument.metavar or argument.name.upper() for argument in self.arguments)))


def described_commands() -> list[Described]:
    """Give every command that does something, those of a group by themselves."""
    top: Any = typer.main.get_command(app)
    return list(_below(top, (), typer.Context(top, info_name=PROGRAM)))


def _below(group: TyperGroup, words: tuple[str, ...], context: typer.Context) -> Iterator[Described]:
    for name, command in group.commands.items():
        inner: Any = command
        below = typer.Context(inner, info_name=name, parent=context)
        if isinstance(inner, TyperGroup):
            yield from _below(inner, (*words, name), below)
        else:
            yield Described((*words, name), inner, below)


def find(words: Sequence[str]) -> tuple[Any, list[str]]:
    """Give the command or group that these words lead to, and the words left; LookupError for one that is not there."""
    found: Any = typer.main.get_command(app)
    left = list(words)
    while isinstance(found, TyperGroup) and left and not left[0].startswith("-"):
        if left[0] not in found.commands:
            raise LookupError(f"there is no command {' '.join((PROGRAM, *words))}")
        found = found.commands[left.pop(0)]
    return found, left


def known_options(command: Any) -> set[str]:
    """Name the options of a command or group, --help and those of completion included."""
    context = typer.Context(command)
    return {name for one in command.get_params(context) for name in (*one.opts, *one.secondary_opts)}


def parse(words: Sequence[str]) -> None:
    """Read a whole command line and do nothing; raises what the command would refuse it with."""
    command, left = find(words)
    if isinstance(command, TyperGroup):
        if not set(left) <= known_options(command):
            raise LookupError(f"{' '.join(words)}: no such option")
    elif not {"--help", "-h"} & set(left):
        command.make_context(words[0], left)


def program_help() -> str:
    """Give what the program says of itself, before any command: a sentence, and how to begin."""
    told = typer.main.get_command(app).help
    assert told
    return told
