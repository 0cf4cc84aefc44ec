"""Every answer repeats the question as the source understood it: an answer to another question is refused."""

from collections.abc import Mapping
from typing import Any

from raceday_daemon.model.errors import WrongAnswerError

# The source ignores parameters that it does not know, and answers 200 for, say, the wrong day.


def check_echo(path: str, asked: Mapping[str, str], params: Mapping[str, Any]) -> None:
    """Compare what was asked with the `params` of the answer; raises WrongAnswerError where they differ.

    Dates are echoed as instants and compared as dates. `limit` is left to the caller: a source that gives shorter
    pages than it was asked for still says the truth.
    """
    for name, value in asked.items():
        if name != "limit" and not _same(name, value, params.get(name)):
            raise WrongAnswerError(
                f"{path}: asked for {name}={value}, but the source understood {params.get(name)!r:.80}"
            )


def page_size(path: str, params: Mapping[str, Any]) -> int:
    """Give the length of a full page by the echo of `limit`; raises WrongAnswerError where it is none."""
    limit = params.get("limit")
    if type(limit) is not int or limit < 1:
        raise WrongAnswerError(f"{path}: the source does not say how long its pages are (limit {limit!r:.80})")
    return limit


def _same(name: str, value: str, echo: Any) -> bool:
    if isinstance(echo, bool):
        return value == str(echo).lower()
    if echo is None:
        return False
    if name.startswith("date_"):
        return str(echo)[:10] == value
    return str(echo).strip() == value
