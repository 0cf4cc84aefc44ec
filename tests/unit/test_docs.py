"""The papers stay in step with the code."""

import re
from pathlib import Path

import pytest

from raceday_daemon import __version__
from raceday_daemon.appwrite.setup import scopes
from raceday_daemon.settings import KNOWN_NAMES

ROOT = Path(__file__).resolve().parents[2]
DOCS = [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))]


def test_the_newest_heading_of_the_changelog_is_the_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == __version__


def test_the_operations_page_lists_the_scopes_that_are_needed() -> None:
    page = (ROOT / "docs" / "operations.md").read_text().split("\n## Appwrite: keys\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| .* \| ((?:`[a-z.]+` ?)+)\|$", page, re.MULTILINE)
    assert [tuple(re.findall(r"`([a-z.]+)`", row)) for row in rows] == [scopes.RUN, scopes.SETUP, scopes.CHECK]


@pytest.mark.parametrize("paper", [*("README.md", "config/example.env", "config/cadence.toml"), *DOCS])
def test_every_setting_that_a_paper_names_exists(paper: str) -> None:
    named = set(re.findall(r"\b(?:NZTAB|RACEDAY|APPWRITE|LOG)_[A-Z_]+\b", (ROOT / paper).read_text()))
    assert named
    assert named <= set(KNOWN_NAMES)
