"""A race, a meeting and the plain list of starts: asked for rightly, and refused where the answer is of another."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from aiohttp import web

from raceday_daemon.model.errors import MisfitError, NotFoundError, WrongAnswerError
from tests import builders
from tests.fakes.answering_server import Handler, fails, way_to_a_server

Document = dict[str, Any]

PREFIX = "/affiliates/v1/racing"
ALWAYS = {"enc": "json", "with_money_tracker": "true", "with_tote_trends_data": "true"}
WITH_BETS = {**ALWAYS, "with_big_bets": "true", "with_biggest_bet": "true"}


def echoed(request: web.Request) -> Document:
    """Give the echo of a question as the source writes it: flags as booleans, the id from the path."""
    asked = {name: {"true": True, "false": False}.get(value, value) for name, value in request.query.items()}
    unasked = {"with_live_bets": False, "with_big_bets": False, "with_biggest_bet": False, "bets_limit": 10}
    return {**unasked, **asked, "id": request.path.rsplit("/", 1)[-1]}


def answers(document: Document, change: Callable[[Document], object] = lambda _: None) -> Handler:
    """Answer with a document and the echo of the question; `change` is what is done to it before it is sent."""

    async def answer(request: web.Request) -> web.StreamResponse:
        sent = {**document, "params": echoed(request)}
        change(sent)
        return web.json_response(sent)

    return answer


class TestRace:
    async def test_a_race_is_asked_for_by_its_id_and_measured(self) -> None:
        async with way_to_a_server(answers(builders.event())) as (way, server):
            source = way.source()
            answer = await source.race(builders.RACE_ID, "Open")
            assert [request.path for request in server.requests] == [f"{PREFIX}/events/{builders.RACE_ID}"]
            assert source.calls == 1
        assert answer.snapshot.race.race_id == builders.RACE_ID
        assert [entrant.entrant_id for entrant in answer.snapshot.entrants] == ["runner-1", "runner-2"]
        assert answer.bytes > 100
        assert answer.fetch_ms > 0
        assert answer.decode_ms > 0

    @pytest.mark.parametrize(
        ("status", "asked"),
        [
            (None, WITH_BETS),
            ("Open", WITH_BETS),
            ("Closed", WITH_BETS),
            ("Delayed", WITH_BETS),
            ("Interim", ALWAYS),
            ("Final", ALWAYS),
            ("Abandoned", ALWAYS),
        ],
    )
    async def test_bets_are_asked_for_only_while_there_can_be_new_ones(
        self, status: str | None, asked: dict[str, str]
    ) -> None:
        async with way_to_a_server(answers(builders.event())) as (way, server):
            await way.source().race(builders.RACE_ID, status)
            assert server.queries == [asked]

    async def test_a_flag_that_the_source_did_not_understand_is_refused(self) -> None:
        def forget(sent: Document) -> None:
            sent["params"]["with_big_bets"] = False

        async with way_to_a_server(answers(builders.event(), forget)) as (way, _):
            with pytest.raises(WrongAnswerError, match="with_big_bets=true"):
                await way.source().race(builders.RACE_ID, "Open")

    async def test_another_race_by_the_echo_is_refused(self) -> None:
        def other(sent: Document) -> None:
            sent["params"]["id"] = "race-2"

        async with way_to_a_server(answers(builders.event(), other)) as (way, _):
            with pytest.raises(WrongAnswerError, match="asked for id=race-1"):
                await way.source().race("race-1", None)

    async def test_another_race_under_the_right_echo_is_refused(self) -> None:
        async with way_to_a_server(answers(builders.event(race={"event_id": "race-2"}))) as (way, _):
            with pytest.raises(WrongAnswerError, match="the answer is of race race-2"):
                await way.source().race("race-1", None)

    @pytest.mark.parametrize("error", ["", None])
    async def test_a_blank_error_is_none(self, error: str | None) -> None:
        async with way_to_a_server(answers(builders.event(error=error))) as (way, _):
            await way.source().race(builders.RACE_ID, None)

    async def test_an_error_inside_the_answer_is_a_misfit_that_says_it(self) -> None:
        async with way_to_a_server(answers(builders.event(error="tote is down"))) as (way, _):
            with pytest.raises(MisfitError, match="the source says 'tote is down'"):
                await way.source().race(builders.RACE_ID, None)

    async def test_an_error_instead_of_a_race_is_said_too(self) -> None:
        async with way_to_a_server(answers(builders.answer({"error": "event has expired"}))) as (way, _):
            with pytest.raises(MisfitError, match="event has expired"):
                await way.source().race(builders.RACE_ID, None)

    async def test_a_part_that_does_not_fit_is_set_aside_in_the_snapshot(self) -> None:
        document = builders.event(builders.runner(1), builders.runner(2, name=""))
        async with way_to_a_server(answers(document)) as (way, _):
            snapshot = (await way.source().race(builders.RACE_ID, None)).snapshot
        assert [entrant.runner_number for entrant in snapshot.entrants] == [1]
        assert [part.where for part in snapshot.set_aside] == ["data.runners[1]"]

    async def test_a_race_that_the_source_does_not_know_is_not_found(self) -> None:
        async with way_to_a_server(fails(404)) as (way, _):
            with pytest.raises(NotFoundError):
                await way.source().race(builders.RACE_ID, None)


class TestMeeting:
    async def test_a_meeting_is_asked_for_by_its_id(self) -> None:
        document = builders.meetings(builders.card_meeting(7, builders.card_race(1), builders.card_race(2)))
        async with way_to_a_server(answers(document)) as (way, server):
            card = await way.source().meeting("meeting-7")
            assert [request.path_qs for request in server.requests] == [f"{PREFIX}/meetings/meeting-7?enc=json"]
        assert card.meeting.meeting_id == "meeting-7"
        assert [race.race_id for race in card.races] == ["race-1", "race-2"]

    async def test_another_meeting_by_the_echo_is_refused(self) -> None:
        def other(sent: Document) -> None:
            sent["params"]["id"] = "meeting-8"

        async with way_to_a_server(answers(builders.meetings(builders.card_meeting(7)), other)) as (way, _):
            with pytest.raises(WrongAnswerError, match="asked for id=meeting-7"):
                await way.source().meeting("meeting-7")

    @pytest.mark.parametrize("numbers", [(), (8,), (7, 8), (7, 7)], ids=str)
    async def test_anything_but_just_that_meeting_is_a_misfit(self, numbers: tuple[int, ...]) -> None:
        document = builders.meetings(*(builders.card_meeting(number) for number in numbers))
        async with way_to_a_server(answers(document)) as (way, _):
            with pytest.raises(MisfitError, match="meeting meeting-7: not in the answer"):
                await way.source().meeting("meeting-7")

    async def test_a_broken_meeting_is_a_misfit_that_says_what_is_wrong_with_it(self) -> None:
        document = builders.meetings(builders.card_meeting(7, country=None))
        async with way_to_a_server(answers(document)) as (way, _):
            with pytest.raises(MisfitError, match=r"data\.meetings\[0\]: country"):
                await way.source().meeting("meeting-7")

    async def test_a_broken_race_is_set_aside_in_the_card(self) -> None:
        document = builders.meetings(builders.card_meeting(7, builders.card_race(1), builders.card_race(2, id=None)))
        async with way_to_a_server(answers(document)) as (way, _):
            card = await way.source().meeting("meeting-7")
        assert [race.race_id for race in card.races] == ["race-1"]
        assert [part.where for part in card.set_aside] == ["data.meetings[0].races[1]"]


def start(number: int) -> Document:
    advertised = f"2025-07-17T00:{number:02}:00Z"
    return {
        "id": f"race-{number}",
        "meeting_id": "m",
        "number": number,
        "name": f"R{number}",
        "advertised_start": advertised,
    }


def list_pages(*pages: list[Document], next_token: Callable[[int], str]) -> Handler:
    """Answer /list: page by page, by the token `t<page>`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        token = request.query.get("page_token", "")
        page = int(token[1:] or 0)
        document = builders.answer({"races": pages[page % len(pages)], "next_page_token": next_token(page)})
        params = {
            "enc": "json",
            "limit": 100,
            "date_from": f"{request.query['date_from']}T00:00:00Z",
            "date_to": f"{request.query['date_to']}T23:59:59.999999999Z",
            "page_token": token,
        }
        return web.json_response({**document, "params": params})

    return answer


class TestListRaces:
    async def test_the_list_is_followed_by_its_tokens_to_the_end(self) -> None:
        pages = list_pages(
            [start(1), start(2)], [], [start(3)], next_token=lambda page: f"t{page + 1}" if page < 2 else ""
        )
        async with way_to_a_server(pages) as (way, server):
            races = await way.source().list_races(date(2025, 7, 17))
            day = {"enc": "json", "date_from": "2025-07-17", "date_to": "2025-07-17"}
            assert server.queries == [day, {**day, "page_token": "t1"}, {**day, "page_token": "t2"}]
        assert [race.race_id for race in races] == ["race-1", "race-2", "race-3"]
        assert races[0].start_time == datetime(2025, 7, 17, 0, 1, tzinfo=UTC)

    async def test_a_list_without_an_end_is_given_up(self) -> None:
        async with way_to_a_server(list_pages([start(1)], next_token=lambda page: f"t{page + 1}")) as (way, server):
            with pytest.raises(WrongAnswerError, match="still no last page after 50"):
                await way.source().list_races(date(2025, 7, 17))
            assert len(server.requests) == 50
