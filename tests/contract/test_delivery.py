"""Notifications on their way to people: in order, tried again, given up, set aside; and never twice after a restart."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from raceday_daemon.model.errors import (
    DeliveryAwayError,
    DeliveryError,
    DeliveryRefusedError,
    DeliveryUncertainError,
    StoreError,
)
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.tasks import beside
from raceday_daemon.store.deliveries import tidy
from raceday_daemon.store.delivery_queue import MOST_WAITING
from raceday_daemon.store.working_store import FILE_NAME
from tests.builders import later
from tests.delivery_bench import (
    DeliveryBench,
    Told,
    answers,
    answers_204,
    delivery_bench,
    ids_got,
    notification,
    webhook_to,
)
from tests.fakes.answering_server import Gate, answering, never
from tests.workbench import rows


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[DeliveryBench]:
    async with delivery_bench(tmp_path, "phone") as bench:
        yield bench


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def away(words: str = "away", *, may_have_arrived: bool = False) -> DeliveryAwayError:
    return DeliveryAwayError(words, may_have_arrived=may_have_arrived)


async def test_notifications_are_sent_in_the_order_in_which_they_were_committed(bench: DeliveryBench) -> None:
    await bench.tell(3, 1)
    await bench.tell(2)
    phone = Told()
    await bench.send_all(bench.courier(phone))
    assert phone.arrived == ["told-1", "told-3", "told-2"], "of one look, as the look told them: by user"
    state = await bench.state("phone")
    assert (state.sent, state.waiting, state.last_sent_at) == (3, 0, bench.clock.now())


async def test_one_that_fails_is_tried_again_before_those_behind_it(bench: DeliveryBench) -> None:
    await bench.tell(1)
    await bench.tell(2)
    phone = Told(failures=[away(), away()])
    courier = bench.courier(phone)
    for _ in range(2):
        with pytest.raises(DeliveryAwayError):
            await courier.send_next()
        assert phone.arrived == []
    await bench.send_all(courier)
    assert phone.arrived == ["told-1", "told-2"]
    assert bench.rows("attempts, inDoubt") == [(3, 0), (1, 0)]


async def test_a_running_courier_waits_as_long_as_the_server_asks(bench: DeliveryBench, tmp_path: Path) -> None:
    async with (
        delivery_bench(tmp_path / "other") as bench,
        answering(answers(503), answers(429, Retry_After="100"), answers_204) as server,
        webhook_to(server, bench.clock) as webhook,
    ):
        await bench.tell(1)
        running = asyncio.create_task(bench.courier(webhook).run())
        await until(lambda: len(server.requests) >= 3)
        await until(lambda: bench.rows("state") == [("sent",)])
        running.cancel()
        assert bench.clock.slept[:2] == [1.0, 100.0]
        assert {request.headers["webhook-id"] for request in server.requests} == {"told-1"}


@pytest.mark.parametrize(
    ("error", "state"), [(DeliveryRefusedError("HTTP 404"), "refused"), (DeliveryUncertainError("slow"), "uncertain")]
)
async def test_what_is_refused_is_set_aside_with_its_reason_and_the_next_goes_on(
    bench: DeliveryBench, error: DeliveryError, state: str
) -> None:
    await bench.tell(1, 2)
    phone = Told(failures=[error])
    courier = bench.courier(phone)
    await courier.send_next()
    assert courier.failure.words == f"{error.kind}: {error}"
    await bench.send_all(courier)
    assert phone.arrived == ["told-2"]
    assert bench.rows("state, reason") == [(state, f"{error}"), ("sent", None)]
    assert courier.failure.since is None


async def test_a_bug_in_a_channel_takes_one_notification_and_no_other(bench: DeliveryBench) -> None:
    await bench.tell(1, 2)
    phone = Told(failures=[KeyError("x")])
    await bench.send_all(bench.courier(phone))
    assert phone.arrived == ["told-2"]
    assert bench.rows("state, reason") == [("uncertain", "bug: KeyError"), ("sent", None)]


async def test_what_is_older_than_a_quarter_of_an_hour_is_not_sent_any_more(bench: DeliveryBench) -> None:
    await bench.tell(1, 2)
    bench.clock.advance(600)
    await bench.tell(3)
    bench.clock.advance(301)
    phone = Told()
    await bench.send_all(bench.courier(phone))
    assert phone.arrived == ["told-3"]
    assert (await bench.state("phone")).expired == 2


async def test_one_that_is_tried_until_it_is_too_old_leaves_the_way_to_the_next(bench: DeliveryBench) -> None:
    await bench.tell(1)
    bench.clock.advance(600)
    await bench.tell(2)
    phone = Told(failures=[away("no answer")])
    courier = bench.courier(phone)
    with pytest.raises(DeliveryAwayError):
        await courier.send_next()
    bench.clock.advance(301)
    await bench.send_all(courier)
    assert phone.arrived == ["told-2"]
    assert bench.rows("state, reason") == [("expired", "no answer"), ("sent", None)]


async def test_of_more_than_a_thousand_that_wait_the_oldest_are_dropped(bench: DeliveryBench) -> None:
    await bench.tell(1)
    courier = bench.courier(Told(failures=[away()]))
    with pytest.raises(DeliveryAwayError):
        await courier.send_next()
    await bench.tell_all([notification(number, bench.clock.now()) for number in range(1_000, 1_000 + MOST_WAITING)])
    await bench.tell(5_000, 5_001)
    state = await bench.state("phone")
    assert (state.waiting, state.dropped) == (MOST_WAITING, 3)
    dropped = rows(bench.folder / FILE_NAME, "SELECT notificationId FROM deliveries WHERE state = 'dropped'")
    assert sorted(dropped) == [("told-1000",), ("told-1001",), ("told-1002",)], "the one that is being tried stays"


async def test_the_one_that_counts_the_rest_goes_out_once_when_its_minute_is_over_and_holds_up_nobody(
    bench: DeliveryBench,
) -> None:
    phone = Told()
    courier = bench.courier(phone)
    await bench.tell_all([notification(number, bench.clock.now(), user_id="ann") for number in range(12)])
    await bench.send_all(courier)
    assert len(phone.arrived) == 10
    bench.clock.advance(30)
    await bench.tell_all([notification(number, bench.clock.now(), user_id="ann") for number in range(20, 25)])
    await bench.tell(99)
    await bench.send_all(courier)
    assert phone.arrived[10:] == ["told-99"]
    assert 0 < await courier.send_next() <= 1
    bench.clock.advance(30)
    got: list[tuple[str, str]] = []

    class Read(Told):
        async def send(self, notification: object) -> None:
            got.append((notification.type, notification.title))  # type: ignore[attr-defined]

    await bench.send_all(bench.courier(Read()))
    assert got == [("more_alerts", "7 more alerts")]
    bench.clock.advance(600)
    await bench.send_all(courier)
    assert len(phone.arrived) == 11


async def test_a_rest_longer_than_any_is_one_of_before_the_clock_was_set_back(bench: DeliveryBench) -> None:
    await bench.tell_all([notification(number, bench.clock.now(), user_id="ann") for number in range(11)])
    bench.clock.set(bench.clock.now() - timedelta(hours=1))
    phone = Told()
    await bench.send_all(bench.courier(phone))
    assert len(phone.arrived) == 11


async def test_what_a_kill_cut_off_is_not_sent_again_and_the_next_goes_on(bench: DeliveryBench) -> None:
    await bench.tell(1, 2)

    class Killed(Told):
        async def send(self, notification: object) -> None:
            await super().send(notification)  # type: ignore[arg-type]
            raise asyncio.CancelledError

    phone = Killed()
    with pytest.raises(asyncio.CancelledError):
        await bench.courier(phone).send_next()
    assert phone.arrived == ["told-1"]
    assert await bench.begin_anew() == {"phone": 1}
    after = Told()
    await bench.send_all(bench.courier(after))
    assert after.arrived == ["told-2"]
    assert bench.rows("state, reason") == [("uncertain", "cut off while it was sent"), ("sent", None)]
    assert await bench.begin_anew() == {}


async def test_what_may_have_arrived_is_tried_again_in_the_same_life_and_not_in_the_next(bench: DeliveryBench) -> None:
    await bench.tell(1)
    courier = bench.courier(Told(failures=[away("no answer", may_have_arrived=True), away(may_have_arrived=True)]))
    for _ in range(2):
        with pytest.raises(DeliveryAwayError):
            await courier.send_next()
    assert await bench.begin_anew() == {"phone": 1}
    assert bench.rows("state, attempts") == [("uncertain", 2)]


async def test_what_surely_did_not_arrive_is_sent_by_the_next_life(bench: DeliveryBench) -> None:
    await bench.tell(1)
    with pytest.raises(DeliveryAwayError):
        await bench.courier(Told(failures=[away()])).send_next()
    assert await bench.begin_anew() == {}
    phone = Told()
    await bench.send_all(bench.courier(phone))
    assert phone.arrived == ["told-1"]


async def test_one_that_arrived_while_the_file_was_locked_is_not_sent_again(bench: DeliveryBench) -> None:
    await bench.tell(1)
    other = sqlite3.connect(bench.folder / FILE_NAME, isolation_level=None, check_same_thread=False)

    class Locking(Told):
        async def send(self, notification: object) -> None:
            await super().send(notification)  # type: ignore[arg-type]
            other.execute("BEGIN IMMEDIATE")
            asyncio.get_running_loop().call_later(2.5, other.execute, "ROLLBACK")

    phone = Locking()
    courier = bench.courier(phone)
    await courier.send_next()
    other.close()
    assert phone.arrived == ["told-1"]
    assert bench.rows("state") == [("sent",)]


async def test_a_notification_that_was_removed_meanwhile_is_passed_over(bench: DeliveryBench) -> None:
    await bench.tell(1, 2, 3)
    await bench.run("DELETE FROM notifications WHERE id = 'told-1'")
    await bench.run("UPDATE notifications SET createdAt = 'yesterday' WHERE id = 'told-2'")
    phone = Told()
    await bench.send_all(bench.courier(phone))
    assert phone.arrived == ["told-3"]
    assert bench.rows("notificationId, state") == [("told-2", "refused"), ("told-3", "sent")]


async def test_what_was_settled_is_forgotten_after_a_day_and_what_waits_for_nobody_is_settled(
    bench: DeliveryBench,
) -> None:
    await bench.tell(1, 2)
    await bench.courier(Told()).send_next()
    bench.clock.advance(901)
    await bench.store.transaction(lambda connection: tidy(connection, bench.clock.now()))
    assert bench.rows("state") == [("sent",), ("expired",)]
    bench.clock.advance(86_400 - 900)
    await bench.store.transaction(lambda connection: tidy(connection, bench.clock.now()))
    assert bench.rows("state") == [("expired",)]


async def test_a_dead_channel_holds_up_no_other_and_what_is_told_is_sent_at_once(tmp_path: Path) -> None:
    clock = SystemClock()
    async with (
        delivery_bench(tmp_path, "webhook", "phone") as bench,
        answering(never) as server,
        webhook_to(server, clock, longest_seconds=0.3) as webhook,
    ):
        phone = Told()
        dispatch = bench.dispatch(webhook, phone, clock=clock)
        bench.clock.set(clock.now())
        async with beside(delivery=dispatch.run()):
            await bench.tell(1, 2)
            await until(lambda: phone.arrived == ["told-1", "told-2"])
            await until(lambda: len(server.requests) == 2)
            failing, fine = await dispatch.status()
        assert failing.failure == "unreachable: 127.0.0.1: no answer within 0.3 s"
        assert (failing.waiting, failing.sent) == (2, 0)
        assert (fine.failure, fine.sent) == (None, 2)
        assert {request.headers["webhook-id"] for request in server.requests} == {"told-1"}


async def test_told_to_end_it_finishes_what_is_under_way_and_leaves_the_rest(tmp_path: Path) -> None:
    gate = Gate(answers_204)
    clock = SystemClock()
    async with (
        delivery_bench(tmp_path) as bench,
        answering(gate) as server,
        webhook_to(server, clock) as webhook,
    ):
        dispatch = bench.dispatch(webhook, clock=clock)
        bench.clock.set(clock.now())
        await bench.tell(1, 2)
        async with beside(delivery=dispatch.run()):
            await gate.reached.wait()
            ending = asyncio.create_task(dispatch.end(30))
            await asyncio.sleep(0.05)
            gate.open()
            await ending
        assert bench.rows("state") == [("sent",), ("waiting",)]
        assert await ids_got(server) == ["told-1"]


async def test_what_hangs_beyond_the_grace_is_in_doubt(tmp_path: Path) -> None:
    clock = SystemClock()
    async with delivery_bench(tmp_path) as bench, answering(never) as server, webhook_to(server, clock) as webhook:
        dispatch = bench.dispatch(webhook, clock=clock)
        bench.clock.set(clock.now())
        await bench.tell(1)
        async with beside(delivery=dispatch.run()):
            await until(lambda: len(server.requests) == 1)
            await dispatch.end(0.1)
        assert await bench.begin_anew() == {"webhook": 1}


async def test_one_process_sends_at_a_time_and_another_waits_until_it_has_sent(tmp_path: Path) -> None:
    clock = SystemClock()
    async with delivery_bench(tmp_path, "phone") as bench:
        bench.clock.set(clock.now())
        first, second = Told(), Told()
        sending = bench.dispatch(first, clock=clock)
        waiting = bench.dispatch(second, clock=clock)
        async with beside(first=sending.run()):
            await asyncio.sleep(0.05)
            async with beside(second=waiting.run()):
                await bench.tell(*range(20))
                assert await waiting.drain(30) == 0
        assert (len(first.arrived), second.arrived) == (20, [])


async def test_a_file_that_cannot_be_used_is_waited_for(bench: DeliveryBench) -> None:
    await bench.tell(1)
    phone = Told()
    courier = bench.courier(phone)
    await bench.run("ALTER TABLE deliveries RENAME TO elsewhere")
    with pytest.raises(StoreError):
        await courier.send_next()
    running = asyncio.create_task(courier.run())
    await until(lambda: bench.clock.slept[:2] == [1.0, 2.0])
    running.cancel()
    assert (courier.failure.words or "").startswith("store: ")
    await bench.run("ALTER TABLE elsewhere RENAME TO deliveries")
    bench.clock.set(later(60))
    await bench.send_all(courier)
    assert phone.arrived == ["told-1"]
