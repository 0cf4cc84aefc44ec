"""Placings, dividends and closing prices of an event, as the JSON that the tables keep."""

from collections.abc import Sequence
from typing import Any

from raceday_daemon.model.race import FINAL, race_status
from raceday_daemon.model.results import FINAL_RESULT, INTERIM_RESULT, RaceResults
from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.payloads import DividendPayload, EventData, RunnerPayload
from raceday_daemon.nztab.values import json_text, price, sent_or_none


def race_results(data: EventData, runners: Sequence[RunnerPayload], aside: list[SetAside]) -> RaceResults | None:
    """Give the results, None while the source has neither placings nor dividends."""
    placings = _placings(data, aside)
    dividends = _dividends(data)
    if not placings and not dividends:
        return None
    return RaceResults(
        race_id=data.race.event_id,
        results_available=bool(placings),
        result_status=FINAL_RESULT if race_status(data.race.status) == FINAL else INTERIM_RESULT,
        results_data=_kept("results", placings, aside),
        dividends_data=_kept("dividends", dividends, aside),
        fixed_odds_data=_kept("runners", _fixed_odds(runners), aside),
        protest_lodged=sent_or_none(data.race.protest),
    )


def _kept(name: str, value: list[dict[str, Any]] | dict[str, Any], aside: list[SetAside]) -> str | None:
    try:
        return json_text(value) if value else None
    except ValueError as error:
        aside.append(SetAside(("data", name), str(error)))
        return None


def _placings(data: EventData, aside: list[SetAside]) -> list[dict[str, Any]]:
    """Sort the placings by position, one an entrant; a dead heat repeats a position."""
    once: dict[str, dict[str, Any]] = {}
    for place, result in enumerate(data.results or ()):
        if result.entrant_id in once:
            aside.append(SetAside(("data", "results", place), f"entrant {result.entrant_id} is placed twice"))
        once.setdefault(result.entrant_id, result.model_dump())
    # Position 0 is no place, and comes last.
    return sorted(once.values(), key=lambda placing: (placing["position"] or 1_000, placing["entrant_id"]))


def _dividends(data: EventData) -> list[dict[str, Any]]:
    """Keep one dividend a (tote, product, description), Final over Interim, in an order that is always the same."""
    facts: dict[tuple[str, str, str], DividendPayload] = {}
    for sent in data.dividends or ():
        if sent.dividend:
            fact = (sent.tote or "", sent.product_name, sent.description or "")
            if fact not in facts or (_is_final(sent) and not _is_final(facts[fact])):
                facts[fact] = sent
    return [
        {
            "product_name": facts[fact].product_name,
            "dividend": facts[fact].dividend,
            "status": facts[fact].status,
            "description": facts[fact].description,
            "positions": facts[fact].positions,
        }
        for fact in sorted(facts)
    ]


def _is_final(dividend: DividendPayload) -> bool:
    return (dividend.status or "").lower() == FINAL.lower()


def _fixed_odds(runners: Sequence[RunnerPayload]) -> dict[str, Any]:
    """Give the fixed prices by runner number; the source keeps old ones on scratched runners, which are left out."""
    return {
        str(runner.runner_number): {
            "fixed_win": price(runner.odds.fixed_win),
            "fixed_place": price(runner.odds.fixed_place),
            "runner_name": runner.name,
            "entrant_id": runner.entrant_id,
        }
        for runner in runners
        if runner.odds and not runner.scratched and (price(runner.odds.fixed_win) or price(runner.odds.fixed_place))
    }
