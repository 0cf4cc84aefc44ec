"""The papers stay in step with the code."""

import re
from pathlib import Path

import pytest

from raceday_daemon import __version__
from raceday_daemon.appwrite.setup import scopes
from raceday_daemon.settings import KNOWN_NAMES
from raceday_daemon.store.schema import TABLES, Kind, Table

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_data_page_lists_every_column_with_its_type(table: Table) -> None:
    page = (ROOT / "docs" / "data.md").read_text()
    section = page.split(f"## {table.name}\n")[1].split("\n## ")[0]
    listed = re.findall(r"^\| (\w+) \| ([a-zA-Z]\d*\*?) \|", section, re.MULTILINE)
    assert listed == [
        (column.name, f"{column.kind}{column.size if column.kind is Kind.TEXT else ''}{'*' if column.required else ''}")
        for column in table.columns
    ]


def test_the_newest_heading_of_the_changelog_is_the_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == __version__


def test_the_operations_page_lists_the_scopes_that_are_needed() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    rows = re.findall(r"^\| .* \| ((?:`[a-z.]+` ?)+)\|$", page, re.MULTILINE)
    assert [tuple(re.findall(r"`([a-z.]+)`", row)) for row in rows] == [scopes.RUN, scopes.SETUP, scopes.CHECK]


@pytest.mark.parametrize("paper", ["README.md", "config/example.env", "config/cadence.toml"])
def test_every_setting_that_a_paper_names_exists(paper: str) -> None:
    named = set(re.findall(r"\b(?:NZTAB|RACEDAY|APPWRITE|LOG)_[A-Z_]+\b", (ROOT / paper).read_text()))
    assert named
    assert named <= set(KNOWN_NAMES)
