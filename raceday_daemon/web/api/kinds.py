"""The kinds of parameters that several questions have."""

import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

MOST: Final = 500
"""The longest page."""
USUAL: Final = 100

_LONGEST_ID: Final = 36
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day(spelled: Any) -> date:
    # Python would take weeks, and digits of other scripts, which the description does not promise.
    with suppress(ValueError):
        if _DAY.fullmatch(str(spelled)):
            return date.fromisoformat(str(spelled))
    raise PydanticCustomError("day", "a day is written as 2025-07-17")


def _whole(spelled: Any) -> Any:
    # pydantic would take 1_0 and 1.0 too, which the description does not promise.
    if isinstance(spelled, str) and not (spelled.isascii() and spelled.isdigit()):
        raise PydanticCustomError("whole", "a whole number is needed")
    return spelled


Day = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
    Field(description="A day such as 2025-07-17; without it the racing day that it is in Auckland now."),
]
Limit = Annotated[
    int,
    Field(ge=1, le=MOST, description=f"How many at most, from 1 to {MOST}."),
    BeforeValidator(_whole),
]
After = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    Field(description="Where to go on: the `next` of the page before, as it is."),
]
User = Annotated[str, StringConstraints(min_length=1, max_length=128), Field(description="Of this user alone.")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_ID)]
