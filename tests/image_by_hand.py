"""The steps of the Dockerfile, carried out by hand in bare root folders: the tests have no container engine."""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.bare_root import PYTHON, BareRoot

ROOT = Path(__file__).resolve().parents[1]
_PATH = f"{PYTHON}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OF_THIS_MACHINE = ("PIP_", "SSL_", "REQUESTS_")


@dataclass
class Stage:
    """A stage of the Dockerfile, its steps as (instruction, rest), and what has become of it."""

    name: str
    steps: list[tuple[str, str]]
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": _PATH})
    workdir: str = "/"
    user: str = "0:0"
    words: dict[str, list[str]] = field(default_factory=dict)


def stages(text: str) -> list[Stage]:
    """Read a Dockerfile; what stands before the first stage is left out."""
    lines = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    found: list[Stage] = []
    for line in filter(None, lines):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            found.append(Stage(rest.partition(" AS ")[2], []))
        elif found:
            found[-1].steps.append((instruction, rest.strip()))
    return found


def build(stage: Stage, folder: Path, earlier: dict[str, Path]) -> BareRoot:
    """Carry a stage out in a folder; `earlier` are the root folders of the stages before it."""
    root = BareRoot(folder, _wheels_of_this_machine()).make()
    for instruction, rest in stage.steps:
        match instruction:
            case "ENV":
                stage.environment |= {
                    name: value.replace("$PATH", stage.environment["PATH"])
                    for name, _, value in (word.partition("=") for word in shlex.split(rest))
                }
            case "WORKDIR":
                stage.workdir = rest
                (folder / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                stage.user = rest
            case "COPY":
                _copy(rest.split(), folder, stage.workdir, earlier)
            case "RUN":
                ours = {name: value for name, value in os.environ.items() if name.startswith(_OF_THIS_MACHINE)}
                words = root.command(
                    *("sh", "-c", rest), user=stage.user, environment=ours | stage.environment, workdir=stage.workdir
                )
                subprocess.run(words, check=True, capture_output=True)
            case "ENTRYPOINT" | "CMD" | "HEALTHCHECK":
                stage.words[instruction] = re.findall(r'"([^"]*)"', rest)
    return root


def _copy(words: list[str], folder: Path, workdir: str, earlier: dict[str, Path]) -> None:
    source = ROOT
    if words[0].startswith("--from="):
        source = earlier[words.pop(0).removeprefix("--from=")]
    *names, target = words
    for name in names:
        found = source / name.lstrip("/")
        place = folder / workdir.lstrip("/") / target if not target.startswith("/") else folder / target.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, place, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(found, place)


def _wheels_of_this_machine() -> tuple[Path, ...]:
    """Give the folders in which pip is told to look on this machine."""
    named = os.environ.get("PIP_FIND_LINKS", "").split()
    return tuple(Path(name) for name in named if name.startswith("/") and Path(name).is_dir())
