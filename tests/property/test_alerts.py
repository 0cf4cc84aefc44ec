"""What must hold of alerts whatever the market does."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.alerting.measures import Reading
from raceday_daemon.model.alerts import AlertRule, Notification
from tests.alerting import Watching, rule, six_bands
from tests.builders import entrant

PRICES = st.one_of(st.none(), st.floats(1.01, 60).map(lambda price: round(price, 2)))
PERCENTAGES = st.one_of(st.none(), st.floats(0, 40).map(lambda share: round(share, 1)))
RUNNERS = (1, 2, 3)

THRESHOLDS = {
    "odds_shortening": 20.0,
    "odds_drift": 40.0,
    "odds_below": 5.0,
    "odds_above": 15.0,
    "money_flow": 10.0,
    "hold_percentage": 8.0,
    "pool_share": 8.0,
}

LOOKS = st.lists(
    st.fixed_dictionaries(
        {
            number: st.fixed_dictionaries(
                {
                    "fixed_win_odds": PRICES,
                    "pool_win_odds": PRICES,
                    "hold_percentage": PERCENTAGES,
                    "win_pool_percentage": PERCENTAGES,
                    "share_method": st.sampled_from(("tote_odds", "tote_trends", None)),
                    "is_scratched": st.sampled_from((False, False, False, True)),
                    "new_money": PERCENTAGES,
                }
            )
            for number in RUNNERS
        }
    ),
    min_size=2,
    max_size=12,
)
STATUSES = st.lists(st.sampled_from(("Open", "Open", "Open", "Closed")), min_size=12, max_size=12)


def all_rules(cooldown: int | None = None) -> list[AlertRule]:
    singles = [rule(name, bound, cooldown_seconds=cooldown) for name, bound in THRESHOLDS.items()]
    return [*singles, *six_bands()]


def play(
    looks: list[dict[int, dict[str, Any]]], statuses: list[str], rules: list[AlertRule], order: Any = sorted
) -> list[list[Notification]]:
    """Look at the runners, in some order, at each step; give what each step tells."""
    watching = Watching(rules)
    told = []
    for look, status in zip(looks, statuses, strict=False):
        runners = [
            entrant(number, **{name: value for name, value in look[number].items() if name != "new_money"})
            for number in order(look)
        ]
        money = {
            f"runner-{number}": Reading(share, 5.0, 5.0 + share)
            for number, said in look.items()
            if (share := said["new_money"]) is not None
        }
        told.append(list(watching.look(*runners, status=status, money=money).notifications))
    return told


def flat(told: list[list[Notification]]) -> list[Notification]:
    return [one for step in told for one in step]


@settings(max_examples=60, deadline=None)
@given(LOOKS, STATUSES)
def test_nothing_is_told_below_its_threshold(looks: Any, statuses: Any) -> None:
    for one in flat(play(looks, statuses, all_rules(cooldown=0))):
        assert one.value is not None
        assert one.threshold is not None
        if one.type == "odds_below":
            assert one.value <= one.threshold
        else:
            assert one.value >= one.threshold


@settings(max_examples=60, deadline=None)
@given(LOOKS, STATUSES)
def test_nothing_is_told_twice_in_an_episode(looks: Any, statuses: Any) -> None:
    told = flat(play(looks, statuses, all_rules(cooldown=0)))
    assert len({one.notification_id for one in told}) == len(told)


@settings(max_examples=60, deadline=None)
@given(LOOKS)
def test_what_stays_true_is_told_once(looks: Any) -> None:
    steady = [looks[0]] * 12
    told = flat(play(steady, ["Open"] * 12, all_rules(cooldown=0)))
    assert len({(one.rule_id, one.type, one.entrant_id) for one in told}) == len(told)


@settings(max_examples=60, deadline=None)
@given(LOOKS, STATUSES)
def test_the_same_changes_give_the_same_notifications(looks: Any, statuses: Any) -> None:
    assert play(looks, statuses, all_rules()) == play(looks, statuses, list(reversed(all_rules())))


@settings(max_examples=60, deadline=None)
@given(LOOKS, STATUSES, st.permutations(RUNNERS))
def test_the_order_of_the_runners_does_not_matter(looks: Any, statuses: Any, order: Any) -> None:
    assert play(looks, statuses, all_rules(), lambda _: order) == play(looks, statuses, all_rules())


@settings(max_examples=60, deadline=None)
@given(LOOKS, STATUSES)
def test_what_others_watch_changes_nothing_for_anybody(looks: Any, statuses: Any) -> None:
    alone = play(looks, statuses, all_rules())
    others = [replace(one, user_id="user-2", rule_id=f"{one.rule_id}-2") for one in all_rules()]
    together = play(looks, statuses, [*others, *all_rules()])
    assert [[one for one in step if one.user_id == "user-1"] for step in together] == alone


@settings(max_examples=60, deadline=None)
@given(LOOKS)
def test_a_cooldown_keeps_a_rule_silent_for_as_long_on_the_same_runner(looks: Any) -> None:
    rules = [rule(name, bound, cooldown_seconds=60) for name, bound in THRESHOLDS.items()]
    told = flat(play(looks, ["Open"] * 12, rules))
    for one in told:
        same = [other for other in told if (other.rule_id, other.entrant_id) == (one.rule_id, one.entrant_id)]
        for other in same:
            apart = abs((other.event_timestamp - one.event_timestamp).total_seconds())
            assert other is one or apart >= 60
