"""README's table of the commands, from what each says of itself in its help."""

from tests.papers.commands import described_commands


def command_table() -> str:
    """Give a row a command: how it is typed, and the first paragraph of its help."""
    rows = (
        f"| `{one.usage.replace('|', chr(92) + '|')}` | {one.summary.rstrip('.')} |" for one in described_commands()
    )
    return "\n".join(("| command | does |", "|---|---|", *rows))
