"""What a backup holds, as people see it in a terminal."""

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from raceday_daemon.backups.manifest import Manifest
from raceday_daemon.ops.printable import printable
from raceday_daemon.views.parts import plain_table


def manifest_as_json(manifest: Manifest) -> dict[str, Any]:
    """Give what a backup says of itself, without the marks by which its files are checked."""
    return manifest.model_dump(mode="json", exclude={"format": True, "files": {"__all__": {"sha256"}}})


def manifest_view(what: str, words: str, manifest: Manifest) -> RenderableType:
    """Show `what` came of it in `words`, and what a backup holds: the racing days, until when, how much of what."""
    table = plain_table("", "")
    table.show_header = False
    for name, value in (
        (what, words),
        ("racing days", _days(manifest)),
        ("until", manifest.until or "-"),
        ("taken at", f"{manifest.taken_at}, by raceday-daemon {manifest.version}"),
        ("rows", f"{manifest.rows:,}: {_most(manifest)}"),
        *([("Appwrite", _target(manifest))] if manifest.target else []),
    ):
        table.add_row(Text(name, style="bold"), Text(printable(value)))
    return table


def _days(manifest: Manifest) -> str:
    if manifest.first_day == manifest.last_day:
        return f"{manifest.first_day or 'none'}{', of a demo' if manifest.is_demo else ''}"
    return f"{manifest.days}, {manifest.first_day} to {manifest.last_day}{', of a demo' if manifest.is_demo else ''}"


def _most(manifest: Manifest) -> str:
    counts = {name: count for file in manifest.files.values() for name, count in file.rows.items() if count}
    most = sorted(counts.items(), key=lambda one: -one[1])[:6]
    return ", ".join(f"{count:,} {name}" for name, count in most) or "none"


def _target(manifest: Manifest) -> str:
    return f"{manifest.target}; {manifest.waiting:,} rows waited for it"
