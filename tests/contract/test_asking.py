"""Asking the daemon of a data folder: what is no answer of its own is told in a sentence."""

import asyncio
import os
import socket

import pytest
from aiohttp import web

from raceday_daemon.asking import NoAnswerError, ask_daemon
from raceday_daemon.ops.folder_lock import Holder
from tests.fakes.answering_server import Handler, answering

ALIVE = {"alive": True, "pid": os.getpid(), "silent_seconds": 0.1}


def says(facts: object, status: int = 200) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(facts, status=status)

    return answer


def holder(url: str | None, pid: int = os.getpid()) -> Holder:
    return Holder(pid, "2025-07-17T00:00:00.000Z", url)


async def refusal(*answers: Handler) -> str:
    """Give the sentence that a daemon's answers lead to, with its address as URL."""
    async with answering(*answers) as server:
        with pytest.raises(NoAnswerError) as caught:
            await asyncio.to_thread(ask_daemon, holder(server.url), "/api/status")
        return str(caught.value).replace(server.url, "URL").replace(str(os.getpid()), "PID")


async def test_a_daemon_that_lives_is_asked_the_question() -> None:
    async with answering(says(ALIVE), says({"version": "1"})) as server:
        assert await asyncio.to_thread(ask_daemon, holder(server.url), "/api/status?x=1") == {"version": "1"}
        assert [request.path_qs for request in server.requests] == ["/livez", "/api/status?x=1"]


async def test_a_daemon_whose_loop_stands_still_hangs() -> None:
    still = {**ALIVE, "alive": False, "silent_seconds": 7.5}
    assert await refusal(says(still, 503)) == "the daemon (process PID) hangs: its loop has not turned for 7.5 s"


async def test_another_program_at_its_address_is_not_taken_for_it() -> None:
    elsewhere = await refusal(says({**ALIVE, "pid": 1}))
    assert elsewhere == "the daemon (process PID) says that it answers at URL, but another program does"


async def test_what_it_says_itself_is_passed_on() -> None:
    starting = await refusal(says(ALIVE), says({"error": "the daemon is starting"}, 503))
    assert starting == "the daemon (process PID) runs, but: the daemon is starting"


@pytest.mark.parametrize("facts", [["no", "object"], "words", None])
async def test_an_answer_of_another_form_is_none(facts: object) -> None:
    sentence = await refusal(says(facts))
    assert sentence == "the daemon (process PID) cannot be asked at URL: it answered no JSON object"


def test_where_nobody_listens_that_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NoAnswerError, match=f"cannot be asked at http://127.0.0.1:{port}: .*refused"):
        ask_daemon(holder(f"http://127.0.0.1:{port}"), "/api/status")


@pytest.mark.parametrize(("pid", "who"), [(4711, "the daemon (process 4711)"), (0, "the daemon")])
def test_a_daemon_without_an_address_is_starting_or_ending(pid: int, who: str) -> None:
    with pytest.raises(NoAnswerError) as caught:
        ask_daemon(holder(None, pid), "/api/status")
    assert str(caught.value) == f"{who} answers nowhere: it is starting or ending, or it is a replay"
