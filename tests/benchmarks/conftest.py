"""Figures beside pytest-benchmark's own tables: one line each, printed at the end with its aim."""

from collections.abc import Callable

import pytest

Tell = Callable[[str, float, str, str], None]

_LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Print a figure at the end: its name, value, unit, and what is aimed at."""
    lines = request.config.stash.setdefault(_LINES, [])
    return lambda name, value, unit, aim: lines.append(f"{name:<58} {value:>9.3f} {unit:<6} aim: {aim}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures."""
    if lines := config.stash.get(_LINES, []):
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
