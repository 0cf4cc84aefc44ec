"""Questions to the daemon that runs on a data folder, over its own site."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from raceday_daemon.ops.folder_lock import Holder

ALIVE_SECONDS: Final = 2.0
"""A daemon that does not answer for so long hangs: it always has a moment for this."""

_ANSWER_SECONDS: Final = 10.0
_MOST_BYTES: Final = 8_000_000


class NoAnswerError(Exception):
    """The daemon runs, but what was asked it did not tell; the message says why in a sentence."""


def ask_daemon(holder: Holder, question: str, token: str | None = None) -> dict[str, Any]:
    """Ask the daemon whether it lives, and then the question, with the token of its API; raises NoAnswerError."""
    ask_whether_it_lives(holder)
    status, answer = _asked(holder, question, _ANSWER_SECONDS, token)
    if status != 200:
        raise NoAnswerError(f"{who(holder)} runs, but: {answer.get('error', status)}")
    return answer


def ask_whether_it_lives(holder: Holder) -> None:
    """Ask the daemon for its pulse; raises NoAnswerError where it has none, or where somebody else answers."""
    alive, facts = _asked(holder, "/livez", ALIVE_SECONDS)
    if facts.get("pid") != holder.pid:
        raise NoAnswerError(f"{who(holder)} says that it answers at {holder.url}, but another program does")
    if alive != 200:
        raise NoAnswerError(f"{who(holder)} hangs: its loop has not turned for {facts.get('silent_seconds')} s")


def who(holder: Holder) -> str:
    """Name the daemon that holds a folder, for people."""
    return f"the daemon (process {holder.pid})" if holder.pid else "the daemon"


def _asked(holder: Holder, question: str, seconds: float, token: str | None = None) -> tuple[int, dict[str, Any]]:
    if holder.url is None:
        raise NoAnswerError(f"{who(holder)} answers nowhere: it is starting or ending, or it is a replay")
    try:
        return _ask(holder.url, question, seconds, token)
    except TimeoutError as error:
        raise NoAnswerError(f"{who(holder)} hangs: {error}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise NoAnswerError(f"{who(holder)} cannot be asked at {holder.url}: {error}") from None


def _ask(url: str, question: str, seconds: float, token: str | None) -> tuple[int, dict[str, Any]]:
    """Ask without any proxy, whatever the environment says; raises TimeoutError with a sentence."""
    place = urlsplit(url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=seconds)
    try:
        connection.request("GET", question, headers={"Authorization": f"Bearer {token}"} if token else {})
        response = connection.getresponse()
        answer = json.loads(response.read(_MOST_BYTES))
    except TimeoutError:
        raise TimeoutError(f"{url}{question} was not answered within {seconds:g} s") from None
    finally:
        connection.close()
    if not isinstance(answer, dict):
        raise ValueError("it answered no JSON object")
    return response.status, answer
