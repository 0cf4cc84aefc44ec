"""The papers stay in step with the code."""

import re
from pathlib import Path

import pytest

from raceday_daemon import __version__
from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.appwrite.setup.key_scopes import RUN
from raceday_daemon.commands.exits import MEANINGS
from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.model.targets import ALERTS, POLLS, TARGETS
from raceday_daemon.settings import KNOWN_NAMES, Settings
from tests.fakes.appwrite import scopes

ROOT = Path(__file__).resolve().parents[2]
DOCS = [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))]


def test_the_newest_heading_of_the_changelog_is_the_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == __version__


def test_the_operations_page_lists_the_scopes_that_are_needed() -> None:
    page = (ROOT / "docs" / "operations.md").read_text().split("\n## Appwrite: keys\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| .* \| ((?:`[a-z.]+` ?)+)\|$", page, re.MULTILINE)
    assert [tuple(re.findall(r"`([a-z.]+)`", row)) for row in rows] == [RUN, scopes.SETUP, scopes.CHECK]


@pytest.mark.parametrize("paper", [*("README.md", "config/example.env", "config/cadence.toml"), *DOCS])
def test_every_setting_that_a_paper_names_exists(paper: str) -> None:
    named = set(re.findall(r"\b(?:NZTAB|RACEDAY|APPWRITE|LOG)_[A-Z_]+\b", (ROOT / paper).read_text()))
    assert named
    assert named <= set(KNOWN_NAMES)


def table(page: str, head: str) -> list[list[str]]:
    """Give the rows of the table of a page that has this head."""
    text = (ROOT / "docs" / page).read_text()
    rows, *_ = re.findall(rf"^\| {re.escape(head)} \|[^\n]*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows.splitlines()]


def test_the_exit_statuses_are_those_of_the_help_with_more_words() -> None:
    rows = table("operations.md", "status")
    assert [status for status, _ in rows] == list(MEANINGS)
    assert all(words.startswith(MEANINGS[status]) for status, words in rows)


def test_the_alerts_page_has_every_type_with_its_window_and_cooldown() -> None:
    rows = [
        (name, window, is_open, cooldown) for name, _, _, window, is_open, cooldown in table("alerts.md", "alertType")
    ]
    assert rows == [
        (
            one.name,
            "yes" if one.has_window else "",
            "yes" if one.while_open else "",
            f"{one.cooldown_seconds} s" if one.cooldown_seconds else "none",
        )
        for one in RULE_TYPES.values()
    ]


def test_the_operations_page_has_the_target_of_each_kind_of_work() -> None:
    spelled = {"a round of polls": POLLS, "a pass of the alerts": ALERTS, "entrants, each batch": "entrants"}
    rows = table("operations.md", "work")
    told = {spelled.get(work, work): tuple(cells) for work, *cells in rows if len(cells) == 4}
    for work, target in TARGETS.items():
        seconds, memory, limit, success = told[work]
        assert (seconds, memory) == (f"{target.seconds:g} s", f"{target.memory_mb:,.0f} MB")
        assert success == f"{target.success_percent:g} %"
        assert limit.startswith(f"{target.limit_seconds or _job_limit(work):g} s")


def _job_limit(work: str) -> float:
    limit = LEASE_OF_JOB[work].limit_seconds
    return limit or float(Settings.model_fields["raceday_entrants_batch_seconds"].default)
