"""Work under way: what resumes is cut off at the end, the rest gets its time, and an error is nobody's secret."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from raceday_daemon.ops.tasks import Tasks

LONG = 30.0
"""Seconds that no test waits for."""


class Piece:
    """A piece of work that waits until it is told to end, and says how it ended."""

    def __init__(self, *, ends_slowly: bool = False) -> None:
        self.begun, self.may_end, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.ended = ""
        self._ends_slowly = ends_slowly

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            if self._ends_slowly:
                await asyncio.sleep(0.01)
            self.ended = "cut off"
            raise
        else:
            self.ended = "done"
        finally:
            self.over.set()


@asynccontextmanager
async def group() -> AsyncIterator[Tasks]:
    async with asyncio.TaskGroup() as owner:
        yield Tasks(owner)


async def start(tasks: Tasks, *pieces: Piece, resumes: bool = False) -> None:
    """Start pieces and wait until they have begun."""
    for piece in pieces:
        tasks.start("piece", piece(), resumes=resumes)
    for piece in pieces:
        await piece.begun.wait()


async def test_work_is_counted_from_its_start_to_its_end() -> None:
    first, second = Piece(), Piece()
    async with group() as tasks:
        assert tasks.under_way == 0
        await start(tasks, first, second)
        assert tasks.under_way == 2
        first.may_end.set()
        await first.over.wait()
        await asyncio.sleep(0)
        assert (first.ended, second.ended, tasks.under_way) == ("done", "", 1)
        second.may_end.set()
    assert tasks.under_way == 0


async def test_a_task_has_the_name_of_its_work() -> None:
    names = list[str]()

    async def work() -> None:
        task = asyncio.current_task()
        names.append(task.get_name() if task else "")

    async with group() as tasks:
        tasks.start("daily meetings", work())
    assert names == ["daily meetings"]


class TestTheDrain:
    async def test_of_nothing_is_done_at_once(self) -> None:
        async with group() as tasks:
            assert await tasks.drain(LONG) == 0

    async def test_cuts_off_at_once_what_resumes(self) -> None:
        piece = Piece(ends_slowly=True)
        async with group() as tasks:
            await start(tasks, piece, resumes=True)
            assert await tasks.drain(LONG) == 0
            assert (piece.ended, tasks.under_way) == ("cut off", 0)

    async def test_gives_the_rest_its_time(self) -> None:
        resumes, runs = Piece(), Piece()
        async with group() as tasks:
            await start(tasks, resumes, resumes=True)
            await start(tasks, runs)
            draining = asyncio.ensure_future(tasks.drain(LONG))
            await resumes.over.wait()
            assert (draining.done(), runs.ended) == (False, "")
            runs.may_end.set()
            assert await draining == 0
        assert runs.ended == "done"

    async def test_cuts_off_what_takes_longer_and_counts_it(self) -> None:
        pieces = [Piece(), Piece(ends_slowly=True)]
        async with group() as tasks:
            await start(tasks, *pieces)
            assert await tasks.drain(0.01) == 2
            assert tasks.under_way == 0
        assert [piece.ended for piece in pieces] == ["cut off", "cut off"]

    async def test_without_any_time_cuts_off_everything(self) -> None:
        piece = Piece()
        async with group() as tasks:
            await start(tasks, piece)
            assert await tasks.drain(0) == 1
        assert piece.ended == "cut off"

    async def test_twice_is_as_good_as_once(self) -> None:
        piece = Piece()
        async with group() as tasks:
            await start(tasks, piece)
            assert [await tasks.drain(0), await tasks.drain(LONG)] == [1, 0]

    async def test_lets_nothing_begin_after_it(self) -> None:
        piece = Piece()
        async with group() as tasks:
            await tasks.drain(LONG)
            tasks.start("piece", piece())
            assert tasks.under_way == 0
        assert not piece.begun.is_set()

    async def test_cuts_off_work_that_has_not_begun_yet(self) -> None:
        piece = Piece()
        async with group() as tasks:
            tasks.start("piece", piece(), resumes=True)
            assert await tasks.drain(LONG) == 0
        assert not piece.begun.is_set()


class TestAnError:
    async def test_of_a_task_ends_the_group_and_all_its_work(self) -> None:
        other = Piece()

        async def fails() -> None:
            raise ZeroDivisionError

        async def life() -> None:
            async with group() as tasks:
                await start(tasks, other)
                tasks.start("fails", fails())
                await asyncio.sleep(LONG)

        with pytest.raises(ExceptionGroup) as raised:
            await life()
        assert [type(error) for error in raised.value.exceptions] == [ZeroDivisionError]
        assert other.ended == "cut off"

    async def test_lets_nothing_begin_while_the_others_end(self) -> None:
        ends_slowly, late = Piece(ends_slowly=True), Piece()

        async def fails() -> None:
            raise ZeroDivisionError

        async def life() -> None:
            async with group() as tasks:
                await start(tasks, ends_slowly)
                tasks.start("fails", fails())
                try:
                    await asyncio.sleep(LONG)
                finally:
                    tasks.start("late", late())

        with pytest.raises(ExceptionGroup) as raised:
            await life()
        assert [type(error) for error in raised.value.exceptions] == [ZeroDivisionError]
        assert not late.begun.is_set()

    async def test_on_the_way_out_of_the_drain_is_told_too(self) -> None:
        async def fails_at_its_end() -> None:
            try:
                await asyncio.sleep(LONG)
            finally:
                raise ZeroDivisionError

        async def life() -> None:
            async with group() as tasks:
                tasks.start("fails", fails_at_its_end())
                await asyncio.sleep(0)
                await tasks.drain(0)

        with pytest.raises(ExceptionGroup, match="unhandled errors"):
            await life()
