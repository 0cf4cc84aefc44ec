"""The commands that copy what is stored: into a file and back, and out as text."""

from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from raceday_daemon.commands import completion
from raceday_daemon.commands.command_line import carry_out, giving_up, loaded_settings, refuse, tell_json
from raceday_daemon.commands.options import AsJson, days_of

Force = Annotated[bool, typer.Option("--force", help="Let it take the place of a file that is there.")]


class FormName(StrEnum):
    """In which form a table is exported."""

    CSV = "csv"
    JSONL = "jsonl"


def backup(
    target: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where it goes, such as raceday.tar.gz.", show_default=False)
    ],
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Both databases of the data folder in one file, beside a running daemon or without one.

    It is one moment's state, looked through before it counts as done; FILE is there whole or not at all. `restore` puts
    it back, and so does `tar -xzf`. Recordings are not in it: they are plain files, which any program copies.

    `raceday-daemon backup /mnt/backups/raceday-2025-07-17.tar.gz`
    """
    from raceday_daemon.copies import back_up
    from raceday_daemon.views.copies import manifest_as_json, manifest_view
    from raceday_daemon.views.parts import print_view

    loaded, began = loaded_settings(), perf_counter()
    with giving_up():
        taken = carry_out(lambda settings: back_up(settings, target, replace=force), loaded, asks=False)
    seconds = round(perf_counter() - began, 3)
    if as_json:
        facts = manifest_as_json(taken.manifest)
        told = {"backup": str(target), "bytes": taken.size_bytes, "duration_seconds": seconds, **facts}
        tell_json(told)
    else:
        words = f"{target}: {taken.size_bytes / 1024**2:,.1f} MB in {seconds:.1f} s"
        print_view(manifest_view("backup", words, taken.manifest))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `backup` has made.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """A backup back into RACEDAY_DATA_DIR, all of it or nothing; no file's place is taken.

    The folder must hold no databases, and no daemon may have it. What is in FILE is looked through first.

    `RACEDAY_DATA_DIR=./restored raceday-daemon restore raceday-2025-07-17.tar.gz`
    """
    from raceday_daemon.copies import restore as restore_file
    from raceday_daemon.views.copies import manifest_as_json, manifest_view
    from raceday_daemon.views.parts import print_view

    loaded = loaded_settings()
    data_dir = loaded.settings.raceday_data_dir
    with giving_up():
        manifest = carry_out(lambda settings: restore_file(settings, file), loaded, asks=False)
    if as_json:
        tell_json({"restored": str(data_dir), **manifest_as_json(manifest)})
    else:
        print_view(manifest_view("restored", f"{data_dir} is as it was in {file}", manifest))


def export(
    table: Annotated[
        str,
        typer.Option(
            "--table",
            metavar="T",
            help="The table, such as odds-history.",
            autocompletion=completion.exported_tables,
        ),
    ],
    form: Annotated[FormName, typer.Option("--format", help="As CSV, or a JSON object a line.")] = FormName.CSV,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="D | A..B", help="The racing day, or a range of them (default: all).", show_default=False
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where it goes (default: stdout).", show_default=False),
    ] = None,
    force: Force = False,
) -> None:
    """A table, or a racing day of it, as text for other programs; it streams, whatever the size.

    The tables are those of docs/data.md, `polls` and `job-runs`. A row is of its race's racing day; what has no race is
    of the day of its own instant. In CSV a text that a spreadsheet would take for a formula begins with a `'`, and
    control characters are spelled out; JSON lines are exact.

    `raceday-daemon export --table odds-history --date 2025-07-17 --format csv --output odds.csv`

    `raceday-daemon export --table entrants --date 2025-07-01..2025-07-07 --format jsonl --output entrants.jsonl`
    """
    from raceday_daemon.copies import export_to_file, export_to_stdout
    from raceday_daemon.exports.forms import Form
    from raceday_daemon.exports.tables import EXPORTED
    from raceday_daemon.exports.writing import ExportWish
    from raceday_daemon.ops.printable import printable

    if table not in EXPORTED:
        refuse(f"--table {printable(table)}: there is no such table; there are {', '.join(EXPORTED)}")
    wish = ExportWish(EXPORTED[table], days_of(day) if day else (), Form(form))
    loaded = loaded_settings()
    with giving_up():
        if target is None:
            rows = export_to_stdout(loaded.settings.raceday_data_dir, wish)
        else:
            work = lambda settings: export_to_file(settings, wish, target, replace=force)  # noqa: E731
            rows = carry_out(work, loaded, asks=False)
    if not rows:
        typer.echo(f"{table} has no rows{f' of {day}' if day else ''}", err=True)
    elif target:
        typer.echo(f"{rows:,} rows of {table} are in {target}")
