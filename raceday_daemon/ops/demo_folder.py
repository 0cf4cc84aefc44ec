"""The mark of a data folder whose races are made up: the next demo empties it, so nothing real may come into it."""

from pathlib import Path
from typing import Final

MARK: Final = "simulated"


def is_demo_folder(data_dir: Path) -> bool:
    """Say whether a demo has made the folder its own."""
    return (data_dir / MARK).exists()


def make_demo_folder(data_dir: Path) -> None:
    """Mark a folder; raises OSError where that can't be done."""
    (data_dir / MARK).write_text("This folder is a demo's: its races are made up, and the next demo removes them.\n")
