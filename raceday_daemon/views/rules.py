"""The alert rules as people see them in a terminal."""

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.text import Text

from raceday_daemon.alerting.rule_words import exactly
from raceday_daemon.ops.printable import printable
from raceday_daemon.views.parts import Facts, harmless, plain_table

if TYPE_CHECKING:
    from raceday_daemon.store.rule_queries import ListedRule
    from raceday_daemon.store.rule_writing import Outcome


def rules_view(facts: Facts) -> RenderableType:
    """Show the rules, one a line, those in red that can't be right, with the reason."""
    told: list[RenderableType] = []
    if facts["followed"] is False:
        told = [Text("no daemon runs: what was changed in Appwrite since is not here yet", style="yellow")]
    if not facts["rules"]:
        return Group(*told, Text("there are no rules: `raceday-daemon alerts add --help` says how to make one"))
    table = plain_table("id")
    for name in ("user", "told of", "where", ""):
        table.add_column(name, overflow="fold")
    for one in facts["rules"]:
        words = (harmless(one[name]) for name in ("user_id", "what", "where"))
        table.add_row(harmless(one["rule_id"]), *words, _state(one))
    return Group(*told, table, Text(_counted(len(facts["rules"]), facts["invalid"])))


def print_addition(outcome: "Outcome", rule: "ListedRule") -> None:
    """Print what came of a wish for a rule."""
    done = {"added": "added", "changed": "changed", "unchanged": "was there already"}[outcome]
    words = printable(f"{rule.user_id} is told: {rule.what}, {rule.where}")
    Console(highlight=False, soft_wrap=True).print(Text(f"{done}: {rule.rule_id}\n{words}{_when_first(rule)}"))


def _when_first(rule: "ListedRule") -> str:
    """Say from when on a rule with a window can tell anything."""
    if not (rule.rule and rule.rule.window_seconds):
        return ""
    window = exactly(rule.rule.window_seconds)
    return f"\nit compares with {window} ago, so it tells nothing of a race in the first {window} of watching it"


def _state(one: Facts) -> Text:
    if one["faults"]:
        return Text(printable(f"invalid: {'; '.join(one['faults'])}"), style="red")
    return Text("on") if one["rule"]["enabled"] else Text("off", style="dim")


def _counted(rules: int, invalid: int) -> str:
    counted = f"{rules} rule{'' if rules == 1 else 's'}"
    return f"{counted}, {invalid} invalid" if invalid else counted
