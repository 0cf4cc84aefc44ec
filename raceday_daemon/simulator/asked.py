"""What a question asks, as the source understands it: unknown parameters are ignored, and the rest is echoed."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, Final

from raceday_daemon.simulator.grid import AUCKLAND

_USUAL_LIMIT: Final = 100
_MOST: Final = 200
_UNSET: Final = " "

Query = Mapping[str, str]


class BadQuestionError(Exception):
    """The question has a parameter that the source cannot read (HTTP 400)."""


@dataclass(frozen=True, slots=True)
class EventQuestion:
    """Which parts of an event are asked for."""

    with_big_bets: bool
    with_biggest_bet: bool
    with_live_bets: bool
    with_money_tracker: bool
    with_tote_trends_data: bool
    with_will_pays: bool

    @classmethod
    def of(cls, query: Query) -> "EventQuestion":
        """Read it from a query."""
        check_encoding(query)
        return cls(**{name: _flag(query, name) for name in cls.__dataclass_fields__})

    def echo(self, race_id: str, query: Query) -> dict[str, Any]:
        """Give it back as the source does, with what nobody asked."""
        return {
            "enc": "json",
            "id": race_id,
            "present_overlay": _flag(query, "present_overlay"),
            "with_big_bets": self.with_big_bets,
            "with_live_bets": self.with_live_bets,
            "with_money_tracker": self.with_money_tracker,
            "with_biggest_bet": self.with_biggest_bet,
            "will_pays": self.with_will_pays,
            "with_tote_trends_data": self.with_tote_trends_data,
            "bet_type_filter": query.get("bet_type_filter", _UNSET),
            "bets_limit": 10,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingsQuestion:
    """Which meetings are asked for."""

    first_day: date
    last_day: date
    category: str
    country: str
    limit: int
    offset: int

    @classmethod
    def of(cls, query: Query, at: datetime) -> "MeetingsQuestion":
        """Read it from a query; today is the day that `at` falls on."""
        check_encoding(query)
        return cls(
            first_day=_day(query, "date_from", at),
            last_day=_day(query, "date_to", at),
            category=query.get("category") or _UNSET,
            country=query.get("country") or _UNSET,
            limit=min(_number(query, "limit", _USUAL_LIMIT, least=1), _MOST),
            offset=_number(query, "offset", 0, least=0),
        )

    def echo(self) -> dict[str, Any]:
        """Give it back as the source does: days as instants, `category` as `type`."""
        return {
            "enc": "json",
            "ids": None,
            "date_from": f"{self.first_day}T00:00:00Z",
            "date_to": f"{self.last_day}T00:00:00Z",
            "type": self.category,
            "country": self.country,
            "limit": self.limit,
            "offset": self.offset,
            "futures": False,
            "meeting_numbers": None,
        }

    def wants(self, day: date, country: str, category: str) -> bool:
        """Say whether a meeting is asked for."""
        return (
            self.first_day <= day <= self.last_day
            and self.country in (_UNSET, country)
            and self.category in (_UNSET, category)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuestion:
    """Which races of /list are asked for."""

    first_day: date
    last_day: date
    limit: int
    page_token: str

    @classmethod
    def of(cls, query: Query, at: datetime) -> "ListQuestion":
        """Read it from a query; today is the day that `at` falls on."""
        check_encoding(query)
        return cls(
            first_day=_day(query, "date_from", at),
            last_day=_day(query, "date_to", at),
            limit=min(_number(query, "limit", _USUAL_LIMIT, least=1), _MOST),
            page_token=query.get("page_token", ""),
        )

    def echo(self) -> dict[str, Any]:
        """Give it back as the source does."""
        return {
            "enc": "json",
            "limit": self.limit,
            "countries": None,
            "meet_types": None,
            "date_from": f"{self.first_day}T00:00:00Z",
            "date_to": f"{self.last_day}T23:59:59.999999999Z",
            "order_by": 1,
            "page_token": self.page_token,
        }

    @property
    def page(self) -> int:
        """Give the number of the page that the token asks for, from 1; raises BadQuestionError for a foreign token."""
        if not self.page_token:
            return 1
        try:
            token = json.loads(urlsafe_b64decode(self.page_token + "=" * (-len(self.page_token) % 4)))
            number, asked = int(token["page_number"]), token["page_request_hash"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadQuestionError("invalid page token") from error
        if number < 1 or asked != self._hash():
            raise BadQuestionError("invalid page token")
        return number

    def token_of_page(self, number: int) -> str:
        """Give the token that asks for a page."""
        token = json.dumps({"page_number": number, "page_request_hash": self._hash()}, separators=(",", ":"))
        return urlsafe_b64encode(token.encode()).decode().rstrip("=")

    def _hash(self) -> str:
        asked = f"{self.first_day} {self.last_day} {self.limit}"
        return blake2b(asked.encode(), digest_size=8).hexdigest()


def check_encoding(query: Query) -> None:
    """Raise BadQuestionError for an encoding other than JSON."""
    if (encoding := query.get("enc", "json")) != "json":
        raise BadQuestionError(f"invalid enc {encoding!r:.40}: the simulator writes json alone")


def _flag(query: Query, name: str) -> bool:
    value = query.get(name, "false")
    if value not in ("true", "false"):
        raise BadQuestionError(f"invalid {name} {value!r:.40}")
    return value == "true"


def _number(query: Query, name: str, usual: int, least: int) -> int:
    value = query.get(name, str(usual))
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= least):
        raise BadQuestionError(f"invalid {name} {value!r:.40}")
    return int(value)


def _day(query: Query, name: str, at: datetime) -> date:
    value = query.get(name, "today")
    if value == "today":
        return at.astimezone(AUCKLAND).date()
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadQuestionError(f"invalid {name} {value!r:.40}") from error
