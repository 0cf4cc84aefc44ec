"""The files for Prometheus in config/: right by its own tool, each alert shown to fire, and each one explained."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
RULES: Final = ROOT / "config" / "prometheus-rules.yml"
SHOWN: Final = ("tests/prometheus/rules_test.yml", "tests/prometheus/slow_rules_test.yml")
RUNBOOK: Final = ROOT / "docs" / "operations.md"


def alerts() -> list[str]:
    return re.findall(r"^ +- alert: (\w+)$", RULES.read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "config/prometheus.yml"),
        ("check", "rules", "--lint-fatal", "config/prometheus-rules.yml"),
        ("test", "rules", *SHOWN),
    ],
    ids=["the configuration", "the rules", "when each rule fires"],
)
def test_prometheus_takes_them(arguments: tuple[str, ...]) -> None:
    if not shutil.which("promtool"):
        pytest.skip("promtool is missing: it comes with Debian's package prometheus")
    told = subprocess.run(["promtool", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_every_alert_says_how_grave_it_is_what_is_wrong_and_where_help_is() -> None:
    blocks = re.split(r"^ +- alert: ", RULES.read_text(), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(set(alerts())) >= 11
    for block in blocks:
        name = block.split()[0]
        assert re.search(r"^ +labels: \{severity: (critical|warning)\}$", block, re.MULTILINE), name
        assert re.search(r"^ +summary: \S", block, re.MULTILINE), name
        assert f"runbook: docs/operations.md#{name.lower()}\n" in block, name


def test_every_alert_is_explained_with_what_to_do_and_shown_to_fire() -> None:
    headings = re.findall(r"^### (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
    assert [heading for heading in headings if heading.startswith("Raceday")] == alerts()
    for name in alerts():
        section = RUNBOOK.read_text().split(f"### {name}\n")[1].split("\n#")[0]
        assert len(section.split()) > 20, name
    shown = "".join((ROOT / file).read_text() for file in SHOWN)
    assert {name for name in alerts() if f"alertname: {name}" not in shown} == set()
