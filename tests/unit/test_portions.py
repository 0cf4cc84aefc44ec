"""Long work is done in portions that take a moment each, however fast the file is just then."""

import asyncio

from raceday_daemon.ops.portions import FIRST, Portions


async def sizes(portions: Portions, seconds_a_unit: float, times: int, at_hand: int = 1_000_000) -> list[int]:
    """Work through units that take so long each; give what was asked for at once, time after time."""
    asked = []

    async def work(most: int) -> int:
        asked.append(most)
        units = min(most, at_hand)
        await asyncio.sleep(units * seconds_a_unit)
        return units

    for _ in range(times):
        await portions.do(work)
    return asked


async def test_it_begins_small_and_takes_no_more_than_twice_as_much_the_next_time() -> None:
    asked = await sizes(Portions(rests=False), 0.0, 8)
    assert asked == [FIRST, 400, 800, 1600, 3200, 5000, 5000, 5000]


async def test_where_units_take_long_few_are_done_at_once() -> None:
    first, *others = await sizes(Portions(0.005, rests=False), 0.0005, 4)
    assert first == FIRST
    # The machine may be busy besides: then there are fewer still.
    assert all(size <= 2 * 0.005 / 0.0005 for size in others[1:])
    assert min(others) >= 20


async def test_nothing_to_do_teaches_nothing() -> None:
    assert await sizes(Portions(rests=False), 0.0, 3, at_hand=0) == [FIRST] * 3


async def test_it_rests_as_long_as_it_worked() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await sizes(Portions(0.01), 0.05 / FIRST, 1)
    assert loop.time() - began >= 0.1
