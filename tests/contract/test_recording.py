"""Every whole answer of the source is kept as it came, with its question, and nothing else is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest
from aiohttp import web

from raceday_daemon.model.errors import MisfitError, SourceError
from raceday_daemon.model.exchange import BODY_LIMIT_BYTES
from raceday_daemon.nztab.questions import EVENTS
from raceday_daemon.nztab.transport import Identification
from raceday_daemon.recordings.writer import RecordingFiles
from tests import builders
from tests.exchanges import files_of, kept
from tests.fakes.answering_server import (
    Handler,
    Way,
    answering,
    breaks_off,
    drips,
    fails,
    hangs_up,
    never,
    sends,
    way_to,
)

WHO = Identification(user_agent="raceday/1", sender="me@example.org", partner="Me & Co", partner_id="p-7")
QUERY = {"enc": "json", "with_big_bets": "true"}


@asynccontextmanager
async def recorded_way(folder: Path, *answers: Handler, timeout_seconds: float = 10.0) -> AsyncIterator[Way]:
    """Open a way to a server whose answers are recorded; all of them are written at the end."""
    recorder = RecordingFiles(folder)
    async with (
        answering(*answers) as server,
        way_to(server.url, timeout_seconds=timeout_seconds, identification=WHO, recorder=recorder) as way,
    ):
        yield way
    recorder.close(30)


async def test_a_whole_answer_is_kept_with_its_question_and_its_times(tmp_path: Path) -> None:
    body = builders.body(builders.event())
    async with recorded_way(tmp_path, sends(body)) as way:
        asked_at = way.clock.now()
        due_at = asked_at - timedelta(milliseconds=300)
        await way.client().get(f"{EVENTS}/race-1", QUERY, due_at=due_at)
    (one,) = kept(tmp_path)
    assert (one.path, one.query, one.body, one.status) == (f"{EVENTS}/race-1", QUERY, body, 200)
    assert (one.asked_at, one.received_at, one.due_at) == (asked_at, asked_at, due_at)


async def test_an_answer_is_a_file_in_the_folder_of_its_racing_day(tmp_path: Path) -> None:
    async with recorded_way(tmp_path, sends("{}")) as way:
        way.clock.set(builders.START.replace(hour=12, minute=30))
        await way.client().get(f"{EVENTS}/race-1", {})
    (file,) = files_of(tmp_path)
    assert str(file.relative_to(tmp_path)) == "2025-07-18/20250717T123000.000000Z-000000-events-race-1.json.gz"


@pytest.mark.skipif(
    not (which("zcat") and which("jq")), reason="zcat and jq are what people have, but not this machine"
)
async def test_a_person_reads_a_race_with_zcat_and_jq(tmp_path: Path) -> None:
    answers = [sends(builders.event(race={"status": status})) for status in ("Open", "Closed")]
    async with recorded_way(tmp_path, *answers) as way:
        for _ in answers:
            await way.client().get(f"{EVENTS}/race-1", QUERY)
    command = "zcat */*-events-race-1.json.gz | jq -r '.path // .data.race.status'"
    process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE, cwd=tmp_path)
    out, _ = await process.communicate()
    assert out.decode().split() == [f"{EVENTS}/race-1", "Open", f"{EVENTS}/race-1", "Closed"]


async def test_answers_that_come_together_are_each_kept_with_their_own_question(tmp_path: Path) -> None:
    async def echoes(request: web.Request) -> web.StreamResponse:
        return web.json_response({"path": request.path, "filling": request.path[-1] * 50_000})

    paths = [f"{EVENTS}/race-{number}" for number in range(60)]
    async with recorded_way(tmp_path, echoes) as way:
        bodies = await asyncio.gather(*(way.client().get(path, {}) for path in paths))
    found = kept(tmp_path)
    assert {one.path: one.body for one in found} == dict(zip(paths, bodies, strict=True))
    assert len(found) == 60


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<p>Sorry</p>", "text/html"),
        (b'{"half":', "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"", ""),
    ],
    ids=["HTML", "half of it", "no text", "nothing"],
)
async def test_what_turns_out_not_to_fit_is_kept_to_the_byte(tmp_path: Path, body: bytes, content_type: str) -> None:
    async with recorded_way(tmp_path, sends(body, content_type=content_type)) as way:
        with pytest.raises(MisfitError):
            await way.source().race("race-1", None)
    (one,) = kept(tmp_path)
    assert one.body == body
    assert one.content_type == (content_type or "application/octet-stream")


@pytest.mark.parametrize(
    "answer",
    [fails(500), fails(429), fails(404), fails(302, Location="/"), hangs_up, breaks_off, never, drips],
    ids=["500", "429", "404", "redirect", "hung up", "broken off", "silence", "without an end"],
)
async def test_what_is_no_whole_answer_is_not_kept(tmp_path: Path, answer: Handler) -> None:
    async with recorded_way(tmp_path, answer, timeout_seconds=0.3) as way:
        with pytest.raises(SourceError):
            await way.client().get("/meetings", {})
    assert files_of(tmp_path) == []


async def test_an_answer_that_is_too_long_is_not_kept(tmp_path: Path) -> None:
    async with recorded_way(tmp_path, sends(b" " * (BODY_LIMIT_BYTES + 1))) as way:
        with pytest.raises(MisfitError):
            await way.client().get("/meetings", {})
    assert files_of(tmp_path) == []


async def test_who_asked_is_not_written_down(tmp_path: Path) -> None:
    async with recorded_way(tmp_path, sends("{}", headers={"Set-Cookie": "secret=1"})) as way:
        await way.client().get("/meetings", {})
    (one,) = kept(tmp_path)
    told = repr(one)
    assert not [word for word in ("raceday/1", "example.org", "Me & Co", "p-7", "127.0.0.1", "secret") if word in told]
