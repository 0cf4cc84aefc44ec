"""Every paper that follows from the code, wholly or in marked parts, as it should be."""

from pathlib import Path

from tests.papers import ROOT
from tests.papers.command_table import command_table
from tests.papers.man_page import man_page
from tests.papers.marked import with_part
from tests.papers.settings import example_env, settings_table


def papers() -> dict[Path, str]:
    """Give each such paper with the text that it should have."""
    readme = (ROOT / "README.md").read_text()
    for name, part in (("commands", command_table()), ("settings", settings_table())):
        readme = with_part(readme, name, part)
    return {
        ROOT / "README.md": readme,
        ROOT / "config" / "example.env": example_env(),
        ROOT / "docs" / "raceday-daemon.1": man_page(),
    }
