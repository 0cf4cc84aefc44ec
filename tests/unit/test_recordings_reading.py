"""Recordings as they are found: in which order, and what is said of files that are none."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.model.errors import RecordingError
from raceday_daemon.model.exchange import BODY_LIMIT_BYTES
from raceday_daemon.nztab.questions import EVENTS, MEETINGS
from raceday_daemon.nztab.recognition import recognised
from raceday_daemon.recordings.layout import day_of_folder, file_name, instant_of_name, packed, unpacked
from raceday_daemon.recordings.reading import Recordings
from tests.exchanges import CAME_AT, exchange

WHOLE = packed(exchange())
HEAD = json.loads(gzip.decompress(WHOLE).partition(b"\n")[0])


def head(**changes: Any) -> bytes:
    """Give a file whose first line is changed."""
    return gzip.compress(json.dumps({**HEAD, **changes}).encode() + b"\n{}")


def told(folder: Path, name: str, content: bytes) -> str:
    """Give what is said of a file that is none of ours."""
    (folder / name).write_bytes(content)
    with pytest.raises(RecordingError) as raised:
        Recordings(folder / name, recognised).read(folder / name)
    return str(raised.value)


def test_what_is_packed_is_unpacked_to_the_byte() -> None:
    one = exchange(b'\xff\n\n{"a"\x00', due_at=CAME_AT, query={"page": "a+b &"}, content_type="text/html")
    first_line, rest = unpacked(packed(one))
    assert first_line.exchange(rest) == one


def test_names_sort_as_the_answers_came_and_tell_when() -> None:
    moments = [
        CAME_AT,
        CAME_AT,
        CAME_AT.replace(microsecond=500_001),
        CAME_AT.replace(hour=13),
        CAME_AT.replace(day=18),
    ]
    names = [file_name(exchange(received_at=at), number) for number, at in enumerate(moments)]
    assert sorted(names) == names
    assert [instant_of_name(name) for name in names] == moments
    assert names[0] == "20250717T004001.500000Z-000000-events-race-1.json.gz"


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        (MEETINGS, "meetings"),
        (f"{MEETINGS}/d3f8", "meetings-d3f8"),
        ("/elsewhere", "elsewhere"),
        ("/a/../../../etc/passwd", "a-..-..-..-etc-passwd"),
        (f"{EVENTS}/{'x' * 500}", f"events-{'x' * 53}"),
        ("", ""),
    ],
)
def test_a_file_is_named_by_its_subject_and_stays_in_its_folder(path: str, subject: str) -> None:
    name = file_name(exchange(path=path), 7)
    assert name == f"20250717T004001.500000Z-000007-{subject}.json.gz"
    assert instant_of_name(name) == CAME_AT


@pytest.mark.parametrize("name", ["a.json.gz", "20251317T004001.500000Z-000000-x.json.gz", "2025.json", ""])
def test_a_name_of_another_kind_says_nothing(name: str) -> None:
    assert instant_of_name(name) is None


def test_only_a_day_in_its_one_spelling_is_a_days_folder() -> None:
    names = ["2025-07-17", "20250717", "2025-7-17", "2025-02-30", "2025-W29-4", "2025-07-17.bak", "..", ""]
    assert [day_of_folder(name) for name in names] == [date(2025, 7, 17), *[None] * 7]


def test_files_come_in_the_order_of_their_answers_a_day_after_the_other(tmp_path: Path) -> None:
    at = [datetime(2025, 7, day, hour, tzinfo=UTC) for day, hour in ((16, 23), (17, 3), (17, 11), (17, 12), (18, 1))]
    for number, (day, received_at) in enumerate(zip(["17", "17", "17", "18", "18"], at, strict=True)):
        folder = tmp_path / f"2025-07-{day}"
        folder.mkdir(exist_ok=True)
        one = exchange(str(number).encode(), received_at=received_at)
        # Some keep the names that they were given, others were renamed by a person.
        name = file_name(one, 5 - number) if number % 2 else f"{'zyx'[number // 2]}.json.gz"
        (folder / name).write_bytes(packed(one))
    (tmp_path / "2025-07-17" / "cut.json.gz.part").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("mine")
    os.mkfifo(tmp_path / "pipe.json")
    recordings = Recordings(tmp_path, recognised)
    assert [int(recordings.read(path).body) for path in recordings] == list(range(5))
    assert recordings.count == 5


NO_RECORDINGS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "it is cut off"),
    "no gzip": (lambda: b"not gzip", "it is no gzip file"),
    "cut off early": (lambda: WHOLE[:20], "it is cut off"),
    "cut off late": (lambda: WHOLE[:-1], "it is cut off"),
    "a wrong byte": (lambda: WHOLE[:30] + bytes([WHOLE[30] ^ 255]) + WHOLE[31:], "it is no gzip file, or damaged"),
    "a wrong sum": (lambda: WHOLE[:-8] + b"\0" * 8, "it is no gzip file, or damaged"),
    "two answers": (lambda: WHOLE + WHOLE, "it holds more than one answer"),
    "nothing inside": (lambda: gzip.compress(b""), "its first line does not say"),
    "one line": (lambda: gzip.compress(b"{}"), "its first line does not say"),
    "an empty head": (lambda: gzip.compress(b"{}\n{}"), "its first line does not say what was asked (path: Field"),
    "no text": (lambda: gzip.compress(b"\xff\xfe\n{}"), "its first line does not say"),
    "a deep head": (lambda: gzip.compress(b"[" * 10_000 + b"\n{}"), "its first line does not say"),
    "a long head": (lambda: gzip.compress(b'{"path":"' + b"x" * 20_000 + b'"}\n{}'), "its first line does not say"),
    "too long": (lambda: gzip.compress(b" " * (BODY_LIMIT_BYTES + 100_000)), "unpacked it is longer than"),
    "a bomb": (lambda: gzip.compress(b"\0" * 200_000_000), "unpacked it is longer than"),
    "a large file": (lambda: os.urandom(BODY_LIMIT_BYTES + 100_000), "it is longer than"),
    "no zone": (lambda: head(received_at="2025-07-17T00:40:01"), "received_at: Input should have timezone info"),
    "the year 9999": (lambda: head(received_at="9999-12-31T23:59:59.999Z"), "an instant of this century"),
    "the year 1": (lambda: head(asked_at="0001-01-01T00:00:00+14:00"), "an instant of this century"),
    "a failure": (lambda: head(status=500), "status: "),
    "a query of numbers": (lambda: head(query={"enc": 1}), "query.enc: "),
    "a way out": (lambda: head(body_in="../../../etc/passwd"), "body_in: "),
    "a body elsewhere": (
        lambda: head(body_in="20250717T004001.500000Z-000000-x.json.gz"),
        "its body should be in 20250717T004001.500000Z-000000-x.json.gz, but it cannot be read: No such",
    ),
}


@pytest.mark.parametrize(("content", "said"), NO_RECORDINGS.values(), ids=NO_RECORDINGS)
def test_a_file_that_is_no_recording_is_told_in_a_sentence(
    tmp_path: Path, content: Callable[[], bytes], said: str
) -> None:
    sentence = told(tmp_path, "one.json.gz", content())
    assert said in sentence
    assert "\n" not in sentence
    assert len(sentence) < 400


def test_a_body_is_looked_for_one_file_further_and_only_of_the_same_question(tmp_path: Path) -> None:
    first, other = (file_name(exchange(path=path), 0) for path in (f"{EVENTS}/race-1", f"{EVENTS}/race-2"))
    (tmp_path / first).write_bytes(packed(exchange(), body_in=first))
    assert told(tmp_path, "itself.json.gz", head(body_in=first)).startswith("its body should be in")
    (tmp_path / other).write_bytes(packed(exchange(path=f"{EVENTS}/race-2")))
    assert told(tmp_path, "others.json.gz", head(body_in=other)).startswith("its body should be in")


@pytest.mark.parametrize("made", [[], ["2025-07-17"], ["notes.txt"], ["2025-07-17/a.txt"], ["other/a.json"]])
def test_a_place_without_recordings_is_told_with_what_would_be_some(tmp_path: Path, made: list[str]) -> None:
    for name in made:
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text("") if place.suffix else place.mkdir()
    with pytest.raises(RecordingError, match="no recordings are here; they are"):
        Recordings(tmp_path, recognised)
    with pytest.raises(RecordingError, match="there is no such file or folder"):
        Recordings(tmp_path / "nowhere", recognised)
