"""What an answer other than 2xx means, as an error with one plain sentence that says what to do. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ValidationError

from raceday_daemon.model.appwrite_errors import (
    AppwriteBusyError,
    AppwriteConflictError,
    AppwriteElsewhereError,
    AppwriteError,
    AppwriteFaultError,
    AppwriteFullError,
    AppwriteKeyError,
    AppwriteMissingError,
    AppwriteRefusedError,
    RowMissingError,
    RowRefusedError,
)
from raceday_daemon.ops.printable import printable

_MOST_SAID: Final = 300
_MISSING_SCOPES: Final = re.compile(r"missing scopes? \((.*?)\)")
_SCOPE: Final = re.compile(r"[a-z]+(?:\.[a-z]+)+")
_NO_ROW: Final = ("row_not_found", "document_not_found")
_ROWS_FAULT: Final = re.compile(r"(row|document)_.*|.*_value_invalid|general_argument_invalid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer other than 2xx: `asked` is its method and path, `body` its first part with secrets masked."""

    endpoint: str
    asked: str
    status: int
    body: str
    location: str | None = None
    retry_after_seconds: float | None = None


class _Words(BaseModel):
    message: str
    type: str | None = None


def error_of(answer: Answer) -> AppwriteError:
    """Give the error that an answer stands for."""
    words = _words(answer.body)
    said = _one_line(words.message) if words else ""
    told = f" ({said})" if said else ""
    if answer.status == 429:
        return AppwriteBusyError(
            f"Appwrite at {answer.endpoint} asks for fewer calls{told}", answer.retry_after_seconds
        )
    if answer.status == 408 or answer.status >= 500:
        sentence = f"Appwrite at {answer.endpoint} answers {answer.status}{told}: its own log has the cause"
        return AppwriteFaultError(sentence, answer.retry_after_seconds)
    kind, sentence = _refusal(answer, words.type if words else None, said)
    return kind(sentence, status=answer.status, type=words.type if words else None, said=said)


def _refusal(answer: Answer, word: str | None, said: str) -> tuple[type[AppwriteRefusedError], str]:
    if answer.status < 400:
        return AppwriteElsewhereError, _redirected(answer)
    if answer.status in (401, 403):
        return AppwriteKeyError, _about_the_key(said)
    if answer.status == 404:
        return _nothing_there(answer, word, said)
    if answer.status == 409:
        return AppwriteConflictError, f"Appwrite has that already, or it was changed meanwhile: {said or answer.asked}"
    if answer.status == 402 or (word or "").endswith("_limit_exceeded"):
        return AppwriteFullError, _full(word or "", said or answer.asked)
    if "Unknown attribute" in said:
        # No row of the table can be written while a column is missing.
        return AppwriteMissingError, f"a table lacks a column ({said}): `raceday-daemon setup` makes what is missing"
    if answer.status == 413 or (answer.status == 400 and _ROWS_FAULT.fullmatch(word or "")):
        return RowRefusedError, f"Appwrite refuses what {answer.asked} sent: {said or f'HTTP {answer.status}'}"
    return AppwriteRefusedError, f"Appwrite refuses {answer.asked}: {said or f'HTTP {answer.status}'}"


def _full(word: str, said: str) -> str:
    if word.startswith(("column", "attribute", "index")):
        return f"the table has no room for another column or index ({said}): remove what nothing needs from it"
    return f"Appwrite takes no more ({said}): make room there, or raise the limit or the plan"


def _about_the_key(said: str) -> str:
    if "role: guest" in said:
        return "Appwrite does not know the API key: put a key of that very project into APPWRITE_API_KEY"
    if scopes := missing_scopes(said):
        return (
            f"the API key in APPWRITE_API_KEY lacks the scope {' or '.join(scopes)}:"
            " add it to the key in Appwrite's console"
        )
    return (
        f"Appwrite refuses the API key in APPWRITE_API_KEY ({said or 'no reason given'}):"
        " put a key of that very project there that has not expired"
    )


def missing_scopes(said: str) -> tuple[str, ...]:
    """Read from Appwrite's sentence which scope is missing; of several, any one would do."""
    found = _MISSING_SCOPES.search(said)
    return tuple(_SCOPE.findall(found[1])) if found else ()


def _nothing_there(answer: Answer, word: str | None, said: str) -> tuple[type[AppwriteRefusedError], str]:
    if word in _NO_ROW:
        return RowMissingError, f"Appwrite has no such row: {said}"
    if word == "project_not_found":
        return AppwriteElsewhereError, (
            f"Appwrite at {answer.endpoint} has no such project: APPWRITE_PROJECT_ID is the project's id, not its name"
        )
    if word is None or word == "general_route_not_found":
        return AppwriteElsewhereError, not_an_api(answer.endpoint)
    if word in ("database_not_found", "table_not_found", "collection_not_found"):
        return AppwriteMissingError, f"{said or 'a table is missing'}: `raceday-daemon setup` makes what is missing"
    return AppwriteRefusedError, f"Appwrite refuses {answer.asked}: {said}"


def not_an_api(endpoint: str) -> str:
    """Say that what answers at the endpoint is not the API that is asked for."""
    hint = "Appwrite 1.8 or newer is needed" if endpoint.endswith("/v1") else "it usually ends in /v1"
    return f"APPWRITE_ENDPOINT: what answers at {endpoint} is not Appwrite's API for tables; {hint}"


def _redirected(answer: Answer) -> str:
    path = answer.asked.partition(" ")[2]
    place = (answer.location or "").partition("?")[0].removesuffix(path)
    return (
        f"APPWRITE_ENDPOINT: {answer.endpoint} sends its callers on to {_one_line(place) or 'nowhere'}: name that place"
    )


def _words(body: str) -> _Words | None:
    try:
        return _Words.model_validate_json(body)
    except ValidationError:
        return None


def _one_line(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _MOST_SAID else f"{line[:_MOST_SAID]}..."
