"""What the papers tell people to type, and whether there is such a thing to type."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from typer.core import TyperGroup

from tests.papers import ROOT
from tests.papers.commands import PROGRAM, find, known_options, parse

_FILES_OF_OURS: Final = re.compile(r"(?:config|docs|tests)/[\w./-]+|requirements[\w-]*\.txt|docker-compose\.yml")
_ASSIGNED: Final = re.compile(r"[A-Z_]+=.*")


def commands_of(block: str) -> list[list[str]]:
    """Split a block into its commands, each in words, without comments; those behind && and | by themselves."""
    lines = block.replace("\\\n", " ")
    return [command for line in _whole_lines(lines) for command in _split(line)]


def faults_of(words: list[str]) -> list[str]:
    """Say what of a command there is not: the program's commands and options, make's targets, files, services."""
    words = _without_wrapping(words)
    faults = [f"there is no {name}" for name in _files(words) if not (ROOT / name).exists()]
    if not words:
        return faults
    match words[0].rpartition("/")[2], words[1:]:
        case "raceday-daemon", rest:
            parse(rest)
        case "make", [target, *_]:
            faults += [] if target in targets() else [f"make {target}: no such target"]
        case "docker", ["compose", "exec", service, *rest]:
            faults += [*_compose_faults(["exec", service]), *faults_of(rest)]
        case "docker", ["compose", *rest]:
            faults += _compose_faults(rest)
        case (("python" | "python3"), ["-m", module, *_]) if module.startswith("tests"):
            faults += [] if _is_module(module) else [f"there is no module {module}"]
    return faults


def faults_in_prose(code: str) -> list[str]:
    """Say what of a command named within a sentence there is not; `a|b` names both."""
    words = code.split()
    if len(words) < 2 or words[0] != PROGRAM:
        return []
    faults = []
    for spelled in _alternatives(words[1:]):
        try:
            command, left = find(spelled)
        except LookupError as error:
            faults.append(str(error))
            continue
        words = [word for several in left for word in several.strip("[]").split("|")]
        options = {word for word in words if word.startswith("-")}
        faults += [f"{code}: there is no {option}" for option in sorted(options - known_options(command))]
        if isinstance(command, TyperGroup) and left and not options:
            faults.append(f"{code}: {left[0]} is no command")
    return faults


def targets() -> set[str]:
    """Name make's targets."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def _whole_lines(text: str) -> Iterator[str]:
    """Give lines, and those that a quote keeps together as one."""
    kept = ""
    for line in text.splitlines():
        kept = f"{kept}\n{line}" if kept else line
        try:
            shlex.split(kept, comments=True)
        except ValueError:
            continue
        yield kept
        kept = ""
    assert not kept, f"a quote has no end: {kept}"


def _split(line: str) -> list[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if word in ("&&", "|", ";"):
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


def _without_wrapping(words: list[str]) -> list[str]:
    """Leave away what only says as whom, where and with which variables a command is run."""
    left = list(words)
    while left and (_ASSIGNED.fullmatch(left[0]) or left[0] in ("sudo", "env", "-u")):
        left = left[2:] if left[0] == "-u" else left[1:]
    return left


def _files(words: list[str]) -> list[str]:
    return [word for word in words if _FILES_OF_OURS.fullmatch(word)]


def _compose_faults(words: list[str]) -> list[str]:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    profiles = {profile for service in compose["services"].values() for profile in service.get("profiles", [])}
    asked = {words[at + 1] for at, word in enumerate(words) if word == "--profile"}
    named = {word.partition(":")[0] for word in words[1:] if words[0] in ("logs", "exec", "cp") and word[0] not in "-."}
    return [
        *(f"there is no profile {name}" for name in sorted(asked - profiles)),
        *(f"there is no service {name}" for name in sorted(named - compose["services"].keys())),
    ]


def _is_module(name: str) -> bool:
    place = ROOT / Path(*name.split("."))
    return (place / "__main__.py").exists() or place.with_suffix(".py").exists()


def _alternatives(words: list[str]) -> list[list[str]]:
    spelled: list[list[str]] = [[]]
    for word in words:
        options = word.split("|") if re.fullmatch(r"[a-z-]+(\|[a-z-]+)+", word) else [word]
        spelled = [[*one, option] for one in spelled for option in options]
    return spelled
