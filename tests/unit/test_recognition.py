"""Single answers, kept without their questions: known by their shape, or told apart in a sentence."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.model.errors import RecordingError
from raceday_daemon.model.exchange import BODY_LIMIT_BYTES
from raceday_daemon.nztab.questions import EVENTS, MEETINGS, RACES
from raceday_daemon.nztab.recognition import recognised
from raceday_daemon.recordings.reading import Recordings
from tests import builders
from tests.builders import answer, body, event


@pytest.mark.parametrize(
    ("document", "path", "query"),
    [
        (event(), f"{EVENTS}/race-1", {}),
        (
            {**event(), "params": {"with_big_bets": True, "with_biggest_bet": False, "with_live_bets": True}},
            f"{EVENTS}/race-1",
            {"with_big_bets": "true"},
        ),
        ({**builders.meetings(), "params": {"id": "meeting-1"}}, f"{MEETINGS}/meeting-1", {}),
        (
            {
                **builders.meetings(),
                "params": {"date_from": "2025-07-17T10:48:00Z", "date_to": "2025-07-17", "offset": 100},
            },
            MEETINGS,
            {"date_from": "2025-07-17", "date_to": "2025-07-17", "offset": "100"},
        ),
        (answer({"races": []}), RACES, {}),
    ],
    ids=["event", "event with flags", "one meeting", "meetings", "list"],
)
def test_a_single_answer_is_known_by_its_shape(document: Any, path: str, query: dict[str, str]) -> None:
    one = recognised(body(document))
    assert (one.path, one.query) == (path, {"enc": "json", **query})
    assert one.received_at == datetime(2025, 7, 17, 0, 40, 0, 123_000, tzinfo=UTC)


NO_ANSWERS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "half": lambda: b"{",
    "null": lambda: b"null",
    "deep": lambda: b"[" * 1_000_000,
    "no text": lambda: b"\xff\xfe",
    "no data": lambda: b'{"header":{"generated_time":"2025-07-17T00:40:00Z"},"params":{},"data":{}}',
    "an error": lambda: body(answer({"error": "race not found"})),
    "a way out": lambda: body(answer({"race": {"event_id": "../../etc"}})),
    "a meeting's way out": lambda: body({**builders.meetings(), "params": {"id": "a/../b"}}),
    "no time": lambda: body(answer({"meetings": []}, generated_time="yesterday")),
    "too long": lambda: b" " * (BODY_LIMIT_BYTES + 1),
}


@pytest.mark.parametrize("content", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_of_the_source_is_told_in_a_sentence(tmp_path: Path, content: Callable[[], bytes]) -> None:
    (tmp_path / "one.json").write_bytes(content())
    with pytest.raises(RecordingError) as raised:
        Recordings(tmp_path, recognised).read(tmp_path / "one.json")
    sentence = str(raised.value)
    assert sentence.startswith(("it is no answer of the source", "it is neither meetings", "it is longer"))
    assert "\n" not in sentence
    assert len(sentence) < 400
