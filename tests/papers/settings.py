"""The settings as README's table and as config/example.env, both from their declarations."""

from collections.abc import Iterator
from datetime import time
from textwrap import wrap
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from raceday_daemon.settings import SETTING_GROUPS

_HEAD = """\
# Copy to .env beside where you start raceday-daemon, or pass to docker and systemd as an environment file; take the
# first # from what you set. `raceday-daemon config` shows what is in force. Written by `make papers`.
"""
_WIDTH = 118


def grouped() -> Iterator[tuple[str, list[tuple[str, FieldInfo]]]]:
    """Give each group's heading with the names and declarations of its settings."""
    for group in SETTING_GROUPS:
        yield _heading(group), [(name.upper(), field) for name, field in group.model_fields.items()]


def settings_table() -> str:
    """Give README's tables: a group each."""
    return "\n\n".join("\n".join((f"**{heading}**", "", *_rows(fields))) for heading, fields in grouped())


def example_env() -> str:
    """Give config/example.env: every setting with what it is for, switched off."""
    return _HEAD + "".join(
        f"\n# -- {heading}\n\n{''.join(map(_entry, fields))}".rstrip("\n") + "\n" for heading, fields in grouped()
    )


def spelled(value: Any) -> str:
    """Spell a default as it is written in the environment; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return f"{value:g}" if isinstance(value, float) else _folder(str(value))


def meaning(field: FieldInfo) -> str:
    assert field.description
    return field.description


def extra(field: FieldInfo, name: str) -> str:
    """Give what the declaration says beside the meaning: `allowed` or `example`."""
    assert isinstance(field.json_schema_extra, dict)
    return str(field.json_schema_extra[name])


def _heading(group: type[BaseModel]) -> str:
    assert group.__doc__
    return group.__doc__.rstrip(".")


def _folder(text: str) -> str:
    return f"./{text}" if text == "data" else text


def _rows(fields: list[tuple[str, FieldInfo]]) -> Iterator[str]:
    yield from ("| setting | default | allowed | |", "|---|---|---|---|")
    for name, field in fields:
        default = f"`{spelled(field.default)}`" if spelled(field.default) else ""
        yield f"| `{name}` | {default} | {extra(field, 'allowed')} | {meaning(field)} |"


def _entry(setting: tuple[str, FieldInfo]) -> str:
    name, field = setting
    words = f"{meaning(field)}. Allowed: {extra(field, 'allowed')}."
    lines = wrap(words[0].upper() + words[1:], _WIDTH, break_long_words=False, break_on_hyphens=False)
    value = spelled(field.default) or extra(field, "example")
    return "".join(f"# {line}\n" for line in lines) + f"# {name}={value}\n"
