"""The `config` command, `--version` and `--help`."""

from pathlib import Path

import pytest

from raceday_daemon import __version__
from raceday_daemon.settings import KNOWN_NAMES
from tests.conftest import raceday

MARKER = "marker-4f1d-never-shown"
SECRETS = {"RACEDAY_API_TOKEN": MARKER, "APPWRITE_API_KEY": MARKER}


async def test_config_as_json_is_one_object_of_values_and_origins_with_secrets_masked(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("NZTAB_PARTNER=us\nRACEDAY_COUNTRIES=nz\n")
    ended = await raceday("config", "--json", **SECRETS)
    assert (ended.status, ended.err) == (0, "")
    assert list(ended.answer) == list(KNOWN_NAMES)
    assert ended.answer["NZTAB_PARTNER"] == {"value": "us", "from": ".env"}
    assert ended.answer["NZTAB_FROM"] == {"value": "tests@example.org", "from": "environment"}
    assert ended.answer["NZTAB_DELAY_SECONDS"] == {"value": 0.0, "from": "environment"}
    assert ended.answer["RACEDAY_COUNTRIES"] == {"value": "NZ", "from": ".env"}
    assert ended.answer["RACEDAY_DATA_DIR"] == {"value": "data", "from": "default"}
    assert ended.answer["RACEDAY_RECORD"] == {"value": False, "from": "default"}
    assert ended.answer["APPWRITE_ENDPOINT"] == {"value": None, "from": "default"}
    assert ended.answer["RACEDAY_API_TOKEN"] == {"value": "**********", "from": "environment"}
    assert MARKER not in ended.out


async def test_config_as_a_table_names_every_setting_and_shows_no_secret() -> None:
    ended = await raceday("config", COLUMNS="200", RACEDAY_RECORD="true", **SECRETS)
    assert (ended.status, ended.err) == (0, "")
    table = {line.split()[0]: line.split() for line in ended.out.splitlines()[1:] if line.strip()}
    assert set(table) == set(KNOWN_NAMES)
    assert table["NZTAB_FROM"][1:3] == ["tests@example.org", "environment"]
    assert table["RACEDAY_RECORD"][1:3] == ["true", "environment"]
    assert table["RACEDAY_STORE"][1:3] == table["RACEDAY_HTTP_NAMES"][1:3] == ["-", "default"]
    assert table["NZTAB_POLLS_PER_SECOND"][1:3] == ["100", "default"]
    assert table["APPWRITE_API_KEY"][1:3] == ["**********", "environment"]
    assert MARKER not in ended.out


async def test_a_narrow_terminal_is_left_to_what_is_in_force() -> None:
    ended = await raceday("config", COLUMNS="80")
    assert "what it is for" not in ended.out
    assert all(name in ended.out for name in KNOWN_NAMES)


async def test_config_refuses_wrong_settings_as_the_other_commands_do() -> None:
    ended = await raceday("config", "--json", LOG_LEVEL="LOUD")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("LOG_LEVEL: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            ("--version",),
            [f"raceday-daemon {__version__}"],
        ),
        (("--help",), ["run-once", "config", "Exit status"]),
        (("run-once", "-h"), ["meetings", "refresh", "--date", "--json"]),
    ],
)
async def test_the_command_tells_of_itself_on_stdout(arguments: tuple[str, ...], words: list[str]) -> None:
    ended = await raceday(*arguments, RACEDAY_NONSENSE="1")
    assert (ended.status, ended.err) == (0, "")
    assert all(word in ended.out for word in words)


async def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    ended = await raceday("config", "--json", NZTAB_API_BASE_URL=f"https://me:{MARKER}@proxy.example")
    assert ended.status == 2
    assert ended.err.startswith("NZTAB_API_BASE_URL: it has")
    assert MARKER not in ended.out + ended.err
