"""What people see of a housekeeping."""

from rich.console import Group, RenderableType
from rich.text import Text

from raceday_daemon.views.parts import Facts, harmless, plain_table

_MEGABYTE = 1_000_000


def house_view(facts: Facts) -> RenderableType:
    """Show what was removed, or would be, a table a line, what stayed, and how large the files are now."""
    lines: list[RenderableType] = [Text(_kept_words(facts["kept_from"])), _removed(facts)]
    if facts["races_kept"]:
        waiting = "rows of them wait for Appwrite, `raceday-daemon outbox list` has more"
        lines.append(Text(f"{facts['races_kept']} races stay: {waiting}", style="yellow"))
    if facts["appwrite"]:
        more = "; there is more, which goes the next time" if facts["appwrite"]["more"] else ""
        lines.append(Text(f"Appwrite: {sum(facts['appwrite']['removed'].values()):,} rows removed{more}"))
    lines += [Text(_size(name, file)) for name, file in facts["files"].items()]
    failures = [f"{one['item']}: {one['kind']}: {one['message']}" for one in facts["errors"]]
    return Group(*lines, *(Text.assemble(("• ", "red"), harmless(failure)) for failure in failures))


def _removed(facts: Facts) -> RenderableType:
    if not any(facts["removed"].values()):
        return Text("nothing here is older than that")
    table = plain_table("table")
    table.add_column("rows that would go" if facts["dry_run"] else "rows removed", justify="right")
    for name, rows in facts["removed"].items():
        if rows:
            table.add_row(name, f"{rows:,}")
    return table


def _size(name: str, file: Facts) -> str:
    given_back = (file["bytes_before"] - file["bytes_after"]) / _MEGABYTE
    read = "" if file["is_short"] else "; somebody reads it, so it becomes shorter later"
    free = f"{file['free_bytes'] / _MEGABYTE:,.1f} MB free within"
    return f"{name}: {file['bytes_after'] / _MEGABYTE:,.1f} MB, {given_back:,.1f} MB given back, {free}{read}"


def _kept_words(kept_from: dict[str, str | None]) -> str:
    told = ", ".join(f"{name} {f'from {day} on' if day else 'for ever'}" for name, day in kept_from.items())
    return f"kept are: {told}"
