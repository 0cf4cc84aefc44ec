"""What cannot be read, or whose frame is broken, is refused as a whole, quickly and in few words."""

import json
from typing import Any

import pytest

from raceday_daemon.model.errors import MisfitError
from raceday_daemon.nztab.decoding import decode
from raceday_daemon.nztab.payloads import EventAnswer, MeetingsAnswer
from tests import builders


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("header",), None, "header: "),
        (("header", "generated_time"), "2025-07-17T00:40:00", "header.generated_time: "),
        (("params",), [], "params: "),
        (("data",), [], "data: "),
        (("data", "race"), None, "data.race: "),
        (("data", "race", "status"), "", "data.race.status: "),
        (("data", "race", "advertised_start"), 0, "data.race.advertised_start: "),
        (("data", "runners"), {"1": {}}, "data.runners: "),
    ],
)
def test_a_broken_frame_is_a_misfit_that_names_the_place(path: tuple[str, ...], value: Any, said: str) -> None:
    document = builders.event()
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    with pytest.raises(MisfitError) as caught:
        decode(EventAnswer, builders.body(document))
    assert str(caught.value).startswith(said)


def test_a_broken_frame_is_a_misfit_whatever_else_could_be_set_aside() -> None:
    document = builders.event()
    document["data"]["runners"][0] = None
    document["data"]["race"]["status"] = None
    with pytest.raises(MisfitError, match=r"^data\.race\.status: "):
        decode(EventAnswer, builders.body(document))


def in_meetings(value: bytes) -> bytes:
    return builders.body(builders.meetings()).replace(b'"meetings": []', b'"meetings": [' + value + b"]")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html></html>", id="html"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(builders.body(builders.meetings())[:-1], id="cut short"),
        pytest.param(builders.body(builders.meetings()) + b"}", id="too long"),
        pytest.param(json.dumps(builders.meetings()).encode("utf-16"), id="utf-16"),
        pytest.param(in_meetings(b'"\xff"'), id="not utf-8"),
        pytest.param(in_meetings(b'"\\ud800"'), id="half a surrogate"),
        pytest.param(in_meetings(b"[" * 100_000), id="deep and open"),
        pytest.param(in_meetings(b"[" * 100_000 + b"]" * 100_000), id="deep and closed"),
        pytest.param(in_meetings(b'{"x":' * 5_000 + b"1" + b"}" * 5_000), id="deep objects"),
        pytest.param(in_meetings(b"9" * 5_000), id="a number of 5,000 digits"),
        pytest.param(in_meetings(b'{"unheard_of": ' + b"9" * 5_000 + b"}"), id="such a number where nobody looks"),
    ],
)
def test_what_cannot_be_read_at_all_is_a_misfit(body: bytes) -> None:
    with pytest.raises(MisfitError) as caught:
        decode(MeetingsAnswer, body)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "value", [b"[" * 150 + b"]" * 150, b"9" * 4_000, b"1e999", b"NaN", b'"' + b"x" * 10_000 + b'"']
)
def test_an_odd_value_in_place_of_a_meeting_costs_only_that_meeting(value: bytes) -> None:
    good = builders.body(builders.card_meeting(2))
    answer, set_aside = decode(MeetingsAnswer, in_meetings(value + b"," + good))
    assert [meeting.meeting for meeting in answer.data.meetings or ()] == ["meeting-2"]
    assert [part.where for part in set_aside] == ["data.meetings[0]"]
    assert len(set_aside[0].reason) < 500


def test_a_refusal_quotes_no_more_of_the_answer_than_a_line() -> None:
    with pytest.raises(MisfitError) as caught:
        decode(MeetingsAnswer, builders.body(builders.answer({"meetings": []}, "2025-" + "x" * 100_000)))
    assert len(str(caught.value)) < 500
