"""Checking of names: ids, keys, and permissions."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from tests.fakes.appwrite import errors

ROLES = ("any", "guests", "users", "user", "team", "member", "label")
WITHOUT_IDENTIFIER = frozenset({"any", "guests", "users"})
MOST_PERMISSIONS = 100

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,35}")
_PERMISSION = re.compile(r'(read|create|update|delete|write)\("([^"]*)"\)')


def generated() -> str:
    """Make an id: 20 hexadecimal digits."""
    return secrets.token_hex(10)


def named(parameter: str, body: Mapping[str, Any]) -> str:
    """Take a new id from a request; `unique()` asks for a generated one."""
    name = body.get(parameter)
    if name is None:
        raise errors.lacking(parameter)
    if name == "unique()":
        return generated()
    return valid_id(parameter, name)


def valid_id(parameter: str, name: object) -> str:
    """Give the id, or refuse it."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise errors.parameter(parameter, errors.UID_RULE)
    return name


def permissions_of(body: Mapping[str, Any], parameter: str = "permissions") -> list[str] | None:
    """Take permissions from a request; None when it names none."""
    permissions = body.get(parameter)
    if permissions is None:
        return None
    if not isinstance(permissions, list) or len(permissions) > MOST_PERMISSIONS:
        raise errors.parameter(parameter, "Permissions must be an array of strings. or null")
    for permission in permissions:
        complaint = _complaint(permission)
        if complaint:
            raise errors.parameter(parameter, f"{complaint} or null")
    return list(permissions)


def _complaint(permission: object) -> str | None:
    """Say what is wrong with a permission (guess: all messages but the first role's)."""
    found = _PERMISSION.fullmatch(permission) if isinstance(permission, str) else None
    if found is None:
        return f'Permission "{permission}" is not allowed.'
    role, _, rest = found[2].partition(":")
    identifier = rest.partition("/")[0]
    if role not in ROLES:
        return f'Role "{role}" is not allowed. Must be one of: {", ".join(ROLES)}.'
    if role in WITHOUT_IDENTIFIER:
        return f'Role "{role}" can not have an ID value.' if identifier else None
    if not identifier:
        return f'Role "{role}" must have an ID value.'
    if not _NAME.fullmatch(identifier):
        return f'Role "{role}" identifier value is invalid: {errors.UID_RULE}'
    return None
