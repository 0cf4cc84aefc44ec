"""The man page, from the help of the commands and the declarations of the settings."""

from collections.abc import Iterator

from raceday_daemon import __version__
from raceday_daemon.commands.exits import MEANINGS
from tests.papers.commands import PROGRAM, Described, described_commands, program_help
from tests.papers.roff import bold, escaped, inline, roff
from tests.papers.settings import extra, grouped, meaning, spelled

_FILES = {
    ".env": "settings, in the working directory; `config/example.env` is one to copy",
    "/run/secrets": "settings, each in a file of its name; under systemd its credentials",
    "raceday.db": "in the data folder: the racing, with what is told of it",
    "ops.db": "in the data folder: what was done, each look and each job",
    "recordings": "in the data folder: the source's answers, where they are kept",
}


def man_page() -> str:
    """Give the page; the same code gives the same page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    sentence, _, beginning = program_help().partition("\n\n")
    yield "'\\\" t"
    yield '.\\" Written by `make papers` from the help of the commands.'
    yield f'.TH RACEDAY\\-DAEMON 1 "" "raceday\\-daemon {__version__}" "User Commands"'
    # Names are to be copied from it: no line is stretched, and none ends in the middle of a word.
    # The macros set the hyphens anew with each paragraph, by this register.
    yield from (".nr HY 0", ".nh", ".ad l")
    yield ".SH NAME"
    yield f"{escaped(PROGRAM)} \\- {_first_small(escaped(sentence.rstrip('.')))}"
    yield ".SH SYNOPSIS"
    yield f"{bold(PROGRAM)} \\fICOMMAND\\fR [\\fIOPTIONS\\fR]"
    yield ".SH DESCRIPTION"
    yield from roff(_DESCRIPTION)[1:]
    yield from roff(beginning)
    yield ".SH COMMANDS"
    for one in described_commands():
        yield from _command(one)
    yield ".SH ENVIRONMENT"
    for heading, fields in grouped():
        yield f".SS {escaped(heading)}"
        for name, field in fields:
            default = f" Default: {spelled(field.default)}." if spelled(field.default) else ""
            told = f"{meaning(field)}. Allowed: {extra(field, 'allowed')}.{default}"
            yield from (".TP", bold(name), inline(_first_large(told)))
    yield ".SH FILES"
    for name, words in _FILES.items():
        yield from (".TP", bold(name), inline(words))
    yield ".SH EXIT STATUS"
    for status, words in MEANINGS.items():
        yield from (".TP", bold(str(status)), inline(words))


_DESCRIPTION = """\
One process imports the day's cards, looks at each race more and more often as its start comes near, and goes on until
it is settled. Prices and money are kept as history, in an SQLite file and, where one is set up, in your own Appwrite;
people are told what they asked to be told.

Thoroughbred and harness races of New Zealand and Australia. The source offers its data for personal use: don't
republish it.
"""


def _command(one: Described) -> Iterator[str]:
    yield f".SS {escaped(one.usage)}"
    yield from roff(one.help)[1:]  # a paragraph begins by itself after a heading
    for taken in (*one.arguments, *one.options):
        spelling, words = taken.get_help_record(one.context) or ("", "")
        assert words.lstrip().strip("["), f"{one.name}, {taken.name}: it says nothing of itself"
        yield from (".TP", bold(spelling), inline(words))


def _first_large(text: str) -> str:
    return text[0].upper() + text[1:]


def _first_small(text: str) -> str:
    return text[0].lower() + text[1:]
