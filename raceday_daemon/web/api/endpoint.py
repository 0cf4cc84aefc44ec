"""A question that the API answers, declared once: what may be asked, what is answered, and by whom."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict

JSON: Final = "application/json"


class Query(BaseModel):
    """The parameters of a question, in its address; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """What is sent to be written: JSON of exactly these names and kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Handler = Callable[[web.Request, Any], Awaitable[web.StreamResponse]]
"""Answers a request, given the parameters that were read from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one path.

    `query` are its parameters, `body` what has to be sent, `answer` the type of what is answered (None: nothing) with
    `status`. `others` are the further statuses that it may have, each with its reason. `is_of_people` says that it is
    closed where rules and notifications are; `media` is the form of its answer, `parts` are types described besides.
    """

    path: str
    summary: str
    handle: Handler
    method: str = "GET"
    query: type[Query] = Query
    body: type[Body] | None = None
    answer: Any = None
    status: int = 200
    others: tuple[tuple[int, str], ...] = ()
    is_of_people: bool = False
    media: str = JSON
    parts: tuple[Any, ...] = ()

    @property
    def writes(self) -> bool:
        """Say whether it changes anything."""
        return self.method != "GET"
