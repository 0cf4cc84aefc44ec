"""The stand-in, or a real server, answers every recorded exchange the way the recorded server did."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.appwrite_exchanges import Replay, exchanges, needs_exchanges
from tests.appwrite_servers import Access, an_appwrite_server
from tests.fakes.appwrite import Settings

pytestmark = needs_exchanges

SETTLE_SECONDS = 0.5
"""Long enough for the request that the recording sent before a column was there."""


@pytest.fixture(scope="module")
def replay(real_appwrite: Access | None) -> Iterator[Replay]:
    """One server for all exchanges, since each builds on those before it."""
    with an_appwrite_server(real_appwrite, Settings(settle_seconds=SETTLE_SECONDS)) as server:
        yield Replay(server)


def _name(exchange: tuple[int, dict[str, Any]]) -> str:
    return f"{exchange[0]:03} {exchange[1]['step']}"


@pytest.mark.parametrize("place", range(len(exchanges())), ids=map(_name, enumerate(exchanges())))
def test_the_answer_is_the_recorded_one(replay: Replay, place: int) -> None:
    assert replay.differences(place) == []


def test_all_of_the_recording_is_there() -> None:
    assert len(exchanges()) == 125
