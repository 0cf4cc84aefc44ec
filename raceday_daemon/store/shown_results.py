"""A race's results as the site shows them, read from the JSON texts that the tables keep."""

import json
from collections.abc import Mapping
from typing import Any

from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.shown_race import Dividend, Placing, Results


def shown_results(results: RaceResults) -> Results:
    """Read the placings and dividends; a part that is not what the tables promise is left out."""
    return Results(
        result_status=results.result_status,
        result_time=results.result_time,
        protest_lodged=results.protest_lodged,
        placings=tuple(placing for one in _list(results.results_data) if (placing := _placing(one))),
        dividends=tuple(dividend for one in _list(results.dividends_data) if (dividend := _dividend(one))),
    )


def _list(text: str | None) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _placing(sent: Mapping[str, Any]) -> Placing | None:
    position = _whole(sent.get("position"))
    if position is None:
        return None
    margin = sent.get("margin_length")
    return Placing(
        position=position,
        runner_number=_whole(sent.get("runner_number")),
        entrant_id=_text(sent.get("entrant_id")),
        name=_text(sent.get("name")),
        margin=None if margin is None or isinstance(margin, list | dict) else str(margin),
    )


def _dividend(sent: Mapping[str, Any]) -> Dividend | None:
    name, dividend = _text(sent.get("product_name")), sent.get("dividend")
    if name is None or isinstance(dividend, bool) or not isinstance(dividend, int | float):
        return None
    return Dividend(
        product_name=name,
        dividend=float(dividend),
        status=_text(sent.get("status")),
        description=_text(sent.get("description")),
    )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
