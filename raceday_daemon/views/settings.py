"""The settings in force, for people in a terminal and for programs: secrets are masked in both."""

from datetime import time
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from raceday_daemon.ops.secrecy import MASK

if TYPE_CHECKING:
    from raceday_daemon.settings_loading import LoadedSettings

_WIDE: Final = 120
"""Columns of a terminal from which on a sentence beside each setting can be read."""


def print_settings(loaded: "LoadedSettings") -> None:
    """Print each setting, its value and where it was found; what it is for only where there is room."""
    console = Console(highlight=False)
    is_wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    for heading in ("value", "from", *(["what it is for"] if is_wide else [])):
        table.add_column(heading, overflow="fold")
    for name, entry in settings_as_json(loaded).items():
        meaning = type(loaded.settings).model_fields[name.lower()].description or ""
        origin = entry["from"] if entry["from"] == "default" else f"[bold]{escape(entry['from'])}[/]"
        table.add_row(name, escape(_spelled(entry["value"])), origin, *([escape(meaning)] if is_wide else []))
    console.print(table)


def settings_as_json(loaded: "LoadedSettings") -> dict[str, dict[str, Any]]:
    """Give each setting's value, secrets masked, and where it was found."""
    return {
        name: {"value": _plain(getattr(loaded.settings, name.lower())), "from": origin}
        for name, origin in loaded.origins.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def _spelled(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value).lower() if isinstance(value, bool) else str(value)
