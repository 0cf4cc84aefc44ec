"""The papers: README, docs/ and the rest, what of them follows from the code, and what they promise, held to it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
