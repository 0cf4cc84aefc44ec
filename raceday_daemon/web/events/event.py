"""An event of the stream: built once, sent to all."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from raceday_daemon.web.as_json import as_json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

HELLO: Final = "hello"
STATUS: Final = "status"
RACE: Final = "race"
ALERT: Final = "alert"
DAY: Final = "day"
RESET: Final = "reset"

HEARTBEAT: Final = b": the daemon lives\n\n"

_ID: Final = re.compile(r"(\w{1,40})-(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What is sent: `sent` are its bytes, an id included where it has a `number`.

    A later event of the same `subject` takes the place of one that waits. `user_id` is whose alert it is. `is_open`
    says whether it is for those who may not see what is people's own, or for those who may; None is for all.
    """

    kind: str
    subject: str
    sent: bytes
    number: int | None = None
    user_id: str | None = None
    is_open: bool | None = None


@dataclass(frozen=True, slots=True)
class News:
    """Something to be told to all, before it has its number; `data` is one line of JSON."""

    kind: str
    subject: str
    data: bytes
    user_id: str | None = None
    is_open: bool | None = None


def news(
    kind: str, subject: str, told: "DataclassInstance", user_id: str | None = None, is_open: bool | None = None
) -> News:
    """Put a record into news."""
    data = json.dumps(as_json(told), separators=(",", ":"), allow_nan=False).encode()
    return News(kind, subject, data, user_id, is_open)


def event_of(one: News, life: str | None = None, number: int | None = None) -> Event:
    """Put news into the form of the stream, with an id where they are numbered in a life."""
    name = f"id: {life}-{number}\n".encode() if number is not None else b""
    sent = b"%sevent: %s\ndata: %s\n\n" % (name, one.kind.encode(), one.data)
    return Event(kind=one.kind, subject=one.subject, sent=sent, number=number, user_id=one.user_id, is_open=one.is_open)


def number_of(event_id: str, life: str) -> int | None:
    """Give the number of an event of this life by its id, None for any other text."""
    match = _ID.fullmatch(event_id)
    return int(match[2]) if match and match[1] == life else None
