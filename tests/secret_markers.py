"""Every secret there is, set to a text that can be searched for: secret settings are found by their type."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

from raceday_daemon.settings import Settings

MARKER: Final = "m4rk-3f9a61c2d7"
PASSWORD: Final = f"{MARKER}/@:"
_ADDRESS: Final = "127.0.0.1:9"
_SPELLINGS: Final = (MARKER.encode(), MARKER.encode("utf-16-le"))


def secret_names() -> list[str]:
    """Name the settings that are secret."""
    return [name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]


def marked_secrets() -> dict[str, str]:
    """Give each of them a value of its own that is a good one, with the marker in it."""
    return {name: _marked(name) for name in secret_names()}


def marked_proxy(address: str) -> dict[str, str]:
    """Let all that leaves the machine go through a proxy whose address holds the marker as a password."""
    host = address.removeprefix("http://")
    return {"http_proxy": f"http://me:{quote(PASSWORD, safe='')}@{host}", "no_proxy": "127.0.0.1"}


def assert_unmarked(**places: str | bytes) -> None:
    """See that the marker is nowhere in these texts, by the names of where they were found."""
    for place, text in places.items():
        found = text if isinstance(text, bytes) else text.encode(errors="replace")
        for spelled in _SPELLINGS:
            at = found.find(spelled)
            assert at < 0, f"{place}: ...{found[max(at - 200, 0) : at + 100]!r}..."


def assert_folder_unmarked(folder: Path) -> None:
    """See that the marker is in no file below a folder."""
    for file in (path for path in folder.rglob("*") if path.is_file()):
        assert_unmarked(**{str(file): file.read_bytes()})


def _marked(name: str) -> str:
    if name.endswith("_URLS"):
        return f"phone=json://{MARKER}-{name.lower()}@{_ADDRESS}/"
    if name.endswith("_URL"):
        return f"http://{_ADDRESS}/{MARKER}-{name.lower()}"
    return f"{MARKER}-{name.lower()}"
