"""The outcome in an event's answer: placings, dividends and closing prices."""

from collections.abc import Sequence
from typing import Any

from tests.auditor.answers import Document
from tests.auditor.matchers import JsonEntries, JsonText
from tests.auditor.values import flag

Row = dict[str, Any]


def told_results(data: Document, runners: Sequence[Document]) -> Row | None:
    """Give the row of the results, None while there are neither placings nor dividends; when they first came lacks."""
    placings, dividends = data.get("results") or [], _dividends(data.get("dividends") or [])
    if not placings and not dividends:
        return None
    closing = {str(one["runner_number"]): _closing(one) for one in runners if _has_closing_price(one)}
    return {
        "raceId": data["race"]["event_id"],
        "race": data["race"]["event_id"],
        "resultsAvailable": int(bool(placings)),
        "resultStatus": "final" if data["race"]["status"] == "Final" else "interim",
        "resultsData": JsonEntries(tuple(placings), ordered_by="position") if placings else None,
        "dividendsData": JsonEntries(tuple(dividends)) if dividends else None,
        "fixedOddsData": JsonText(closing) if closing else None,
        "protestLodged": flag(data["race"].get("protest")),
        "photoFinish": 0,
        "stewardsInquiry": 0,
    }


def _dividends(sent: Sequence[Document]) -> list[Row]:
    """Give one entry a (tote, product, description), Final over Interim; an entry without an amount is none."""
    facts: dict[tuple[str, str, str], Document] = {}
    for one in sorted(sent, key=lambda dividend: bool(dividend["status"] == "Final")):
        if one["dividend"]:
            facts[one["tote"], one["product_name"], one["description"]] = one
    kept = ("product_name", "dividend", "status", "description", "positions")
    return [{name: one[name] for name in kept} for one in facts.values()]


def _has_closing_price(runner: Document) -> bool:
    scratched = runner["is_scratched"] or runner["is_late_scratched"]
    return not scratched and bool(runner["odds"]["fixed_win"] or runner["odds"]["fixed_place"])


def _closing(runner: Document) -> Row:
    return {
        "fixed_win": runner["odds"]["fixed_win"] or None,
        "fixed_place": runner["odds"]["fixed_place"] or None,
        "runner_name": runner["name"],
        "entrant_id": runner["entrant_id"],
    }
