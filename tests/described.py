"""The source's own description of its answers, and where a document does not keep to it."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from tests.property.openapi_strategies import FILE

Json = Any

_TYPES: dict[str, Any] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def departures(component: str, value: Json) -> set[str]:
    """Say where a value departs from the published component, as `Component.property: what is wrong`."""
    return set(_of_component(component, value))


@cache
def _components() -> dict[str, Json]:
    published: dict[str, Json] = json.loads(FILE.read_text())["components"]["schemas"]
    return published


def _of_component(name: str, value: Json) -> Iterator[str]:
    published = _components()[name]
    if value is None:
        if not published.get("nullable"):
            yield f"{name}: null"
        return
    if not isinstance(value, dict):
        yield f"{name}: {type(value).__name__}"
        return
    yield from (f"{name}.{required}: missing" for required in published.get("required", ()) if required not in value)
    for key, schema in published.get("properties", {}).items():
        if key in value:
            yield from _of_schema(f"{name}.{key}", schema, value[key])


def _of_schema(where: str, schema: Json, value: Json) -> Iterator[str]:
    if "$ref" in schema:
        yield from _of_component(schema["$ref"].rpartition("/")[2], value)
    elif value is None:
        if not schema.get("nullable"):
            yield f"{where}: null"
    elif not isinstance(value, _TYPES[schema["type"]]) or (isinstance(value, bool) and schema["type"] != "boolean"):
        yield f"{where}: {type(value).__name__}, not {schema['type']}"
    elif schema["type"] == "array":
        for item in value:
            yield from _of_schema(where, schema["items"], item)
    elif schema["type"] == "object" and isinstance(schema.get("additionalProperties"), dict):
        for item in value.values():
            yield from _of_schema(where, schema["additionalProperties"], item)
    elif schema.get("format") == "date-time" and not _is_instant(value):
        yield f"{where}: {value!r} is no instant"


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
