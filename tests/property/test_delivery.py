"""Whatever fails, and whenever the process ends: nobody is told twice, and everybody in order."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.errors import DeliveryAwayError, DeliveryRefusedError, DeliveryUncertainError
from tests.delivery_bench import DeliveryBench, delivery_bench

TELL, RESTART, LONG_WAIT = "told", "restart", "15 min"
EVENTS = ("arrives", "arrives", "away", "lost", "answer lost", "refused", "uncertain", "killed", "killed after")


class Receiver:
    """A channel that does what is next with each attempt; `arrived` has every arrival, with the life that sent it."""

    name = "phone"

    def __init__(self) -> None:
        self.then = "arrives"
        self.life = 0
        self.arrived: list[tuple[str, int]] = []
        self.acknowledged: list[str] = []

    async def send(self, notification: Notification) -> None:
        if self.then in ("arrives", "answer lost", "killed after"):
            self.arrived.append((notification.notification_id, self.life))
        if self.then == "arrives":
            self.acknowledged.append(notification.notification_id)
        elif self.then in ("lost", "answer lost"):
            raise DeliveryAwayError("no answer", may_have_arrived=True)
        elif self.then == "away":
            raise DeliveryAwayError("refused connection")
        elif self.then == "refused":
            raise DeliveryRefusedError("HTTP 404")
        elif self.then == "uncertain":
            raise DeliveryUncertainError("hangs")
        else:
            raise asyncio.CancelledError


async def live(bench: DeliveryBench, story: Sequence[str]) -> Receiver:
    receiver, number = Receiver(), 0
    courier = bench.courier(receiver)
    for event in (*story, *["arrives"] * (2 * len(story))):
        bench.clock.advance(1)
        if event == TELL:
            number += 1
            await bench.tell(number)
        elif event == LONG_WAIT:
            bench.clock.advance(900)
        elif event != RESTART:
            receiver.then = event
            try:
                await courier.send_next()
            except DeliveryAwayError:
                continue
            except asyncio.CancelledError:
                event = RESTART
        if event == RESTART:
            receiver.life += 1
            await bench.begin_anew()
            courier = bench.courier(receiver)
    return receiver


STORIES = st.lists(st.sampled_from((TELL, TELL, TELL, RESTART, LONG_WAIT, *EVENTS)), max_size=25)


@settings(max_examples=40, deadline=None)
@given(STORIES)
def test_each_is_told_at_most_once_in_order_and_none_is_forgotten(story: list[str]) -> None:
    async def check() -> None:
        with TemporaryDirectory() as folder:
            async with delivery_bench(Path(folder), "phone") as bench:
                receiver = await live(bench, story)
                acknowledged = receiver.acknowledged
                assert len(set(acknowledged)) == len(acknowledged), "never sent successfully twice"
                lives: dict[str, set[int]] = {}
                for told, life in receiver.arrived:
                    lives.setdefault(told, set()).add(life)
                assert all(len(one) == 1 for one in lives.values()), "never again in another life"
                places = [int(told.removeprefix("told-")) for told, _ in receiver.arrived]
                assert places == sorted(places), "in the order in which they were told"
                settled = {told: state for told, _, state in bench.rows()}
                assert len(settled) == story.count(TELL)
                assert "waiting" not in settled.values(), "each has come to an end that is known"
                assert {told for told, state in settled.items() if state == "sent"} == set(acknowledged)

    asyncio.run(check())
