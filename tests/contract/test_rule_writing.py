"""A rule that people wish for: one row however often, refused with every reason, gone when it is removed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.alerting.new_rule import new_rule
from raceday_daemon.model.errors import RuleRefusedError
from raceday_daemon.store.alert_rules import last_change, list_rules
from raceday_daemon.store.outbox import Lane, Outbox, append, set_aside, waiting_entries
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.rule_writing import Addition, Outcome, Removal, add_rule, remove_rule
from raceday_daemon.store.schema import USER_ALERT_CONFIGS
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.alerting import band, rule
from tests.builders import NOW, entrant, later, meeting, race


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    records: list[Any] = [meeting(), race(), race(race_id="race-2", status="Final"), entrant(1)]
    await store.transaction(lambda connection: write(connection, records))
    yield store
    await store.close()


def wish(**changes: Any) -> Any:
    return new_rule(**{"user_id": "ann", "alert_type": "odds_below", "threshold": 5.0, **changes})


async def add(store: Database, rule: Any, at: float = 0, *, sends: bool = False) -> Addition:
    sending = Outbox().sending(later(at, NOW), is_patient=False) if sends else None
    return await store.transaction(lambda connection: add_rule(connection, rule, later(at, NOW), sending))


async def remove(store: Database, rule_id: str) -> Removal:
    return await store.transaction(lambda connection: remove_rule(connection, rule_id))


async def waiting(store: Database) -> list[str]:
    entries = await store.transaction(lambda connection: waiting_entries(connection, Lane.PEOPLE, 10))
    return [entry.row_id for entry in entries]


async def stored(store: Database) -> list[Any]:
    return [one.rule for one in await store.transaction(list_rules)]


def test_the_id_follows_from_who_what_where_threshold_and_window_alone() -> None:
    plain = wish().rule_id
    assert plain == plain.lower()
    assert wish(cooldown_seconds=5, channel="mine", enabled=False).rule_id == plain
    assert wish(threshold=5).rule_id == plain
    others = [
        wish(user_id="bob"),
        wish(alert_type="odds_above"),
        wish(threshold=6.0),
        wish(threshold=None),
        wish(entrant="runner-1"),
        wish(race="race-1"),
    ]
    assert len({plain, *(one.rule_id for one in others)}) == 7


def test_a_window_of_nothing_is_one_of_0_and_an_entrant_has_one_race_only() -> None:
    drift = {"alert_type": "odds_drift", "threshold": 20.0}
    assert wish(**drift, window_seconds=0).rule_id == wish(**drift).rule_id
    assert wish(**drift, window_seconds=60).rule_id != wish(**drift).rule_id
    assert wish(entrant="runner-1", race="race-1").rule_id == wish(entrant="runner-1").rule_id


async def test_a_new_rule_is_written_with_its_times_and_queued_in_the_same_transaction(store: Database) -> None:
    addition = await add(store, wish(), sends=True)
    assert addition.outcome is Outcome.ADDED
    assert (addition.rule.created_at, addition.rule.last_updated, addition.rule.enabled) == (NOW, NOW, True)
    assert await stored(store) == [addition.rule]
    assert await waiting(store) == [addition.rule.rule_id]


async def test_the_same_wish_again_is_the_same_rule_and_writes_nothing(store: Database) -> None:
    first = await add(store, wish(cooldown_seconds=60))
    number = await store.transaction(last_change)
    again = await add(store, wish(cooldown_seconds=60), 60, sends=True)
    assert again == Addition(first.rule, Outcome.UNCHANGED)
    assert await store.transaction(last_change) == number
    assert await waiting(store) == []


@pytest.mark.parametrize("changes", [{"cooldown_seconds": 60}, {"channel": "mine"}, {"race": "race-1"}])
async def test_another_cooldown_or_channel_changes_the_rule_that_is_there(
    store: Database, changes: dict[str, Any]
) -> None:
    first = await add(store, wish(entrant="runner-1"))
    changed = await add(store, wish(entrant="runner-1", **changes), 60, sends=True)
    assert changed.outcome is Outcome.CHANGED
    assert (changed.rule.created_at, changed.rule.last_updated) == (first.rule.created_at, later(60, NOW))
    assert await stored(store) == [changed.rule]
    assert await waiting(store) == [changed.rule.rule_id]


async def test_a_rule_that_was_switched_off_is_switched_on_again_as_a_front_end_shows_it(store: Database) -> None:
    first = await add(store, wish())
    await store.transaction(
        lambda connection: connection.execute("UPDATE user_alert_configs SET enabled = 0, color = '#FECACA'").close()
    )
    again = await add(store, wish(), 60)
    assert again.outcome is Outcome.CHANGED
    assert (again.rule.rule_id, again.rule.enabled, again.rule.color) == (first.rule.rule_id, True, "#FECACA")


@pytest.mark.parametrize(
    ("wished", "reasons"),
    [
        (wish(threshold=0.5), ["a threshold of 0.5 is out of range"]),
        (wish(user_id="", threshold=0.5), ["the user's id is blank", "a threshold of 0.5 is out of range"]),
        (wish(alert_type="scratched"), ["scratched takes no threshold"]),
        (wish(entrant="runner-9"), ["there is no entrant runner-9 here"]),
        (wish(entrant="runner-1", race="race-2"), ["the entrant runner-1 is of race race-1, not of race-2"]),
        (wish(race="race-2"), ["the race race-2 is over: it is Final"]),
    ],
)
async def test_a_rule_that_can_never_be_right_is_refused_with_every_reason_and_nothing_is_written(
    store: Database, wished: Any, reasons: list[str]
) -> None:
    with pytest.raises(RuleRefusedError) as refused:
        await add(store, wished, sends=True)
    assert all(said.startswith(reason) for said, reason in zip(refused.value.reasons, reasons, strict=True))
    assert str(refused.value) == "; ".join(refused.value.reasons)
    assert await stored(store) == await waiting(store) == []


async def test_a_removed_rule_is_gone_here_and_from_what_waits(store: Database) -> None:
    rule_id = (await add(store, wish(), sends=True)).rule.rule_id
    assert await remove(store, rule_id) == Removal(was_here=True, waited=True)
    assert await stored(store) == await waiting(store) == []
    assert await remove(store, rule_id) == Removal(was_here=False, waited=False)


async def test_a_rule_that_appwrite_refused_is_removed_with_the_refusal(store: Database) -> None:
    rule_id = (await add(store, wish(), sends=True)).rule.rule_id
    (entry,) = await store.transaction(lambda connection: waiting_entries(connection, Lane.PEOPLE, 10))
    await store.transaction(lambda connection: set_aside(connection, entry, "no", NOW))
    assert await remove(store, rule_id) == Removal(was_here=True, waited=True)


async def test_bands_and_rules_of_others_can_be_removed_and_nothing_else_goes_with_them(store: Database) -> None:
    others = [rule("odds_below", 5, rule_id="theirs"), band(5, 10, rule_id="band")]
    await store.transaction(lambda connection: write(connection, others))
    entries = [(USER_ALERT_CONFIGS, one.rule_id) for one in others]
    await store.transaction(lambda connection: append(connection, entries, NOW, is_patient=False))
    assert (await remove(store, "band")).was_here
    assert [one.rule_id for one in await stored(store)] == await waiting(store) == ["theirs"]
