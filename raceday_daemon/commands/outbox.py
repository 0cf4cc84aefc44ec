"""The commands about what waits for Appwrite: `raceday-daemon outbox --help`."""

import json
from zoneinfo import ZoneInfo

import typer

from raceday_daemon.commands.command_line import carry_out, give_up, loaded_settings
from raceday_daemon.commands.options import AsJson

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="What waits for Appwrite, what it refused.")


@app.command("list")
def list_outbox(as_json: AsJson = False) -> None:
    """How many rows wait for Appwrite and since when; each row that it refused, with its words.

    `raceday-daemon outbox list`
    """
    from raceday_daemon.model.errors import StoreError
    from raceday_daemon.onlooker import outbox_of
    from raceday_daemon.views.outbox import outbox_view
    from raceday_daemon.views.parts import print_view

    settings = loaded_settings().settings
    try:
        facts = outbox_of(settings.raceday_data_dir)
    except StoreError as error:
        give_up(error)
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        print_view(outbox_view(facts, ZoneInfo(settings.raceday_timezone)))


@app.command("retry")
def retry(as_json: AsJson = False) -> None:
    """Send the refused rows again, once what stood in their way is mended: the daemon does, or the next command.

    `raceday-daemon outbox retry`
    """
    from raceday_daemon.model.errors import StoreError
    from raceday_daemon.one_shot import retry_refused

    try:
        rows = carry_out(retry_refused, loaded_settings(), asks=False)
    except StoreError as error:
        give_up(error)
    typer.echo(json.dumps({"queued": rows}) if as_json else f"{rows} rows wait for Appwrite again")
