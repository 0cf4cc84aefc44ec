"""Where a notification is queued to go: with the look that brought it, by what its rule says, and once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.store import schema
from raceday_daemon.store.delivery_queue import DeliveryQueue
from raceday_daemon.store.plain_rows import put_back
from raceday_daemon.store.rows import layout, row_of
from tests.alerting import band, ruji, rule
from tests.alerting_store import SOUNDNESS, AlertedStore
from tests.delivery_bench import DeliveryBench, delivery_bench, notification


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[DeliveryBench]:
    async with delivery_bench(tmp_path, "webhook", "phone", "mail") as bench:
        yield bench


@pytest.fixture
def said() -> Iterator[list[dict[str, Any]]]:
    """What is logged: each line's fields."""
    lines: list[dict[str, Any]] = []
    sink = logger.add(lambda message: lines.append(message.record["extra"]))
    yield lines
    logger.remove(sink)


def places(bench: DeliveryBench) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in bench.rows()]


async def test_a_rule_names_one_channel_or_none_or_leaves_it_to_all(bench: DeliveryBench) -> None:
    channels = {"a": "phone", "b": None, "c": "none", "d": "", "e": " mail "}
    await bench.add(*(rule(rule_id=name, channel=channel) for name, channel in channels.items()))
    await bench.tell_all([notification(place, rule_id=name) for place, name in enumerate(channels)])
    everywhere = ["webhook", "phone", "mail"]
    assert places(bench) == [
        ("told-0", "phone"),
        *(("told-1", one) for one in everywhere),
        *(("told-3", one) for one in everywhere),
        ("told-4", "mail"),
    ]


async def test_a_channel_that_is_not_there_is_told_once_by_its_name(
    bench: DeliveryBench, said: list[dict[str, Any]]
) -> None:
    await bench.add(rule(rule_id="a", channel="pager"), rule(rule_id="b", channel="pager"))
    for number, rule_id in enumerate("aba"):
        await bench.tell(number, rule_id=rule_id)
    assert places(bench) == []
    assert [(line["channel"], line["rule_id"]) for line in said if line["action"] == "channel_unknown"] == [
        ("pager", "a")
    ]


async def test_without_any_channel_nothing_is_queued_and_a_name_is_told_all_the_same(
    bench: DeliveryBench, said: list[dict[str, Any]]
) -> None:
    await bench.add(rule(rule_id="a", channel="pager"))
    bench.queue = DeliveryQueue([])
    await bench.tell(1, rule_id="a")
    await bench.tell(2, rule_id=None)
    assert places(bench) == []
    assert [line["channel"] for line in said if line["action"] == "channel_unknown"] == ["pager"]


async def test_a_band_goes_onward_only_where_its_row_names_a_channel(bench: DeliveryBench) -> None:
    channels = {"a": None, "b": " ", "c": "phone", "d": "none"}
    await bench.add(*(band(5, 10, rule_id=name, channel=channel) for name, channel in channels.items()))
    await bench.tell_all([notification(place, rule_id=name) for place, name in enumerate(channels)])
    assert places(bench) == [("told-2", "phone")]


async def test_the_one_that_counts_what_bands_told_goes_nowhere(bench: DeliveryBench) -> None:
    await bench.add(band(5, 10, rule_id="a"))
    await bench.tell_all([notification(place, user_id="ann", rule_id="a") for place in range(12)])
    assert places(bench) == []


async def test_what_is_told_already_is_not_queued_again(bench: DeliveryBench) -> None:
    for _ in range(2):
        await bench.tell(1, rule_id=None)
    assert places(bench) == [("told-1", "webhook"), ("told-1", "phone"), ("told-1", "mail")]


async def test_the_one_that_counts_the_rest_goes_where_those_would_have_gone(bench: DeliveryBench) -> None:
    await bench.add(rule(rule_id="p", channel="phone"), rule(rule_id="n", channel="none"))
    ten = [notification(place, user_id="ann", rule_id="n") for place in range(10)]
    more = [notification(place, user_id="ann", rule_id=name) for place, name in ((10, "n"), (11, "p"), (12, "p"))]
    await bench.tell_all(ten + more)
    (row,) = bench.rows("channel, restsUntil")
    assert row == ("phone", "2025-07-17T00:41:01.500Z")
    await bench.tell_all([notification(20, user_id="ann", rule_id=None)])
    assert [channel for _, channel in places(bench)] == ["phone", "webhook", "mail"]


async def test_whoever_sends_is_rung(bench: DeliveryBench) -> None:
    bell = bench.queue.bell()
    await bench.tell(1)
    async with asyncio.timeout(5):
        await bell.wait()


async def test_notifications_that_are_refilled_from_appwrite_are_not_queued(bench: DeliveryBench) -> None:
    one = notification()
    how = layout(type(one))
    names = [column.name for column in how.table.columns]
    row = dict(zip(names, row_of(one)[1:], strict=True))
    work = partial(put_back, table=schema.NOTIFICATIONS, rows={one.notification_id: row})
    await bench.store.transaction(work)
    assert len(bench.rows()) == 0


class TestWithALook:
    """In the transaction that writes it."""

    @pytest.fixture
    def store(self) -> Iterator[AlertedStore]:
        store = AlertedStore.in_memory(rule("odds_below", 5))
        store.alerts = Alerts(SOUNDNESS, deliveries=DeliveryQueue(["phone"]))
        yield store
        store.connection.close()

    def queued(self, store: AlertedStore) -> list[Any]:
        return store.connection.execute("SELECT notificationId FROM deliveries").fetchall()

    def test_it_is_queued_if_and_only_if_it_is_told(self, store: AlertedStore) -> None:
        assert store.look(300, ruji(fixed_win_odds=6.0)) == []
        assert self.queued(store) == []
        assert len(store.look(285, ruji(fixed_win_odds=4.0))) == 1
        assert self.queued(store) == [(store.notifications()[0].notification_id,)]

    def test_a_bug_in_the_queue_keeps_nobody_from_being_told(
        self, store: AlertedStore, said: list[dict[str, Any]]
    ) -> None:
        # A queue that is not as it should be: a column of it refuses whatever comes.
        store.connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        for seconds, price in ((300, 4.0), (285, 9.0), (270, 9.0), (255, 4.0)):
            store.look(seconds, ruji(fixed_win_odds=price))
        assert len(store.notifications()) == 1
        assert store.connection.execute("SELECT fixedWinOdds FROM entrants").fetchone() == (4.0,)
        assert self.queued(store) == []
        assert [line["action"] for line in said].count("delivery_queue_broken") == 1
