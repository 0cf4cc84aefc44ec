"""Where settings come from: the environment before .env, that before secret files; and names that nobody knows."""

from pathlib import Path

import pytest

from raceday_daemon.settings_loading import LoadedSettings, SettingsMistakeError, load_settings


class Places:
    """A .env file and a folder of secrets of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.env_file = folder / ".env"
        self.secrets_dir = folder / "secrets"

    def env(self, *lines: str) -> "Places":
        self.env_file.write_text("\n".join(lines))
        return self

    def secret(self, name: str, text: str) -> "Places":
        self.secrets_dir.mkdir(exist_ok=True)
        (self.secrets_dir / name).write_text(text)
        return self

    def load(self) -> LoadedSettings:
        return load_settings(self.env_file, self.secrets_dir)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path)


def test_systemd_s_folder_of_credentials_is_one_of_secret_files(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.secret("APPWRITE_API_KEY", "standard_0123456789abcdef")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(places.secrets_dir))
    loaded = load_settings(places.env_file)
    assert loaded.settings.secrets() == ("standard_0123456789abcdef",)
    assert loaded.origins["APPWRITE_API_KEY"] == f"file in {places.secrets_dir}"


def test_the_environment_goes_before_env_file_and_that_before_secret_files(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NZTAB_PARTNER", "NZTAB_PARTNER_ID", "RACEDAY_HTTP_HOST"):
        places.secret(name, "from a file")
    places.env("NZTAB_PARTNER=from .env", "NZTAB_PARTNER_ID=from .env")
    monkeypatch.setenv("NZTAB_PARTNER", "from the environment")
    loaded = places.load()
    assert loaded.settings.nztab_partner == "from the environment"
    assert loaded.settings.nztab_partner_id == "from .env"
    assert loaded.settings.raceday_http_host == "from a file"
    assert {name: loaded.origins[name] for name in ("NZTAB_PARTNER", "NZTAB_PARTNER_ID", "RACEDAY_HTTP_HOST")} == {
        "NZTAB_PARTNER": "environment",
        "NZTAB_PARTNER_ID": str(places.env_file),
        "RACEDAY_HTTP_HOST": f"file in {places.secrets_dir}",
    }
    assert loaded.origins["NZTAB_FROM"] == "default"


def test_every_known_name_has_an_origin(places: Places) -> None:
    assert set(places.load().origins.values()) == {"default"}
    assert len(places.load().origins) == len(type(places.load().settings).model_fields)


def test_names_count_however_their_letters_are_written(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("raceday_http_port", "81")
    loaded = places.env("Log_Level=debug").secret("appwrite_api_key", "k").load()
    assert (loaded.settings.raceday_http_port, loaded.settings.log_level) == (81, "DEBUG")
    assert loaded.settings.secrets() == ("k",)
    assert loaded.origins["RACEDAY_HTTP_PORT"] == "environment"
    assert loaded.origins["LOG_LEVEL"] == str(places.env_file)
    assert loaded.origins["APPWRITE_API_KEY"] == f"file in {places.secrets_dir}"


def test_a_secret_file_may_end_in_a_new_line(places: Places) -> None:
    places.secret("RACEDAY_API_TOKEN", "sixteen-characters\n")
    assert places.load().settings.secrets() == ("sixteen-characters",)


def test_an_env_file_may_quote_comment_and_export(places: Places) -> None:
    loaded = places.env("# ours", "", "export NZTAB_FROM='a@b.nz'", 'RACEDAY_COUNTRIES="NZ"  # one', "OTHER=x").load()
    assert (loaded.settings.nztab_from, loaded.settings.raceday_countries) == ("a@b.nz", ("NZ",))
    assert loaded.warnings == ()


def test_missing_places_are_no_mistake(places: Places, tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.env", tmp_path / "none").settings.log_level == "INFO"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("RACEDAY_DATA_DIRECTORY", "RACEDAY_DATA_DIR"),
        ("RACEDAY_COUNTRY", "RACEDAY_COUNTRIES"),
        ("RACEDAY_TOKEN", "RACEDAY_API_TOKEN"),
        ("raceday_http_prot", "RACEDAY_HTTP_PORT"),
    ],
)
@pytest.mark.parametrize("place", ["environment", "env file", "secret file"])
def test_an_unknown_raceday_name_is_refused_with_the_nearest_known_one_wherever_it_stands(
    places: Places, monkeypatch: pytest.MonkeyPatch, name: str, nearest: str, place: str
) -> None:
    if place == "environment":
        monkeypatch.setenv(name, "marker")
    elif place == "env file":
        places.env(f"{name}=marker")
    else:
        places.secret(name, "marker")
    with pytest.raises(SettingsMistakeError) as raised:
        places.load()
    assert raised.value.mistakes == (f"{name.upper()}: there is no such setting; did you mean {nearest}?",)


def test_an_unknown_name_that_is_like_no_other_gets_no_suggestion(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RACEDAY_QQQQQQQQQQQQQQQQQQQQQQQQ", "1")
    with pytest.raises(SettingsMistakeError) as raised:
        places.load()
    assert raised.value.mistakes == ("RACEDAY_QQQQQQQQQQQQQQQQQQQQQQQQ: there is no such setting",)


def test_unknown_names_of_shared_prefixes_are_warned_of_and_others_are_not_ours(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVELS", "x")
    monkeypatch.setenv("RACEDAYS", "x")
    loaded = places.env("NZTAB_TIMEOUT=5", "APPWRITE_KEY=x").load()
    assert sorted(loaded.warnings) == [
        "APPWRITE_KEY: there is no such setting; did you mean APPWRITE_API_KEY?",
        "NZTAB_TIMEOUT: there is no such setting; did you mean NZTAB_TIMEOUT_SECONDS?",
    ]


def test_values_of_an_env_file_are_judged_too(places: Places) -> None:
    with pytest.raises(SettingsMistakeError, match=r"RACEDAY_HTTP_PORT: .*; allowed: 0 to 65535"):
        places.env("RACEDAY_HTTP_PORT=x").load()


def test_an_env_file_that_is_no_text_is_a_mistake_in_a_sentence(places: Places) -> None:
    places.env_file.write_bytes(b"RACEDAY_DATA_DIR=\xff\xfe\n")
    with pytest.raises(SettingsMistakeError, match="cannot be read"):
        places.load()


def test_a_line_of_an_env_file_that_cannot_be_read_is_a_mistake_with_its_number(
    places: Places, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SettingsMistakeError, match="line 2: not of the form NAME=value"):
        places.env("LOG_LEVEL=DEBUG", 'RACEDAY_DATA_DIR="unclosed').load()
