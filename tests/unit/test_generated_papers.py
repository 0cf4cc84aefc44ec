"""What of the papers follows from the code is as `make papers` writes it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from raceday_daemon import __version__
from raceday_daemon.settings import KNOWN_NAMES, SETTING_GROUPS, Settings
from raceday_daemon.settings_loading import load_settings
from tests.papers import ROOT
from tests.papers.commands import described_commands
from tests.papers.generated import papers
from tests.papers.marked import with_part
from tests.papers.roff import roff
from tests.papers.settings import extra, spelled

FIELDS = {name.upper(): field for name, field in Settings.model_fields.items()}
MAN_PAGE = ROOT / "docs" / "raceday-daemon.1"


@pytest.mark.parametrize("path", papers(), ids=lambda path: path.name)
def test_it_is_in_step_with_the_code(path: Path) -> None:
    assert path.read_text() == papers()[path], "out of step: `make papers` mends it"


def test_every_setting_is_of_one_group() -> None:
    assert sorted(KNOWN_NAMES) == sorted(name.upper() for name in Settings.model_fields)
    assert all(len(group.__doc__ or "") > 10 for group in SETTING_GROUPS)


def test_the_example_env_with_all_that_has_a_default_changes_nothing(tmp_path: Path) -> None:
    lines = (ROOT / "config" / "example.env").read_text().splitlines()
    set_there = [line.removeprefix("# ") for line in lines if re.match(r"# [A-Z_]+=", line)]
    assert [line.partition("=")[0] for line in set_there] == list(KNOWN_NAMES)
    switched_on = [line for line in set_there if spelled(FIELDS[line.partition("=")[0]].default)]
    (tmp_path / ".env").write_text("\n".join(switched_on))
    assert load_settings(tmp_path / ".env").settings == load_settings(tmp_path / "nowhere").settings


@pytest.mark.parametrize("name", [name for name in KNOWN_NAMES if extra(FIELDS[name], "example")])
def test_what_the_example_env_begins_with_is_allowed(name: str) -> None:
    example = extra(FIELDS[name], "example")
    assert getattr(Settings.model_validate({name.lower(): example}), name.lower())


def test_a_part_goes_between_its_marks_and_nothing_else_changes() -> None:
    paper = "above\n<!-- x: by `make papers` -->\n\nold\n\n<!-- x end -->\nbelow \\1\n"
    assert with_part(paper, "x", "new \\1") == paper.replace("old", "new \\1")
    with pytest.raises(ValueError, match="must be there once"):
        with_part(paper, "y", "new")


def test_mandoc_finds_nothing_wrong_with_the_man_page() -> None:
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is missing: it is Debian's package of that name")
    told = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", MAN_PAGE], capture_output=True, text=True, check=False
    )
    # What follows from the code alone has no date.
    assert [line for line in told.stdout.splitlines() if "missing date" not in line] == []


def test_the_man_page_has_every_command_option_and_setting() -> None:
    page = MAN_PAGE.read_text().replace("\\-", "-")
    assert f"raceday-daemon {__version__}" in page
    for one in described_commands():
        section = page.split(f".SS {one.usage}\n")[1].split("\n.SS ")[0]
        assert all(f"{option.opts[0]}" in section for option in one.options), one.name
    assert all(f"\\fB\\%{name}\\fR" in page for name in KNOWN_NAMES)


@pytest.mark.parametrize("columns", [80, 120])
def test_no_name_in_the_man_page_is_broken_at_the_end_of_a_line_and_troff_is_content(columns: int) -> None:
    if not shutil.which("man"):
        pytest.skip("man is missing: it is Debian's package man-db")
    ended = subprocess.run(
        ["man", "--warnings", "--local-file", MAN_PAGE],
        capture_output=True,
        text=True,
        check=True,
        env={"MANWIDTH": str(columns), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    assert ended.stderr == ""
    assert [line for line in ended.stdout.splitlines() if re.search("\\w[-\u2010]$", line)] == []
    assert "RACEDAY_NOTIFICATIONS_RETENTION_DAYS" in ended.stdout


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        ("plain - words", [".PP", "plain \\- words"]),
        (".dot and 'quote", [".PP", "\\&.dot and 'quote"]),
        ("a\n'b\\c", [".PP", "a", "\\&'b\\ec"]),
        ("see `x-y`", [".PP", "see \\fB\\%x\\-y\\fR"]),
        ("`do --it`", [".PP", ".RS", ".EX", "\\fBdo \\%\\-\\-it\\fR", ".EE", ".RE"]),
        ("* one\n* two", [".IP \\(bu 2", "one", ".IP \\(bu 2", "two"]),
        (
            "| a | b |\n|---|---|\n| 1 2 | |",
            [".PP", ".TS", "tab(|);", "lb lb", "l l.", "a|b", "T{\n1 2\nT}|", ".TE"],
        ),
    ],
)
def test_markdown_is_said_in_roff(markdown: str, lines: list[str]) -> None:
    assert roff(markdown) == lines


def test_the_wheel_brings_the_man_page_where_man_looks(tmp_path: Path) -> None:
    hatchling = Path(sys.executable).with_name("hatchling")
    build = [str(hatchling), "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    (name,) = [name for name in ZipFile(wheel).namelist() if name.endswith("share/man/man1/raceday-daemon.1")]
    assert ZipFile(wheel).read(name) == MAN_PAGE.read_bytes()
