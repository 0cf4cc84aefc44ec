"""The recorded answers of the real source, where they lie beside the project; without them their tests are skipped."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "nztab" / "recordings"

needs_recordings = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the recorded NZ TAB answers (../shared/nztab/recordings) are not beside the project"
)

DAY = "2025-07-17"
EVENT_ID = "0f57e087-00d9-4c61-9549-835abe2ae2ed"
GRAFTON_ID = "d3f82a25-7acb-4a07-a942-e5fb36a1e426"


def recorded_bytes(name: str) -> bytes:
    """Give a recording as it came."""
    return (FOLDER / f"{name}.json").read_bytes()


@cache
def _parsed(name: str) -> str:
    return recorded_bytes(name).decode()


def recorded(name: str) -> Any:
    """Give a fresh copy of a recording, to be changed at will."""
    return json.loads(_parsed(name))
