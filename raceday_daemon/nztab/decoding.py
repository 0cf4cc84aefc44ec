"""From bytes to a payload, with the parts that don't fit set aside and the rest kept."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from raceday_daemon.model.errors import MisfitError
from raceday_daemon.model.snapshot import SetAside, spelled
from raceday_daemon.nztab.payloads import EventRacePayload

AnswerT = TypeVar("AnswerT", bound=BaseModel)
Location = tuple[str | int, ...]

# The parts of the answers that may be left out on their own, as paths; "*" is each item of a list.
_UNITS: Final = frozenset(
    {
        ("data", "meetings", "*"),
        ("data", "meetings", "*", "races", "*"),
        ("data", "races", "*"),
        ("data", "entrants", "*"),
        ("data", "runners", "*"),
        ("data", "results", "*"),
        ("data", "dividends", "*"),
        ("data", "money_tracker"),
        ("data", "tote_pools", "*"),
        ("data", "tote_pools", "*", "tote_trends"),
        ("data", "big_bets", "*"),
        ("data", "biggest_bet"),
        *(("data", "race", name) for name, field in EventRacePayload.model_fields.items() if not field.is_required()),
    }
)


def decode(answer_type: type[AnswerT], body: bytes) -> tuple[AnswerT, tuple[SetAside, ...]]:
    """Read an answer; give it with what had to be set aside (of /meetings, say, one race of one meeting).

    A body that fits is validated once, straight from its bytes. Raises MisfitError where the frame of the answer
    itself does not fit.
    """
    try:
        return answer_type.model_validate_json(body), ()
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False, include_context=False)
    reasons = _reasons(errors)
    try:
        document = json.loads(body)
        _remove(document, reasons)
        return answer_type.model_validate(document), tuple(
            SetAside(unit, reason) for unit, reason in sorted(reasons.items(), key=lambda item: _sortable(item[0]))
        )
    except ValidationError as error:
        raise MisfitError(_said(error.errors(include_url=False, include_input=False)[0])) from error
    except ValueError as error:
        raise MisfitError(f"not readable as JSON ({str(error)[:200]})") from error


def _reasons(errors: Sequence[Any]) -> dict[Location, str]:
    """Name the unit that each error lies in, with the first error in it; MisfitError for one that lies in none."""
    reasons: dict[Location, str] = {}
    for error in errors:
        unit = _unit_of(error["loc"])
        if unit is None:
            raise MisfitError(_said(error))
        reasons.setdefault(unit, _said(error, below=len(unit)))
    return reasons


def _unit_of(location: Location) -> Location | None:
    """Give the smallest unit that a place in the answer lies in."""
    for length in range(len(location), 0, -1):
        place = location[:length]
        if tuple("*" if isinstance(step, int) else step for step in place) in _UNITS:
            return place
    return None


def _remove(document: Any, units: Iterable[Location]) -> None:
    # From the back, so that the places of the others in a list stay what they are.
    for unit in sorted(units, key=_sortable, reverse=True):
        parent = document
        for step in unit[:-1]:
            parent = parent[step]
        del parent[unit[-1]]


def _sortable(unit: Location) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in unit]


def _said(error: Any, below: int = 0) -> str:
    place = spelled(error["loc"][below:])
    return f"{place}: {error['msg']}" if place else str(error["msg"])
