"""The rules in memory: found by what they watch, and kept as they are added, replaced and removed."""

import random
from time import thread_time
from typing import Any

from raceday_daemon.alerting.rule_index import BANDS, RuleIndex, Watch
from raceday_daemon.model.alerts import AlertRule
from tests.alerting import band, rule, six_bands

ENTRANTS = ["runner-1", "runner-2"]


def found(index: RuleIndex, race_id: str = "race-1", entrants: Any = ENTRANTS, *, everywhere: bool = True) -> set[str]:
    groups = index.groups(race_id, entrants, everywhere=everywhere)
    return {watch.rule_id for group in groups for watch in group.up_to(float("inf"))}


def test_a_look_meets_the_rules_of_its_entrants_of_its_race_and_of_every_race() -> None:
    index = RuleIndex(
        [
            rule(rule_id="everywhere"),
            rule(rule_id="race", race="race-1"),
            rule(rule_id="another race", race="race-2"),
            rule(rule_id="entrant", entrant="runner-1"),
            rule(rule_id="another entrant", entrant="runner-9"),
            rule(rule_id="entrant of race", entrant="runner-2", race="race-1"),
            rule(rule_id="entrant of another race", entrant="runner-2", race="race-2"),
        ]
    )
    assert found(index) == {"everywhere", "race", "entrant", "entrant of race"}
    assert found(index, everywhere=False) == {"race", "entrant", "entrant of race"}
    assert len(index) == 7


def test_a_rule_put_again_takes_the_place_of_what_it_was() -> None:
    index = RuleIndex([rule(rule_id="one", race="race-2"), rule(rule_id="other")])
    index.put(rule(rule_id="one", race="race-1"))
    assert found(index) == {"one", "other"}
    index.put(rule(rule_id="one", enabled=False))
    assert found(index) == {"other"}
    assert len(index) == 1


def test_what_is_removed_is_gone_and_removing_it_again_is_nothing() -> None:
    index = RuleIndex([rule(rule_id="one"), *six_bands()])
    for rule_id in ("one", "one", "band-5", "unknown"):
        index.remove(rule_id)
    assert len(index) == 5
    for one in six_bands():
        index.remove(one.rule_id)
    assert (len(index), found(index)) == (0, set())


def test_a_users_bands_are_one_rule_for_each_measure_and_change_with_every_band() -> None:
    index = RuleIndex(six_bands())
    first = {group.kind: group.up_to(5) for group in index.groups("race-1", ENTRANTS, everywhere=True)}
    assert set(first) == {f"{BANDS}money_flow", f"{BANDS}odds_shortening"}
    index.put(band(5, 10, enabled=False))
    second = {group.kind: group.up_to(10) for group in index.groups("race-1", ENTRANTS, everywhere=True)}
    for kind, (watch,) in second.items():
        assert [one.minimum for one in watch.bands] == [10, 15, 20, 25, 50]
        assert watch.rule_id == first[kind][0].rule_id
        assert watch.checksum != first[kind][0].checksum


def test_bands_are_told_apart_by_user_and_by_what_they_watch() -> None:
    index = RuleIndex([*six_bands(), band(5, 10, rule_id="2", user_id="user-2"), band(5, 10, rule_id="3", race="r")])
    assert len(found(index)) == 4
    assert len(found(index, race_id="r")) == 6


def test_as_many_bands_as_somebody_cares_to_write_are_no_more_work_than_as_many_rules() -> None:
    def seconds(rules: list[AlertRule]) -> float:
        began = thread_time()
        assert len(RuleIndex(rules)) == len(rules)
        return thread_time() - began

    bands = [band(1 + number / 100, None, rule_id=f"band-{number}") for number in range(3_000)]
    rules = [rule("odds_below", 2 + number / 100, rule_id=f"rule-{number}") for number in range(3_000)]
    assert seconds(bands) < 20 * seconds(rules)


def test_a_checksum_follows_from_the_rule_alone_and_is_the_same_in_every_process() -> None:
    def checksum(**changes: Any) -> int:
        watch = RuleIndex([rule(rule_id="one", **changes)]).get("one")
        assert watch
        return watch.checksum

    assert checksum() == checksum(color="red", display_order=3, channel="x") == 414608086
    others: list[dict[str, Any]] = [
        {"threshold": 11.0},
        {"window_seconds": 60},
        {"cooldown_seconds": 1},
        {"race": "race-1"},
        {"entrant": "runner-1"},
        {"user_id": "user-2"},
        {"alert_type": "odds_drift"},
    ]
    assert len({checksum(**changes) for changes in others} - {checksum()}) == len(others)


def test_groups_give_the_watches_up_to_and_from_a_bound_both_in() -> None:
    index = RuleIndex([rule("odds_below", bound, rule_id=f"{bound}") for bound in (5, 3, 9, 7)])
    index.put(rule("odds_above", 4))
    (group,) = (one for one in index.groups("race-1", (), everywhere=True) if one.kind == "odds_below")

    def bounds(watches: list[Watch]) -> list[float]:
        return [watch.bound for watch in watches]

    assert (bounds(group.up_to(7)), bounds(group.up_to(6.9)), bounds(group.up_to(1))) == ([3, 5, 7], [3, 5], [])
    assert (bounds(group.from_on(7)), bounds(group.from_on(7.1)), bounds(group.from_on(10))) == ([7, 9], [9], [])
    below = [group.last_below(bound) for bound in (3, 3.1, 99)]
    assert [watch.bound if watch else None for watch in below] == [None, 3, 9]


def test_however_it_came_about_an_index_finds_what_one_of_the_same_rules_finds() -> None:
    draw = random.Random(7)
    index = RuleIndex()
    rules: dict[str, AlertRule] = {}
    for _ in range(3_000):
        rule_id = f"rule-{draw.randrange(150)}"
        if draw.random() < 0.3:
            rules.pop(rule_id, None)
            index.remove(rule_id)
        else:
            scope = draw.choice([{}, {"race": "race-1"}, {"entrant": "runner-1"}, {"entrant": "runner-2"}])
            one = draw.choice(
                [
                    rule(draw.choice(["odds_below", "odds_above"]), draw.randrange(2, 9), rule_id=rule_id, **scope),
                    band(draw.randrange(1, 50), None, rule_id=rule_id, user_id=f"user-{draw.randrange(4)}", **scope),
                ]
            )
            rules[rule_id] = one
            index.put(one)
        if draw.random() < 0.05:
            found(index)
    fresh = RuleIndex(rules.values())
    assert len(index) == len(fresh) == len(rules)
    for mine, theirs in zip(
        index.groups("race-1", ENTRANTS, everywhere=True),
        fresh.groups("race-1", ENTRANTS, everywhere=True),
        strict=True,
    ):
        assert mine.up_to(99) == theirs.up_to(99)
