"""The commands about alerts: `raceday-daemon alerts --help`."""

import json
from typing import Annotated

import typer

from raceday_daemon.command_line import Exit, carry_out, give_up, loaded_settings, refuse
from raceday_daemon.commands.options import AsJson

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="What people are told, and how it gets to them."
)


@app.command("test")
def try_out(
    channel: Annotated[
        str | None, typer.Option(metavar="NAME", help="The channel (default: each).", show_default=False)
    ] = None,
    user: Annotated[str, typer.Option(metavar="U", help="Whose notification it is said to be.")] = "test",
    as_json: AsJson = False,
) -> None:
    """One test notification through each channel, right now, and whether it arrived; nothing is stored.

    `raceday-daemon alerts test`

    `raceday-daemon alerts test --channel webhook`
    """
    from raceday_daemon.channel_tables import tried_view
    from raceday_daemon.channel_trial import try_channels
    from raceday_daemon.model.errors import RacedayError
    from raceday_daemon.status_tables import print_view

    loaded = loaded_settings()
    names = loaded.settings.channel_names
    if not names:
        refuse(
            "no channel is set up: name one in RACEDAY_WEBHOOK_URL (with RACEDAY_WEBHOOK_SECRET), or in"
            " RACEDAY_NOTIFY_URLS, such as phone=ntfy://your-topic"
        )
    if channel and channel not in names:
        refuse(f"--channel {channel}: there is no such channel; there are {', '.join(names)}")
    wanted = [channel] if channel else names
    try:
        tried = carry_out(lambda settings: try_channels(settings, wanted, user), loaded, asks=False)
    except RacedayError as error:
        give_up(error)
    facts = [one.facts() for one in tried]
    if as_json:
        typer.echo(json.dumps({"channels": facts}, ensure_ascii=False))
    else:
        print_view(tried_view(facts))
    raise typer.Exit(Exit.SOME_FAILED if any(one.error for one in tried) else Exit.DONE)
