"""The day is asked for page after page, until the source has no more, and never taken from another day."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from aiohttp import web

from raceday_daemon.model.errors import MisfitError, WrongAnswerError
from raceday_daemon.nztab.wanted import Wanted
from tests import builders
from tests.fakes.answering_server import Handler, sends, way_to_a_server

Document = dict[str, Any]

DAY = date(2025, 7, 17)
WANTED = Wanted.of(("NZ", "AU"), ("T", "H"))
PREFIX = "/affiliates/v1/racing"


def pages_of(
    meetings: list[Document], longest_page: int = 200, change: Callable[[Document], object] = lambda _: None
) -> Handler:
    """Answer /meetings as the source does; `change` is what is done to each answer before it is sent."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked = request.query
        offset, limit = int(asked["offset"]), min(int(asked["limit"]), longest_page)
        document = builders.meetings(*meetings[offset : offset + limit])
        document["params"] = {
            "enc": "json",
            "date_from": f"{asked['date_from']}T00:00:00Z",
            "date_to": f"{asked['date_to']}T00:00:00Z",
            "type": " ",
            "country": " ",
            "limit": limit,
            "offset": offset,
        }
        change(document)
        return web.json_response(document)

    return answer


def cards(count: int, **changes: Any) -> list[Document]:
    return [builders.card_meeting(number, **changes) for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("count", "longest_page", "offsets"),
    [
        (0, 200, ["0"]),
        (76, 200, ["0"]),
        (199, 200, ["0"]),
        (200, 200, ["0", "200"]),
        (250, 200, ["0", "200"]),
        (250, 100, ["0", "100", "200"]),
        (200, 100, ["0", "100", "200"]),
    ],
)
async def test_every_meeting_is_found_whatever_the_length_of_the_pages(
    count: int, longest_page: int, offsets: list[str]
) -> None:
    async with way_to_a_server(pages_of(cards(count), longest_page)) as (way, server):
        source = way.source()
        day = await source.day(DAY, WANTED)
        assert [card.meeting.meeting_id for card in day.cards] == [f"meeting-{n}" for n in range(1, count + 1)]
        assert day.complete
        assert source.calls == len(offsets)
        assert {request.path for request in server.requests} == {f"{PREFIX}/meetings"}
        assert server.queries == [
            {"enc": "json", "date_from": "2025-07-17", "date_to": "2025-07-17", "limit": "200", "offset": offset}
            for offset in offsets
        ]


async def test_a_meeting_that_moved_to_the_next_page_meanwhile_is_taken_once() -> None:
    meetings = cards(100)
    async with way_to_a_server(pages_of([*meetings, meetings[-1]], 100)) as (way, _):
        assert len((await way.source().day(DAY, WANTED)).cards) == 100


async def test_broken_meetings_count_as_found_and_leave_the_day_incomplete() -> None:
    meetings = cards(150)
    meetings[3]["name"] = None
    meetings[120]["races"] = "none"
    async with way_to_a_server(pages_of(meetings, 100)) as (way, server):
        day = await way.source().day(DAY, WANTED)
        assert len(day.cards) == 148
        assert not day.complete
        assert [part.where for part in day.set_aside] == ["data.meetings[3]", "data.meetings[20]"]
        assert [query["offset"] for query in server.queries] == ["0", "100"]


async def test_a_broken_race_does_not_count_as_a_meeting() -> None:
    meetings = cards(150)
    for meeting in meetings[:100]:
        meeting["races"].append({})
    async with way_to_a_server(pages_of(meetings, 100)) as (way, server):
        day = await way.source().day(DAY, WANTED)
        assert len(day.cards) == 150
        assert day.doubtful_ids == {f"meeting-{number}" for number in range(1, 101)}
        assert [query["offset"] for query in server.queries] == ["0", "100"]


async def test_only_wanted_meetings_of_the_day_become_cards_but_all_are_listed() -> None:
    meetings = [
        builders.card_meeting(1, country="NZ", category="T"),
        builders.card_meeting(2, country="AUS", category="H"),
        builders.card_meeting(3, country="AUS", category="G"),
        builders.card_meeting(4, country="GBR", category="T"),
        builders.card_meeting(5, date="2025-07-18T00:00:00Z"),
        builders.card_meeting(6, country="nz", category="t"),
    ]
    async with way_to_a_server(pages_of(meetings)) as (way, _):
        day = await way.source().day(DAY, WANTED)
    assert [card.meeting.meeting_id for card in day.cards] == ["meeting-1", "meeting-2", "meeting-6"]
    assert day.listed_ids == {f"{what}-{number}" for what in ("meeting", "race") for number in range(1, 7)}


@pytest.mark.parametrize("meetings", [None, []], ids=["null", "empty"])
async def test_an_empty_day_is_a_card_without_meetings(meetings: list[Document] | None) -> None:
    def empty(document: Document) -> None:
        document["data"]["meetings"] = meetings

    async with way_to_a_server(pages_of([], change=empty)) as (way, server):
        day = await way.source().day(DAY, WANTED)
        assert (day.cards, day.listed_ids, day.complete) == ((), frozenset(), True)
        assert len(server.requests) == 1


def echoing(**params: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["params"].update(params)

    return change


@pytest.mark.parametrize(
    "echo",
    [
        {"date_from": "2025-07-16T00:00:00Z"},
        {"date_to": "2025-07-18T00:00:00Z"},
        {"date_from": None},
        {"offset": 200},
        {"enc": "xml"},
        {"limit": None},
        {"limit": 0},
    ],
    ids=str,
)
async def test_an_answer_to_another_question_is_refused(echo: Document) -> None:
    async with way_to_a_server(pages_of(cards(3), change=echoing(**echo))) as (way, server):
        with pytest.raises(WrongAnswerError):
            await way.source().day(DAY, WANTED)
        assert len(server.requests) == 1


async def test_meetings_that_are_all_of_another_day_are_refused_whatever_the_echo_says() -> None:
    meetings = [*cards(2, date="2025-07-16T00:00:00Z"), builders.card_meeting(3, date="2025-07-18T00:00:00Z")]
    async with way_to_a_server(pages_of(meetings)) as (way, _):
        with pytest.raises(
            WrongAnswerError, match="asked for 2025-07-17, but every meeting is of 2025-07-16 to 2025-07-18"
        ):
            await way.source().day(DAY, WANTED)


async def test_a_second_page_of_another_day_is_no_harm_where_the_first_is_right() -> None:
    meetings = [*cards(100), *(builders.card_meeting(n, date="2025-07-18T00:00:00Z") for n in range(101, 121))]
    async with way_to_a_server(pages_of(meetings, 100)) as (way, _):
        assert len((await way.source().day(DAY, WANTED)).cards) == 100


async def test_a_source_without_a_last_page_is_given_up() -> None:
    one = builders.card_meeting(1)

    async def endless(request: web.Request) -> web.StreamResponse:
        document = builders.meetings(one)
        document["params"] = {
            "enc": "json",
            "date_from": "2025-07-17T00:00:00Z",
            "date_to": "2025-07-17T00:00:00Z",
            "limit": 1,
            "offset": int(request.query["offset"]),
        }
        return web.json_response(document)

    async with way_to_a_server(endless) as (way, server):
        with pytest.raises(WrongAnswerError, match="still no last page after 50"):
            await way.source().day(DAY, WANTED)
        assert len(server.requests) == 50


async def test_a_day_that_is_not_readable_is_a_misfit_that_names_its_path() -> None:
    async with way_to_a_server(sends("[1, 2")) as (way, _):
        with pytest.raises(MisfitError, match=rf"^{PREFIX}/meetings: Invalid JSON"):
            await way.source().day(DAY, WANTED)
