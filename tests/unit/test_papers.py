"""What the papers promise is there: their links lead somewhere, and what they tell people to type can be typed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.lived_day import lived_day
from tests.papers import ROOT
from tests.papers.commands import Described, described_commands
from tests.papers.paper import PAPERS, Paper
from tests.papers.roff import examples
from tests.papers.shell import commands_of, faults_in_prose, faults_of

READ = {path: Paper(path) for path in PAPERS}

every_paper = pytest.mark.parametrize("paper", READ.values(), ids=lambda paper: paper.path.name)


@every_paper
def test_its_links_lead_somewhere(paper: Paper) -> None:
    for link in paper.links:
        parts = urlsplit(link)
        if parts.scheme:
            assert parts.scheme == "https", link
            continue
        led_to = (paper.path.parent / parts.path).resolve() if parts.path else paper.path
        assert led_to.exists(), link
        assert not parts.fragment or parts.fragment in READ[led_to].anchors, link


@every_paper
def test_what_it_tells_people_to_type_is_there(paper: Paper) -> None:
    typed = [command for block in paper.blocks("sh") for command in commands_of(block)]
    assert [fault for command in typed for fault in faults_of(command)] == []
    assert [fault for code in paper.codes for fault in faults_in_prose(code)] == []


def test_no_paper_is_reached_by_nobody() -> None:
    linked = {(path.parent / urlsplit(link).path).resolve() for path, paper in READ.items() for link in paper.links}
    assert {path for path in PAPERS if path.parent.name == "docs"} <= linked


def test_each_decision_says_what_it_costs_in_a_few_lines() -> None:
    part = (ROOT / "docs" / "architecture.md").read_text().split("\n## Decisions\n")[1].split("\n## ")[0]
    decisions = [paragraph for paragraph in part.split("\n\n") if paragraph.startswith("**")]
    assert len(decisions) > 100
    for decision in decisions:
        assert decision.count("\nCost: ") == 1, decision
        assert len(decision.splitlines()) <= 7, decision
    titles = [decision.split("**")[1] for decision in decisions]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("described", described_commands(), ids=lambda one: one.name)
def test_the_help_of_a_command_has_examples_that_can_be_typed(described: Described) -> None:
    shown = examples(described.help)
    assert shown, f"{described.name} --help teaches by no example"
    for example in shown:
        (words,) = commands_of(example)
        assert faults_of(words) == []
        assert described.name in example


@pytest.mark.parametrize(
    "command",
    [
        "raceday-daemon rnu",
        "raceday-daemon run-once meeting",
        "raceday-daemon run --loud",
        "raceday-daemon alerts add --user",
        "raceday-daemon demo --speed 0",
        "make tset",
        "docker compose --profile dmo up",
        "docker compose logs --follow deamon",
        "docker compose exec daemon raceday-daemon statsu",
        "cp config/exampel.env .env",
        "python -m tests.auditr data",
        "FOO=1 .venv/bin/raceday-daemon replay",
    ],
)
def test_a_command_that_is_not_there_is_found(command: str) -> None:
    (words,) = commands_of(command)
    try:
        faults = faults_of(words)
    except Exception as refused:
        faults = [str(refused)]
    assert faults


@pytest.mark.parametrize(
    ("code", "is_fine"),
    [
        ("raceday-daemon status [--watch]", True),
        ("raceday-daemon alerts add|list|remove", True),
        ("raceday-daemon run-once meetings|races", True),
        ("raceday-daemon alerts sing", False),
        ("raceday-daemon alerts add|sing", False),
        ("raceday-daemon setup --chekc", False),
        ("raceday-daemon", True),
    ],
)
def test_a_command_within_a_sentence_is_judged_by_its_words_and_options(code: str, is_fine: bool) -> None:
    assert (faults_in_prose(code) == []) is is_fine


def queries() -> Iterator[tuple[str, str]]:
    """Give each query of the papers with the file that it asks."""
    for paper in READ.values():
        for block in paper.blocks("sh"):
            for command in commands_of(block):
                if command[0] == "sqlite3":
                    yield Path(command[1]).name, command[2]
        for block in paper.blocks("sql"):
            yield ("ops.db" if "FROM polls" in block or "FROM job_runs" in block else "raceday.db"), block


def test_each_query_of_the_papers_gives_rows_of_a_day_that_was_lived(tmp_path: Path) -> None:
    folder = lived_day(tmp_path / "data")
    asked = list(queries())
    assert len(asked) >= 3
    for file, query in asked:
        with closing(sqlite3.connect(folder / file)) as connection:
            assert connection.execute(query).fetchmany(3), query
