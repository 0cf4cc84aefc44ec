"""The commands about what waits for Appwrite: `raceday-daemon outbox --help`."""

from zoneinfo import ZoneInfo

import typer

from raceday_daemon.commands.command_line import carry_out, giving_up, loaded_settings, tell_json
from raceday_daemon.commands.options import AsJson

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="What waits for Appwrite, what it refused.")


@app.command("list")
def list_outbox(as_json: AsJson = False) -> None:
    """How many rows wait for Appwrite and since when; each row that it refused, with its words.

    `raceday-daemon outbox list`
    """
    from raceday_daemon.onlooker import outbox_of
    from raceday_daemon.views.outbox import outbox_view
    from raceday_daemon.views.parts import print_view

    settings = loaded_settings().settings
    with giving_up():
        facts = outbox_of(settings.raceday_data_dir)
    if as_json:
        tell_json(facts)
    else:
        print_view(outbox_view(facts, ZoneInfo(settings.raceday_timezone)))


@app.command("retry")
def retry(as_json: AsJson = False) -> None:
    """Send the refused rows again, once what stood in their way is mended: the daemon does, or the next command.

    `raceday-daemon outbox retry`
    """
    from raceday_daemon.one_shot import retry_refused

    with giving_up():
        rows = carry_out(retry_refused, loaded_settings(), asks=False)
    if as_json:
        tell_json({"queued": rows})
    else:
        typer.echo(f"{rows} rows wait for Appwrite again")
