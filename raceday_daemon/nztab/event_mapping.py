"""From an event's answer to a snapshot of its race."""

import json
from collections.abc import Sequence

from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.race import Race, race_status
from raceday_daemon.model.snapshot import (
    CLOSING_PRICES,
    DIVIDENDS,
    MONEY,
    PLACINGS,
    POOLS,
    RUNNERS,
    RaceSnapshot,
    SetAside,
    TrackDetails,
)
from raceday_daemon.nztab.bets_mapping import big_bets
from raceday_daemon.nztab.money_mapping import RunnerMoney, money_of, race_pools
from raceday_daemon.nztab.payloads import EventAnswer, EventRacePayload, OddsPayload, RunnerPayload
from raceday_daemon.nztab.results_mapping import race_results
from raceday_daemon.nztab.values import address, epoch, epoch_or_none, price, sent_or_none, text

_UNREAD_BY_PART = {"money_tracker": MONEY, "results": PLACINGS, "dividends": DIVIDENDS}
_RACE_FIELDS = {"prize_monies": "total_prize_money"}


def race_snapshot(answer: EventAnswer, set_aside: Sequence[SetAside] = ()) -> RaceSnapshot:
    """Say in the trade's words what an event answer says; `set_aside` is what decoding left out of it.

    The runners are `entrants` where that is there and not empty, else `runners`. Never raises: what does not fit any
    more at this point joins the parts set aside.
    """
    data = answer.data
    aside = list(set_aside)
    generated_time = answer.header.generated_time
    list_name = "entrants" if data.entrants else "runners"
    all_read = not any(part.path[:2] == ("data", list_name) for part in aside)
    runners = _runners(list_name, (data.entrants or data.runners or []), aside)
    pools = race_pools(data, aside)
    money = money_of(data, runners, pools, aside, all_read=all_read)
    return RaceSnapshot(
        generated_time=generated_time,
        race=_race(data.race),
        entrants=tuple(_entrant(runner, data.race.event_id, money[runner.entrant_id]) for runner in runners),
        pools=pools,
        results=race_results(data, runners, aside),
        big_bets=big_bets(data, aside),
        track=TrackDetails(
            track_direction=text(data.race.track_direction, 50),
            track_surface=text(data.race.track_surface, 50),
            rail_position=text(data.race.rail_position, 255),
        ),
        set_aside=tuple(aside),
        unread=_unread(list_name, runners, aside, set_aside),
    )


def _unread(
    list_name: str, runners: Sequence[RunnerPayload], aside: Sequence[SetAside], undecoded: Sequence[SetAside]
) -> frozenset[str]:
    """Name what is not known because of the parts set aside; see RaceSnapshot."""
    unread = {_UNREAD_BY_PART[part.path[1]] for part in aside if part.path[1] in _UNREAD_BY_PART}
    unread |= {_RACE_FIELDS.get(str(part.path[2]), str(part.path[2])) for part in undecoded if part.path[1] == "race"}
    if not runners or any(part.path[:2] == ("data", list_name) for part in undecoded):
        # An empty list is not taken for a field that went home.
        unread |= {RUNNERS, CLOSING_PRICES}
    if any(part.path[:2] == ("data", "tote_pools") and len(part.path) == 3 for part in undecoded):
        unread.add(POOLS)
    return frozenset(unread)


def _runners(list_name: str, sent: Sequence[RunnerPayload], aside: list[SetAside]) -> list[RunnerPayload]:
    """Take each runner once: the first, where one comes twice."""
    once: dict[str, RunnerPayload] = {}
    for place, runner in enumerate(sent):
        if runner.entrant_id in once:
            aside.append(SetAside(("data", list_name, place), f"entrant {runner.entrant_id} is there twice"))
        once.setdefault(runner.entrant_id, runner)
    return list(once.values())


def _race(sent: EventRacePayload) -> Race:
    return Race(
        race_id=sent.event_id,
        meeting_id=sent.meeting_id,
        name=sent.description[:255],
        race_number=sent.race_number,
        start_time=epoch(sent.advertised_start),
        status=race_status(sent.status)[:20],
        actual_start=epoch_or_none(sent.actual_start),
        start_time_nz=text(sent.start_time_nz, 30),
        race_date_nz=text(sent.race_date_nz, 10),
        distance=sent_or_none(sent.distance),
        track_condition=text(sent.track_condition, 50),
        track_surface=text(sent.track_surface, 50),
        weather=text(sent.weather, 50),
        type=text(sent.type, 10),
        total_prize_money=_whole_dollars(sent),
        entrant_count=sent_or_none(sent.entrant_count),
        field_size=sent_or_none(sent.field_size),
        positions_paid=sent_or_none(sent.positions_paid),
        silk_url=address(sent.silk_url, 500),
        silk_base_url=address(sent.silk_base_url, 255),
        video_channels=_channels(sent.video_channels),
        protest=sent_or_none(sent.protest),
        protest_reason=text(sent.protest_reason, 1000),
    )


def _whole_dollars(sent: EventRacePayload) -> int | None:
    dollars = sent_or_none(sent.prize_monies.total_value) if sent.prize_monies else None
    return None if dollars is None else round(dollars)


def _channels(sent: list[str] | None) -> str | None:
    """Write the channels as a JSON array; a list too long for its column is of no use cut, and left out."""
    written = json.dumps(sent, ensure_ascii=False) if sent else None
    return address(written, 500)


def _entrant(sent: RunnerPayload, race_id: str, money: RunnerMoney) -> Entrant:
    odds = sent.odds or OddsPayload()
    fixed_win, fixed_place = price(odds.fixed_win), price(odds.fixed_place)
    pool_win, pool_place = price(odds.pool_win), price(odds.pool_place)
    return Entrant(
        entrant_id=sent.entrant_id,
        race_id=race_id,
        name=sent.name[:255],
        runner_number=sent.runner_number,
        barrier=sent_or_none(sent.barrier),
        is_scratched=sent_or_none(sent.is_scratched),
        is_late_scratched=sent_or_none(sent.is_late_scratched),
        is_emergency=sent_or_none(sent.is_emergency),
        scratch_time=sent_or_none(sent.scratch_time) or None,
        jockey=text(sent.jockey, 255),
        trainer_name=text(sent.trainer_name, 255),
        silk_colours=text(sent.silk_colours, 255),
        silk_url64=address(sent.silk_url_64x64, 500),
        silk_url128=address(sent.silk_url_128x128, 500),
        favourite=sent_or_none(sent.favourite),
        mover=sent_or_none(sent.mover),
        fixed_win_odds=fixed_win,
        fixed_place_odds=fixed_place,
        pool_win_odds=pool_win,
        pool_place_odds=pool_place,
        win_odds=fixed_win or pool_win,
        place_odds=fixed_place or pool_place,
        hold_percentage=money.hold_percentage,
        bet_percentage=money.bet_percentage,
        win_pool_percentage=money.win.percentage if money.win else None,
        win_pool_amount=money.win_amount,
        share_method=money.win.method if money.win else None,
        place_pool_percentage=money.place.percentage if money.place else None,
        place_pool_amount=money.place_amount,
        place_share_method=money.place.method if money.place else None,
    )
