"""The commands: `raceday-daemon --help`."""

from typing import Annotated

import typer

from raceday_daemon import __version__
from raceday_daemon.commands import alerts, copying, daemon, housekeeping, looking, outbox, tables, working
from raceday_daemon.commands.exits import MEANINGS

# The commands import what they need when they run: --help, a wrong word and a refusal are answered at once.

_HELP = """Keeps a New Zealand and Australian racing day fresh, from the NZ TAB into your own database.

Settings come from the environment, from `.env` and from secret files: `raceday-daemon config` shows them, and
`raceday-daemon COMMAND --help` has examples of each command. To begin with:

`raceday-daemon demo --data-dir data/demo`

`raceday-daemon run`
"""

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=_HELP,
    epilog=f"Exit status: {', '.join(f'{status} {words}' for status, words in MEANINGS.items())}.",
)


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


# In the order that --help lists them.
app.command()(daemon.run)
app.command("run-once")(working.run_once)
app.command()(working.poll)
app.command()(daemon.demo)
app.command()(looking.cadence)
app.command()(tables.setup)
app.add_typer(alerts.app, name="alerts")
app.add_typer(outbox.app, name="outbox")
app.command()(looking.check)
app.command()(looking.status)
app.command()(looking.coverage)
app.command()(working.replay)
app.command()(copying.backup)
app.command()(copying.restore)
app.command()(copying.export)
app.command()(housekeeping.prune)
app.command()(looking.config)
app.command()(looking.healthcheck)
