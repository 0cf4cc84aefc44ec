"""Reading cadences of one's own from TOML; a mistake is told with its line."""

import json
import re
import tomllib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

from raceday_daemon.cadence.durations import seconds_of, spelled_duration
from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, STANDARD, Extras, Profile, Step
from raceday_daemon.cadence.toml_places import Place, root_of

LEAST_SECONDS: Final = 15
"""The source makes no new answer sooner."""
LONGEST_WINDOW_SECONDS: Final = 86_400

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")
_INTERVALS: Final = {"late": "late_every_seconds", "later": "later_every_seconds", "closed": "closed_every_seconds"}
_LOOKS: Final = {"after_final": "after_final_seconds", "after_abandoned": "after_abandoned_seconds"}
_AFTER: Final = ("until_final", "late", "late_for", "later", "closed", *_LOOKS)
_ERROR_LINE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_MOST_SHOWN: Final = 40


class CadenceMistakeError(Exception):
    """A text describes no cadences: `line` (from 1) is where, `sentence` what is wrong there."""

    def __init__(self, line: int, sentence: str) -> None:
        """Keep both, and tell both."""
        self.line, self.sentence = line, sentence
        super().__init__(f"line {line}: {sentence}")


def read_profiles(text: str) -> dict[str, Profile]:
    """Read every cadence of a TOML text, by its name; raises CadenceMistakeError for the first mistake.

    A table `[name.before]` says from how long before the start on a race is looked at how often, `[name.after]` what
    follows the start; what that leaves out is as in the standard cadence. `config/cadence.toml` shows both.
    """
    root = root_of(text)
    document = _document(text)
    if not document:
        raise CadenceMistakeError(1, "there is no table: one such as [mine.before] is needed")
    return {name: _profile(name, content, root.within(name)) for name, content in document.items()}


def _document(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise CadenceMistakeError(1, "it is no TOML that can be read: it is nested too deeply") from None
    except ValueError as error:  # tomllib's own, or that of a number too long for int
        match = _ERROR_LINE.search(str(error))
        line = int(match[1]) if match and match[1] else text.rstrip().count("\n") + 1 if match else 1
        what = _ERROR_LINE.sub("", str(error))
        raise CadenceMistakeError(line, f"it is no TOML: {what[:120]}") from None


def _profile(name: str, content: Any, place: Place) -> Profile:
    if not _NAME.fullmatch(name):
        raise _mistake(place, f"{_shown(name)} is no name: 1 to 40 letters, digits, - and _ are")
    table = _table(content, place)
    _refuse_unknown(table, ("before", "after"), place)
    if not table.get("before"):
        raise _mistake(place, f"[{name}.before] is missing or empty")
    at_before, at_after = place.within("before"), place.within("after")
    before = _before(_table(table["before"], at_before), at_before)
    after = _table(table.get("after", {}), at_after)
    _refuse_unknown(after, _AFTER, at_after)
    until_final = STANDARD.until_final_every_seconds
    if "until_final" in after:
        until_final = _after_interval(after["until_final"], at_after.within("until_final"))
    return Profile(name=name, before=before, until_final_every_seconds=until_final, extras=_extras(after, at_after))


def _before(entries: dict[str, Any], place: Place) -> tuple[Step, ...]:
    """Read the steps in whatever order they stand; each must lead to the next, and the last one to the start."""
    found: dict[int, tuple[str, int]] = {}
    for key, value in entries.items():
        at = place.within(key)
        seconds = _seconds(key, at)
        if seconds == 0:
            raise _mistake(at, f'"{key}" is not before the start')
        if seconds > LONGEST_WINDOW_SECONDS:
            raise _mistake(at, f'"{key}" is more than 24h before the start')
        if seconds in found:
            raise _mistake(at, f'"{key}" is the same as "{found[seconds][0]}"')
        found[seconds] = (key, _interval(value, at))
    edges = [*sorted(found, reverse=True), 0]
    for begin, end in pairwise(edges):
        key, every = found[begin]
        if (begin - end) % every:
            until = f'"{found[end][0]}"' if end else "the start"
            sentence = f'"{key}" to {until} is no multiple of every {spelled_duration(every)}'
            raise _mistake(place.within(key), sentence)
    return tuple(Step(from_seconds=begin, every_seconds=found[begin][1]) for begin in edges[:-1])


def _extras(after: dict[str, Any], place: Place) -> Extras:
    given: dict[str, Any] = {}
    for key, field in _INTERVALS.items():
        if key in after:
            given[field] = _after_interval(after[key], place.within(key))
    for key, field in _LOOKS.items():
        if key in after:
            given[field] = _looks(after[key], place.within(key))
    if "late_for" in after:
        given["late_for_seconds"] = _after_interval(after["late_for"], place.within("late_for"))
    extras = Extras(**given)
    if extras.late_for_seconds % extras.late_every_seconds:
        late_for, late = map(spelled_duration, (extras.late_for_seconds, extras.late_every_seconds))
        wrong = place.within("late_for" if "late_for" in after else "late")
        raise _mistake(wrong, f'late_for "{late_for}" is no multiple of late "{late}"')
    return extras


def _looks(value: Any, place: Place) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise _mistake(place, f'{_shown(value)} is no list such as ["10m", "30m"]')
    looks = tuple(_after_interval(item, place) for item in value)
    for sooner, later in pairwise(looks):
        if later - sooner < LEAST_SECONDS:
            told = f'"{spelled_duration(later)}" does not follow "{spelled_duration(sooner)}" by'
            raise _mistake(place, f"{told} {LEAST_SECONDS}s or more")
    return looks


def _after_interval(value: Any, place: Place) -> int:
    seconds = _interval(value, place)
    if seconds > GIVE_UP_SECONDS:
        given_up = f"a race is given up {spelled_duration(GIVE_UP_SECONDS)} after its start"
        raise _mistake(place, f'"{value}" is too long: {given_up}')
    return seconds


def _interval(value: Any, place: Place) -> int:
    seconds = _seconds(value, place)
    if seconds < LEAST_SECONDS:
        raise _mistake(place, f'"{value}" is too short: the source makes nothing new within {LEAST_SECONDS}s')
    return seconds


def _seconds(value: Any, place: Place) -> int:
    try:
        return seconds_of(value)
    except (TypeError, ValueError):
        raise _mistake(place, f"{_shown(value)} is no duration such as 90s, 5m or 1h") from None


def _table(value: Any, place: Place) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _mistake(place, f"{'.'.join(place.path)} is no table, such as [{place.path[0]}.before]")
    return value


def _refuse_unknown(table: dict[str, Any], known: Iterable[str], place: Place) -> None:
    for key in table:
        if key not in known:
            raise _mistake(place.within(key), f"{_shown(key)} is not known here; known: {', '.join(known)}")


def _mistake(place: Place, sentence: str) -> CadenceMistakeError:
    return CadenceMistakeError(place.line, sentence)


def _shown(value: Any) -> str:
    # JSON is ASCII on one line, whatever the text holds.
    spelled = json.dumps(value, default=str)
    return spelled if len(spelled) <= _MOST_SHOWN else f"{spelled[:_MOST_SHOWN]}..."
