"""A single answer, kept without its question: what it answers shows in its shape, and in the echo of the question."""

from typing import Any, Final

from pydantic import ValidationError

from raceday_daemon.model.errors import RecordingError
from raceday_daemon.model.exchange import Exchange
from raceday_daemon.nztab.payloads import Answer, ApiId, Payload
from raceday_daemon.nztab.questions import EVENTS, MEETINGS, RACES

_FLAGS: Final = ("with_money_tracker", "with_tote_trends_data", "with_big_bets", "with_biggest_bet")


class _Race(Payload):
    event_id: ApiId


class _Data(Payload):
    race: _Race | None = None
    meetings: list[Any] | None = None
    races: list[Any] | None = None


class _AnyAnswer(Answer):
    data: _Data


class _OneMeeting(Payload):
    id: ApiId


def recognised(body: bytes) -> Exchange:
    """Give an answer with the question that it answers, as if it had come when it was made.

    Raises RecordingError for what is no answer of the source.
    """
    try:
        answer = _AnyAnswer.model_validate_json(body)
        path, query = _question(answer)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"]))
        raise RecordingError(f"it is no answer of the source ({place}: {wrong['msg']:.200})") from error
    made_at = answer.header.generated_time
    return Exchange(path=path, query={"enc": "json", **query}, asked_at=made_at, received_at=made_at, body=body)


def _question(answer: _AnyAnswer) -> tuple[str, dict[str, str]]:
    data, echo = answer.data, answer.params
    if data.race:
        return f"{EVENTS}/{data.race.event_id}", {flag: "true" for flag in _FLAGS if echo.get(flag) is True}
    if "meetings" in data.model_fields_set and "id" in echo:
        return f"{MEETINGS}/{_OneMeeting.model_validate(echo).id}", {}
    if "meetings" in data.model_fields_set:
        dates = {name: str(echo.get(name))[:10] for name in ("date_from", "date_to")}
        return MEETINGS, {**dates, "offset": str(echo.get("offset", 0))}
    if "races" in data.model_fields_set:
        return RACES, {}
    raise RecordingError("it is neither meetings, nor an event, nor a list of races")
