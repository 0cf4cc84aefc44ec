"""The commands about alerts: `raceday-daemon alerts --help`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from raceday_daemon.alerting.rule_types import RULE_TYPES, RuleType
from raceday_daemon.commands import completion
from raceday_daemon.commands.command_line import (
    carry_out,
    giving_up,
    loaded_settings,
    refuse,
    settings_to_work_with,
    tell_json,
    tell_waiting,
)
from raceday_daemon.commands.exits import Exit, exit_after
from raceday_daemon.commands.naming import race_id_of, runner_id_of
from raceday_daemon.commands.options import AsJson

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Who is told what, and how it gets to them.")


def _line(one: RuleType) -> str:
    allowed = one.thresholds
    threshold = f"{one.unit}, {allowed}{', or none' if allowed.optional else ''}" if allowed else "none"
    cooldown = f"{one.cooldown_seconds} s" if one.cooldown_seconds else ""
    return f"| `{one.name}` | {one.measure} | {threshold} | {'yes' if one.has_window else ''} | {cooldown} |"


_TYPES = "\n".join(map(_line, RULE_TYPES.values()))
_ADD_HELP = f"""A rule more: who is told what, from now on. The same rule twice is one; its last cooldown counts.

| type | measured | threshold | window | cooldown |
|---|---|---|---|---|
{_TYPES}

A rule watches one entrant, one race, or every race of the wanted meetings. Their ids are those that the tables `races`
and `entrants` keep, and the end of a race's address on the page; the shell's completion offers them. What runs today
can be named instead: `"Awapuni R1"`, and its runner 3 `"Awapuni R1 3"`. A threshold
that is reached exactly counts. The window says how long ago the earlier value was; 0, the default, means the previous
poll. The cooldown is how long after a notification the rule is silent on the same runner.

`raceday-daemon alerts add --user ann --type odds_shortening --threshold 15 --window 300`

`raceday-daemon alerts add --user ann --type odds_below --threshold 4.5 --entrant 5f6a...`

`raceday-daemon alerts add --user ann --type race_start --threshold 120 --race "Awapuni R1"`
"""


User = Annotated[str, typer.Option("--user", metavar="U", help="Who is told: the id of the user, in Appwrite too.")]
RuleTypeName = Annotated[
    str, typer.Option("--type", metavar="T", help="What of: see above.", autocompletion=completion.rule_types)
]
Threshold = Annotated[float | None, typer.Option("--threshold", metavar="X", help="From where on, in the type's unit.")]
Entrant = Annotated[
    str | None,
    typer.Option(
        "--entrant", metavar="ID", help="One entrant alone (default: all).", autocompletion=completion.runners
    ),
]
Race = Annotated[
    str | None,
    typer.Option("--race", metavar="ID", help="One race alone (default: all).", autocompletion=completion.races),
]
Window = Annotated[int | None, typer.Option("--window", metavar="S", help="Against the value of so many seconds ago.")]
Cooldown = Annotated[
    int | None, typer.Option("--cooldown", metavar="S", help="Silent for so many seconds after a notification.")
]
Channel = Annotated[
    str | None,
    typer.Option(
        "--channel",
        metavar="NAME",
        help="One channel alone (default: each); none: the table only.",
        autocompletion=completion.channels,
    ),
]


@app.command("add", help=_ADD_HELP)
def add(
    user: User,
    alert_type: RuleTypeName,
    threshold: Threshold = None,
    entrant: Entrant = None,
    race: Race = None,
    window: Window = None,
    cooldown: Cooldown = None,
    channel: Channel = None,
    as_json: AsJson = False,
) -> None:
    """Add a rule."""
    from raceday_daemon.alerting.new_rule import new_rule
    from raceday_daemon.model.errors import RuleRefusedError
    from raceday_daemon.one_shot import add_alert_rule
    from raceday_daemon.ops.printable import printable
    from raceday_daemon.web.as_json import as_json as json_of

    loaded = settings_to_work_with()
    folder = loaded.settings.raceday_data_dir
    rule = new_rule(
        user_id=user,
        alert_type=alert_type,
        threshold=threshold,
        entrant=entrant and runner_id_of(folder, entrant),
        race=race and race_id_of(folder, race),
        window_seconds=window,
        cooldown_seconds=cooldown,
        channel=channel,
    )
    warnings = _warnings(user, channel, loaded.settings.channel_names)
    with giving_up():
        try:
            outcome, listed, rows_waiting = carry_out(
                lambda settings: add_alert_rule(settings, rule), loaded, asks=False
            )
        except RuleRefusedError as error:
            if as_json:
                tell_json({"outcome": "refused", "reasons": list(error.reasons)})
            refuse(*map(printable, error.reasons))
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    if as_json:
        tell_json({"outcome": outcome, **json_of(listed), "warnings": warnings, "rows_waiting": rows_waiting})
    else:
        from raceday_daemon.views.rules import print_addition

        print_addition(outcome, listed)
    tell_waiting(rows_waiting)
    raise typer.Exit(Exit.APPWRITE_AWAY if rows_waiting else Exit.DONE)


@app.command("list")
def list_rules(
    user: Annotated[str | None, typer.Option("--user", metavar="U", help="Those of one user alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every rule and band: who is told what, where, and what is wrong with those that can't be right.

    `raceday-daemon alerts list --user ann`
    """
    from raceday_daemon.onlooker import alerts_of
    from raceday_daemon.views.parts import print_view
    from raceday_daemon.views.rules import rules_view

    with giving_up():
        facts = alerts_of(loaded_settings().settings.raceday_data_dir, user)
    if as_json:
        tell_json(facts)
    else:
        print_view(rules_view(facts))


@app.command("remove")
def remove(
    rule_id: Annotated[
        str,
        typer.Argument(
            metavar="RULE_ID",
            help="The rule's id, as `alerts list` tells it.",
            autocompletion=completion.rule_ids,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Remove a rule or a band; where rows go to Appwrite it is removed there too, or not at all.

    `raceday-daemon alerts remove 0f57e087-f4d4-5cf6-be1d-6d1b1e9a9a35`
    """
    from raceday_daemon.model.appwrite_errors import AppwriteError
    from raceday_daemon.one_shot import remove_alert_rule

    if not rule_id.isprintable():
        refuse(f"{rule_id!r} can be no rule's id")
    with giving_up():
        try:
            was_there = carry_out(
                lambda settings: remove_alert_rule(settings, rule_id), settings_to_work_with(), asks=False
            )
        except AppwriteError as error:
            typer.echo(f"{error}; nothing was removed", err=True)
            raise typer.Exit(exit_after(error)) from None
    if as_json:
        tell_json({"rule_id": rule_id, "removed": was_there})
    if not was_there:
        refuse(f"there is no rule {rule_id}: `raceday-daemon alerts list` has them all")
    if not as_json:
        typer.echo(f"removed {rule_id}")


@app.command("test")
def try_out(
    channel: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The channel (default: each).",
            show_default=False,
            autocompletion=completion.channels,
        ),
    ] = None,
    user: Annotated[str, typer.Option(metavar="U", help="Whose notification it is said to be.")] = "test",
    as_json: AsJson = False,
) -> None:
    """One test notification through each channel, right now, and whether it arrived; nothing is stored.

    `raceday-daemon alerts test`

    `raceday-daemon alerts test --channel webhook`
    """
    from raceday_daemon.channel_trial import try_channels
    from raceday_daemon.views.channels import tried_view
    from raceday_daemon.views.parts import print_view

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
    with giving_up():
        tried = carry_out(lambda settings: try_channels(settings, wanted, user), loaded, asks=False)
    facts = [one.facts() for one in tried]
    if as_json:
        tell_json({"channels": facts})
    else:
        print_view(tried_view(facts))
    raise typer.Exit(Exit.SOME_FAILED if any(one.error for one in tried) else Exit.DONE)


def _warnings(user_id: str, channel: str | None, channels: Sequence[str]) -> list[str]:
    from raceday_daemon.appwrite.permissions import can_be_role
    from raceday_daemon.store.delivery_queue import NOWHERE

    warnings = []
    if not can_be_role(user_id):
        warnings.append(
            f"{user_id!r} can be no user's id in Appwrite: only a key may read there what this user is told"
        )
    if channel not in (None, NOWHERE, *channels):
        known = f"there are {', '.join(channels)}" if channels else "there is none"
        warnings.append(f"{channel!r} is no channel in these settings ({known}): it stays in the table alone")
    return warnings
