"""The simulated money: odds that move, pools that fill, refunds, the tracker's many rows, tote trends, big bets."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from raceday_daemon.model.entrant import HOLD_PERCENTAGE, TOTE_ODDS, TOTE_TRENDS
from raceday_daemon.nztab.tote_trends import parse_tote_trend
from raceday_daemon.simulator.kinds import Kind
from raceday_daemon.simulator.plan import DayPlan, RacePlan
from raceday_daemon.simulator.planning import plan_day, plan_of_starts
from raceday_daemon.simulator.prices import opening_price
from tests.simulated import FIRST, event, life, pools_of, race_with, snapshot, tracker_sums

PLAN = plan_day(1, FIRST)
ONE_PLAN = plan_of_starts(1, [FIRST], plain=True, on_time=True)
(ONE,) = ONE_PLAN.races

SECOND = timedelta(seconds=1)


def race_with_trends(*products: str) -> RacePlan:
    return next(race for race in PLAN.races if race.trends == frozenset(products) and not race.abandoned_at)


def prices(plan: DayPlan, race: RacePlan, at: datetime, name: str) -> dict[int, float]:
    return {runner["runner_number"]: runner["odds"][name] for runner in event(plan, race, at)["runners"]}


class TestFixedOdds:
    def test_they_move_by_steps_and_often_stay(self) -> None:
        seen = [prices(ONE_PLAN, ONE, at, "fixed_win") for at in life(ONE) if at <= ONE.jump_at]
        moves = [sum(one[number] != other[number] for number in one) for one, other in pairwise(seen)]
        assert len(seen) * len(ONE.runners) / 2 > sum(moves) > 10
        assert all(len({one[number] for one in seen}) > 1 for number in seen[0])
        assert all(1.04 <= price <= 301 for one in seen for price in one.values())

    def test_an_outsider_has_the_highest_price_there_is(self) -> None:
        assert opening_price(replace(ONE.runners[0], opening_chance=0.0001)) == 301
        assert opening_price(replace(ONE.runners[0], opening_chance=0.99)) == 1.04

    def test_they_end_where_the_market_ends(self) -> None:
        for race in PLAN.races:
            if race.abandoned_at or any(runner.scratched_at for runner in race.runners):
                continue
            first, last = (prices(PLAN, race, at, "fixed_win") for at in (race.start - 600 * 60 * SECOND, race.jump_at))
            for runner in race.runners:
                moved = runner.closing_chance / runner.opening_chance
                if moved > 1.5 or moved < 1 / 1.5:
                    assert (last[runner.number] < first[runner.number]) == (moved > 1), runner.name

    def test_winners_are_better_backed_in_the_end_more_often_than_not(self) -> None:
        races = plan_of_starts(5, [FIRST] * 300, plain=True).races
        winners = [race.runners[race.ending.placings[0].number - 1] for race in races]
        firmed = sum(runner.closing_chance > runner.opening_chance for runner in winners)
        assert firmed > 1.3 * (len(winners) - firmed)

    def test_they_stand_still_once_the_race_has_started(self) -> None:
        at_start = prices(ONE_PLAN, ONE, ONE.jump_at, "fixed_win")
        for seconds in (15, 600, 6000):
            assert prices(ONE_PLAN, ONE, ONE.jump_at + seconds * SECOND, "fixed_win") == at_start

    def test_a_scratched_runner_keeps_its_last_ones_and_the_others_firm(self) -> None:
        plan, race = race_with(Kind.LATE_SCRATCHING)
        gone = next(runner for runner in race.runners if runner.late_scratched)
        assert gone.scratched_at
        before = prices(plan, race, gone.scratched_at - SECOND, "fixed_win")
        after = prices(plan, race, gone.scratched_at, "fixed_win")
        assert after.pop(gone.number) == before.pop(gone.number)
        assert sum(1 / price for price in after.values()) > sum(1 / price for price in before.values())

    def test_one_runner_is_the_favourite_and_the_last_fluc_is_the_price(self) -> None:
        for race in PLAN.races:
            data = event(PLAN, race, race.start)
            running = [runner for runner in data["runners"] if not runner["is_scratched"]]
            (favourite,) = (runner for runner in data["runners"] if runner["favourite"])
            assert favourite["odds"]["fixed_win"] == min(runner["odds"]["fixed_win"] for runner in running)
            assert data["favourite"]["entrant_id"] == favourite["entrant_id"]
            assert [runner["flucs"][-1] for runner in running] == [one["odds"]["fixed_win"] for one in running]


class TestPools:
    @pytest.mark.parametrize("kind", [None, *Kind])
    def test_they_never_shrink_but_by_refunds(self, kind: Kind | None) -> None:
        plan, race = race_with(kind) if kind else (ONE_PLAN, ONE)
        refunds = [runner.scratched_at for runner in race.runners] + [race.abandoned_at]
        for before, at in pairwise(life(race, before_seconds=2 * 3600)):
            earlier, later = (pools_of(event(plan, race, instant, "")) for instant in (before, at))
            shrunk = {product for product in earlier if later[product] < earlier[product]}
            if any(refund and before < refund <= at for refund in refunds):
                assert "Win" in shrunk
            else:
                assert shrunk == set()
            assert earlier.keys() == later.keys()

    def test_most_money_comes_at_the_end_and_while_a_race_is_late(self) -> None:
        race = max((race for race in PLAN.races if not race.abandoned_at), key=lambda race: race.delay_seconds)
        early, advertised, started = (
            pools_of(event(PLAN, race, at))["Win"] for at in (race.start - 1800 * SECOND, race.start, race.jump_at)
        )
        assert early < advertised < started
        ten_before = pools_of(event(ONE_PLAN, ONE, ONE.jump_at - 600 * SECOND))["Win"]
        assert ten_before < 0.5 * pools_of(event(ONE_PLAN, ONE, ONE.jump_at))["Win"]

    def test_what_comes_in_each_quarter_of_a_minute_differs(self) -> None:
        ends = [pools_of(event(ONE_PLAN, ONE, at))["Win"] for at in life(ONE) if at <= ONE.jump_at]
        increments = [later - earlier for earlier, later in pairwise(ends)]
        assert len(set(increments)) > 0.9 * len(increments)
        assert any(later < earlier for earlier, later in pairwise(increments))

    def test_their_cents_are_dollars_with_two_decimals(self) -> None:
        for pool in event(ONE_PLAN, ONE, FIRST)["tote_pools"]:
            assert round(pool["total"], 2) == pool["total"]
            assert isinstance(pool["total"], int) or pool["total"] % 1

    def test_bets_over_several_races_have_pools_of_their_own(self) -> None:
        plan = plan_of_starts(1, [FIRST + timedelta(minutes=place) for place in range(32)])
        products = {race.race_id: pools_of(event(plan, race, FIRST)) for race in plan.races}
        (meeting, *_) = (one for one in plan.meetings if one.venue.country == "NZ")
        assert len(meeting.races) == 8
        assert {"EarlyQuadrella", "RunningDouble"} <= products[meeting.races[0].race_id].keys()
        assert "Quadrella" in products[meeting.races[4].race_id]
        assert "Treble" in products[meeting.races[5].race_id]
        race = meeting.races[0]
        told = snapshot(plan, race, FIRST).pools
        of_the_race = ("Win", "Place", "Quinella", "Trifecta", "FirstFour", "Exacta")
        assert told.total_race_pool == sum(products[race.race_id][product] for product in of_the_race)

    def test_the_tote_pays_what_is_in_the_pool(self) -> None:
        for at in (FIRST - 3600 * SECOND, FIRST, ONE.jump_at):
            told = snapshot(ONE_PLAN, ONE, at)
            total = told.pools.win_pool_total
            assert total is not None
            shares = [0.85 / entrant.pool_win_odds for entrant in told.entrants if entrant.pool_win_odds]
            # Prices are rounded down to ten cents, so the shares come out a little large.
            assert 1.0 <= sum(shares) < 1.1

    def test_an_abandoned_race_gives_all_its_money_back(self) -> None:
        plan, race = race_with(Kind.ABANDONED)
        assert race.abandoned_at
        assert min(pools_of(event(plan, race, race.abandoned_at - SECOND)).values()) > 0
        after = event(plan, race, race.abandoned_at)
        assert set(pools_of(after).values()) == {0}
        assert {runner["odds"]["pool_win"] for runner in after["runners"]} == {0}

    def test_a_scratched_runner_has_no_tote_price(self) -> None:
        plan, race = race_with(Kind.LATE_SCRATCHING)
        gone = next(runner for runner in race.runners if runner.late_scratched)
        assert prices(plan, race, race.jump_at, "pool_win")[gone.number] == 0


class TestMoneyTracker:
    def test_a_runner_has_many_rows_of_whole_percents_and_there_are_strangers(self) -> None:
        for race in PLAN.races:
            rows = event(PLAN, race, race.start)["money_tracker"]["entrants"]
            runners = {runner.entrant_id for runner in race.runners}
            counts = [sum(row["entrant_id"] == runner for row in rows) for runner in runners]
            assert 6 <= min(counts) <= max(counts) <= 12
            assert len({row["entrant_id"] for row in rows} - runners) == 3
            assert all(type(row[name]) is int for row in rows for name in ("hold_percentage", "bet_percentage"))
            assert [row["entrant_id"] for row in rows] != sorted(row["entrant_id"] for row in rows)

    @pytest.mark.parametrize("side", ["hold", "bet"])
    def test_the_rows_sum_to_about_a_hundred(self, side: str) -> None:
        for race in PLAN.races:
            sums = tracker_sums(event(PLAN, race, race.start), side)
            assert 90 <= sum(sums.values()) <= 110

    def test_the_last_row_of_a_runner_says_nothing(self) -> None:
        rows = event(ONE_PLAN, ONE, FIRST)["money_tracker"]["entrants"]
        last = {row["entrant_id"]: row["hold_percentage"] for row in rows}
        assert sum(last.values()) < 60

    def test_the_rows_stay_and_only_their_figures_move(self) -> None:
        seen = [event(ONE_PLAN, ONE, at)["money_tracker"]["entrants"] for at in life(ONE, step_seconds=300)]
        assert len({tuple(row["entrant_id"] for row in rows) for rows in seen}) == 1
        assert len({tuple(row["hold_percentage"] for row in rows) for rows in seen}) > 3

    def test_a_big_bet_shows(self) -> None:
        plan, race = race_with(Kind.BIG_BETS)
        bet = max(race.bets, key=lambda bet: bet.stake_cents)
        who = race.runners[bet.number - 1].entrant_id
        before, after = (tracker_sums(event(plan, race, at), "hold")[who] for at in (bet.at - SECOND, bet.at + SECOND))
        assert after > before


class TestToteTrends:
    def test_they_give_each_runners_money_in_win_and_place(self) -> None:
        race = race_with_trends("Win", "Place", "Trifecta")
        for at in (race.start - 1200 * SECOND, race.start, race.jump_at + 600 * SECOND):
            pools = {pool["product_type"]: pool for pool in event(PLAN, race, at)["tote_pools"]}
            for product, bet_type in (("Win", "WIN"), ("Place", "PLC")):
                trends = pools[product]["tote_trends"]
                trend = parse_tote_trend(trends["tote_trends_data"], bet_type, race.number)
                assert trend is not None
                assert set(trend.investments) == {runner.number for runner in race.runners}
                assert sum(trend.investments.values()) == pytest.approx(trend.pool_total)
                assert trend.pool_total == pytest.approx(trends["pool_total"])
                assert trend.pool_total != pools[product]["total"]

    def test_those_of_the_trifecta_have_an_amount_a_place(self) -> None:
        race = race_with_trends("Trifecta")
        pools = {pool["product_type"]: pool for pool in event(PLAN, race, race.start)["tote_pools"]}
        assert {product for product, pool in pools.items() if "tote_trends" in pool} == {"Trifecta"}
        xml = pools["Trifecta"]["tote_trends"]["tote_trends_data"]
        assert xml.count("<runner_investment3>") == len(race.runners)
        assert parse_tote_trend(xml, "TFA", race.number) is None

    def test_a_scratched_runner_keeps_its_money_there(self) -> None:
        plan, race = next(
            (plan, race)
            for plan in (plan_day(seed, FIRST) for seed in range(1, 50))
            for race in plan.races
            if Kind.LATE_SCRATCHING in race.kinds and "Win" in race.trends
        )
        gone = next(runner for runner in race.runners if runner.late_scratched)
        (pool,) = (one for one in event(plan, race, race.jump_at)["tote_pools"] if one["product_type"] == "Win")
        trend = parse_tote_trend(pool["tote_trends"]["tote_trends_data"], "WIN", race.number)
        assert trend
        assert trend.investments[gone.number] > 0
        assert "<runner_scratched>True</runner_scratched>" in pool["tote_trends"]["tote_trends_data"]

    def test_every_method_of_sharing_a_pool_out_is_needed(self) -> None:
        methods = {
            (entrant.share_method, entrant.place_share_method)
            for race in PLAN.races
            for at in (race.start - timedelta(days=3), race.start)
            for entrant in snapshot(PLAN, race, at).entrants
            if not entrant.is_scratched
        }
        assert methods >= {
            (TOTE_TRENDS, TOTE_TRENDS),
            (TOTE_ODDS, HOLD_PERCENTAGE),
            (HOLD_PERCENTAGE, HOLD_PERCENTAGE),
        }


class TestBigBets:
    def test_they_become_known_as_they_are_placed_and_stay(self) -> None:
        plan, race = race_with(Kind.BIG_BETS)
        seen: set[str] = set()
        for at in life(race):
            told = snapshot(plan, race, at).big_bets
            assert {bet.bet_id for bet in told} >= seen
            assert len(told) == sum(bet.at <= at for bet in race.bets)
            assert all(bet.placed_at <= at for bet in told)
            seen |= {bet.bet_id for bet in told}
        assert len(seen) == len(race.bets) >= 3

    def test_a_bet_on_one_runner_names_it_and_a_multi_does_not(self) -> None:
        plan, race = race_with(Kind.BIG_BETS)
        told = {bet.legs: bet for bet in snapshot(plan, race, race.jump_at).big_bets}
        assert told[1].entrant_id in {runner.entrant_id for runner in race.runners}
        assert told[1].stake >= 50_000
        assert told[2].entrant_id is None
