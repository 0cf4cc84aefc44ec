"""Columns: made from a request, told in an answer, usable a moment later."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.appwrite import errors, times, values
from tests.fakes.appwrite.checking import valid_id

KINDS = {
    "string": "string",
    "varchar": "varchar",
    "text": "text",
    "integer": "integer",
    "float": "double",
    "boolean": "boolean",
    "datetime": "datetime",
    "relationship": "relationship",
}
"""What a path calls a kind, and what an answer calls it."""

TEXTS = ("string", "varchar", "text")
LONGEST = {"string": 1_073_741_824, "varchar": values.LONGEST_VARCHAR}


@dataclass
class Column:
    """A column; `details` is what only its kind has, `ready_at` when the server has made it (monotonic seconds)."""

    key: str
    kind: str
    required: bool
    default: Any
    details: dict[str, Any]
    ready_at: float
    keep: values.Keep = field(repr=False)
    error: str = ""
    created: str = field(default_factory=times.now)

    @property
    def status(self) -> str:
        """Say how far it is."""
        if time.monotonic() < self.ready_at:
            return "processing"
        return "failed" if self.error else "available"

    @property
    def available(self) -> bool:
        """Whether rows and indexes may use it."""
        return self.status == "available"

    @property
    def is_link(self) -> bool:
        """Whether it is a relationship."""
        return self.kind == "relationship"

    @property
    def holds_link(self) -> bool:
        """Whether rows of this table hold the id of a row of the other one."""
        return self.is_link and self.details["side"] == "parent"

    @property
    def size(self) -> int | None:
        """Give the longest text in characters; None for other kinds."""
        size = values.TEXT_BYTES if self.kind == "text" else self.details.get("size")
        return None if size is None else int(size)

    @property
    def width(self) -> int:
        """Give the bytes it takes of a row's 65,535 (guess: that of a relationship)."""
        if self.kind in TEXTS:
            size = self.size or 0
            if self.kind == "text" or size > values.LONGEST_VARCHAR:
                return 20
            return size * 4 + (1 if size <= 255 else 2)
        if self.kind == "integer":
            return 8 if self.details["max"] > 2**31 - 1 else 4
        return {"double": 8, "boolean": 1, "datetime": 7, "relationship": 1021}[self.kind]

    def told(self, *, listed: bool = False) -> dict[str, Any]:
        """Give the column as an answer tells it; a list of columns tells less than their table."""
        encrypted = {"encrypt": None if listed and self.kind != "string" else False} if self.kind in TEXTS else {}
        default = {} if self.is_link else {"default": self.default}
        return {
            "key": self.key,
            "type": self.kind,
            "status": self.status,
            "error": self.error if self.status == "failed" else "",
            "required": self.required,
            "array": False,
            "$createdAt": self.created,
            "$updatedAt": self.created,
            **self.details,
            **default,
            **encrypted,
        }


def asked_for(path_kind: str, body: Mapping[str, Any], settle_seconds: float) -> Column:
    """Make the column that a request asks for, other than a relationship."""
    key = _key(body)
    required = body.get("required")
    if not isinstance(required, bool):
        raise (
            errors.lacking("required")
            if required is None
            else errors.parameter("required", "Value must be a valid boolean")
        )
    kind = KINDS[path_kind]
    details, keep = kind_of(kind, body)
    default = body.get("default")
    if default is not None:
        default = checked_default(keep, default, required=required)
    return Column(key, kind, required, default, details, time.monotonic() + settle_seconds, keep)


def kind_of(kind: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], values.Keep]:
    """Give what a column of this kind has besides, and what it takes."""
    if kind in LONGEST:
        size = _size(kind, body.get("size"))
        return {"size": size}, values.text(size)
    if kind == "integer":
        least, most = _bounds(body, values.INT64_LEAST, values.INT64_MOST)
        return {"min": least, "max": most}, values.integer(int(least), int(most))
    if kind == "double":
        least, most = _bounds(body, -values.DOUBLE_MOST, values.DOUBLE_MOST)
        return {"min": least, "max": most}, values.number(least, most)
    if kind == "text":
        return {}, values.text(values.TEXT_BYTES)
    if kind == "datetime":
        return {"format": ""}, values.instant
    return {}, values.boolean


def linking(body: Mapping[str, Any], owner: str, settle_seconds: float) -> Column:
    """Make the relationship column that a request asks for, seen from the table that owns it."""
    if not isinstance(body.get("relatedTableId"), str) or not isinstance(body.get("type"), str):
        raise errors.lacking("relatedTableId" if not body.get("relatedTableId") else "type")
    details = {
        "relatedTable": body["relatedTableId"],
        "relationType": body["type"],
        "twoWay": bool(body.get("twoWay", False)),
        "twoWayKey": body.get("twoWayKey") or owner,
        "onDelete": body.get("onDelete", "restrict"),
        "side": "parent",
    }
    key = valid_id("key", body.get("key") or body["relatedTableId"])
    return Column(key, "relationship", False, None, details, time.monotonic() + settle_seconds, values.link)


def checked_default(keep: values.Keep, default: Any, *, required: bool) -> Any:
    """Give the default as it is kept, or refuse it (guess)."""
    if required:
        message = "Default values cannot be set for array or required columns."
        raise errors.ApiError(400, "column_default_unsupported", message)
    try:
        return keep(default)
    except values.Misfit as misfit:
        message = f"Default value {misfit}"
        raise errors.ApiError(400, "column_value_invalid", message) from misfit


def _key(body: Mapping[str, Any]) -> str:
    if body.get("key") is None:
        raise errors.lacking("key")
    return valid_id("key", body["key"])


def _size(kind: str, size: object) -> int:
    if size is None:
        raise errors.lacking("size")
    most = LONGEST[kind]
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= most:
        raise errors.parameter("size", f"Value must be a valid range between 1 and {most:,}")
    return size


def _bounds(body: Mapping[str, Any], least: float, most: float) -> tuple[float, float]:
    lower = least if body.get("min") is None else body["min"]
    upper = most if body.get("max") is None else body["max"]
    if lower > upper:
        raise errors.ApiError(400, "column_value_invalid", "Minimum value must be lesser than maximum value")
    return lower, upper
