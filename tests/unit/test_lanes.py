"""One lane a race: who looks at the same race queues, and a lane lives as long as somebody holds it."""

import asyncio
import gc

from raceday_daemon.intake.lanes import Lanes


def test_a_race_has_one_lane_as_long_as_somebody_holds_it() -> None:
    lanes = Lanes()
    held = lanes.of("race-1")
    assert lanes.of("race-1") is held
    assert lanes.of("race-2") is not held


def test_the_lanes_of_races_that_nobody_looks_at_are_forgotten() -> None:
    lanes = Lanes()
    held = lanes.of("race-1")
    for number in range(1_000):
        lanes.of(f"another-{number}")
    gc.collect()
    assert list(lanes._locks) == ["race-1"]
    assert lanes.of("race-1") is held


async def test_looks_at_the_same_race_queue_in_their_order_and_those_at_others_go_on() -> None:
    lanes, seen = Lanes(), list[str]()

    async def look(race_id: str, name: str) -> None:
        async with lanes.of(race_id):
            seen.append(f"{name} begins")
            for _ in range(3):
                await asyncio.sleep(0)
            seen.append(f"{name} ends")

    await asyncio.gather(look("race-1", "first"), look("race-1", "second"), look("race-1", "third"), look("2", "other"))
    assert [step for step in seen if not step.startswith("other")] == [
        f"{name} {step}" for name in ("first", "second", "third") for step in ("begins", "ends")
    ]
    assert seen.index("other ends") < seen.index("second begins")


async def test_a_lane_is_kept_for_those_who_wait_when_its_holder_leaves() -> None:
    lanes, order = Lanes(), list[int]()

    async def look(number: int) -> None:
        async with lanes.of("race-1"):
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(look(number) for number in range(5)))
    assert order == list(range(5))
    gc.collect()
    assert not list(lanes._locks)
