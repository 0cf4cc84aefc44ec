"""Mapped values as plain text that people can check: a table a kind of thing, a line a thing, "-" for None."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from raceday_daemon.model.market import RacePools
from raceday_daemon.model.results import RaceResults
from raceday_daemon.model.snapshot import DayCard, MeetingCard, RaceListing, RaceSnapshot, SetAside

Columns = Mapping[str, str]
"""The head of each column, and the field that it shows."""

_RUNNER = {"no": "runner_number", "name": "name", "id": "entrant_id", "bar": "barrier", "scr": "is_scratched"} | {
    "late": "is_late_scratched",
    "emg": "is_emergency",
    "scr time": "scratch_time",
    "fav": "favourite",
    "mov": "mover",
    "jockey": "jockey",
    "trainer": "trainer_name",
}
_PRICES = {"no": "runner_number", "fixed win": "fixed_win_odds", "fixed place": "fixed_place_odds"} | {
    "pool win": "pool_win_odds",
    "pool place": "pool_place_odds",
    "win": "win_odds",
    "place": "place_odds",
}
_MONEY = {"no": "runner_number", "hold": "hold_percentage", "bet": "bet_percentage"} | {
    "win %": "win_pool_percentage",
    "win cents": "win_pool_amount",
    "win by": "share_method",
    "place %": "place_pool_percentage",
    "place cents": "place_pool_amount",
    "place by": "place_share_method",
}
_BET = {"bet": "title", "runner": "entrant_id", "cents": "stake", "odds": "odds", "placed": "placed_at", "legs": "legs"}
_MEETING = {"meeting": "meeting_id", "name": "meeting_name", "country": "country", "state": "state"} | {
    "category": "category",
    "category name": "category_name",
    "date": "date",
    "track": "track_condition",
    "tote": "tote_status",
}
_CARD_RACE = {"meeting": "meeting_id", "no": "race_number", "race": "race_id", "status": "status"} | {
    "start": "start_time",
    "tote start": "tote_start_time",
    "metres": "distance",
    "track": "track_condition",
    "weather": "weather",
    "type": "type",
    "protest": "protest",
}
_PLACING = {"pos": "position", "no": "runner_number", "name": "name", "id": "entrant_id", "margin": "margin_length"}
_CLOSING = {"fixed win": "fixed_win", "fixed place": "fixed_place", "name": "runner_name", "id": "entrant_id"}


def rendered(value: RaceSnapshot | DayCard | MeetingCard | Sequence[RaceListing]) -> str:
    """Give a mapped answer as text, sections apart by a blank line."""
    if isinstance(value, RaceSnapshot):
        sections = _snapshot(value)
    elif isinstance(value, DayCard):
        sections = _day(value)
    elif isinstance(value, MeetingCard):
        sections = [_facts(("generated", value.generated_time)), *_cards([value]), _aside(value.set_aside)]
    else:
        sections = [_listings(value)]
    return "\n\n".join(sections) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}Z"
    return f"{value:.4f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _aligned(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [list(heads), *([_cell(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _table(columns: Columns, things: Iterable[object]) -> str:
    return _aligned(list(columns), ([_shown(thing, field) for field in columns.values()] for thing in things))


def _shown(thing: Any, field: str) -> object:
    """Give a field of a record or of a JSON object; ids are known by their first eight characters."""
    value = thing.get(field) if isinstance(thing, dict) else getattr(thing, field)
    return value[:8] if field.endswith("_id") and value else value


def _facts(*named: tuple[str, object]) -> str:
    return _aligned(("fact", "value"), named)


def _snapshot(value: RaceSnapshot) -> list[str]:
    return [
        _race(value),
        _table(_RUNNER, value.entrants),
        _table(_PRICES, value.entrants),
        _table(_MONEY, value.entrants),
        _pools(value.pools),
        *(_results(value.results) if value.results else ["no results"]),
        _table(_BET, value.big_bets),
        _aside(value.set_aside),
    ]


def _race(value: RaceSnapshot) -> str:
    race = value.race
    return _facts(
        ("generated", value.generated_time),
        ("race", f"{race.race_id[:8]} {race.name}"),
        ("meeting", race.meeting_id[:8]),
        ("number", race.race_number),
        ("type", race.type),
        ("status", race.status),
        ("start", race.start_time),
        ("actual start", race.actual_start),
        ("start in NZ", f"{race.race_date_nz} {race.start_time_nz}"),
        ("tote start", race.tote_start_time),
        ("metres", race.distance),
        ("track", race.track_condition),
        ("surface", race.track_surface),
        ("weather", race.weather),
        ("prize money", race.total_prize_money),
        ("entrants", race.entrant_count),
        ("field", race.field_size),
        ("positions paid", race.positions_paid),
        ("silks", _address(race.silk_url)),
        ("silk base", race.silk_base_url),
        ("video", race.video_channels),
        ("protest", race.protest),
        ("protest reason", race.protest_reason),
        ("track direction", value.track.track_direction),
        ("track surface", value.track.track_surface),
        ("rail", value.track.rail_position),
    )


def _address(url: str | None) -> str | None:
    return None if url is None else f"{url.split('/')[2]}, {len(url)} characters"


def _pools(pools: RacePools) -> str:
    return _aligned(
        ("pool", "cents"),
        (
            ("win", pools.win_pool_total),
            ("place", pools.place_pool_total),
            ("quinella", pools.quinella_pool_total),
            ("trifecta", pools.trifecta_pool_total),
            ("exacta", pools.exacta_pool_total),
            ("first4", pools.first4_pool_total),
            ("total", pools.total_race_pool),
        ),
    )


def _results(value: RaceResults) -> list[str]:
    dividends: list[dict[str, Any]] = json.loads(value.dividends_data or "[]")
    closing: dict[str, dict[str, Any]] = json.loads(value.fixed_odds_data or "{}")
    return [
        _facts(
            ("results available", value.results_available),
            ("result status", value.result_status),
            ("protest lodged", value.protest_lodged),
        ),
        _table(_PLACING, json.loads(value.results_data or "[]")),
        _aligned(
            ("product", "for", "status", "dividend", "paid for"),
            (
                (one["product_name"], one["description"], one["status"], one["dividend"], _paid_for(one["positions"]))
                for one in dividends
            ),
        ),
        _table({"closing": "number", **_CLOSING}, ({"number": number, **one} for number, one in closing.items())),
    ]


def _paid_for(positions: list[dict[str, Any]] | None) -> str | None:
    if positions is None:
        return None
    return ", ".join(f"{one['position']} is no {one['runner_number']}" for one in positions)


def _day(value: DayCard) -> list[str]:
    return [
        _facts(
            ("generated", value.generated_time),
            ("complete", value.complete),
            ("ids listed", len(value.listed_ids)),
            ("ids doubtful", len(value.doubtful_ids)),
            ("wanted meetings", len(value.cards)),
            ("wanted races", sum(len(card.races) for card in value.cards)),
        ),
        *_cards(value.cards),
        _aside(value.set_aside),
    ]


def _cards(cards: Sequence[MeetingCard]) -> list[str]:
    return [
        _table(_MEETING, (card.meeting for card in cards)),
        _table(_CARD_RACE, (race for card in cards for race in card.races)),
    ]


def _listings(races: Sequence[RaceListing]) -> str:
    return _aligned(
        ("race", "no", "start", "delay s"),
        ((one.race_id[:8], one.race_number, one.start_time, _delay(one)) for one in races),
    )


def _delay(race: RaceListing) -> int | None:
    return round((race.actual_start - race.start_time).total_seconds()) if race.actual_start else None


def _aside(parts: Sequence[SetAside]) -> str:
    return "\n".join(["set aside:", *(f"  {part}" for part in parts)]) if parts else "nothing set aside"
