"""Where settings come from: the environment before .env, that before secret files; and names that nobody knows."""

import os
from collections.abc import Callable
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


@pytest.mark.parametrize("name", ["RACEDAY_QQQQQQQQQQQQ", "RACEDAY_NONSENSE", "RACEDAY_COLOUR", "RACEDAY_"])
def test_an_unknown_name_that_is_like_no_other_gets_no_suggestion(
    places: Places, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingsMistakeError) as raised:
        places.load()
    assert raised.value.mistakes == (f"{name}: there is no such setting",)


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


SECRET = "sixteen-characters"


@pytest.mark.parametrize(
    ("mode", "told"),
    [(0o600, None), (0o400, None), (0o640, "its group can read it"), (0o604, "everyone on this machine can read it")],
)
def test_an_env_file_with_a_secret_that_others_can_read_is_told_once(
    places: Places, mode: int, told: str | None
) -> None:
    places.env(f"RACEDAY_API_TOKEN={SECRET}", f"APPWRITE_API_KEY={SECRET}").env_file.chmod(mode)
    file = places.env_file
    sentence = f"{file} holds APPWRITE_API_KEY, RACEDAY_API_TOKEN, and {told}: chmod 600 {file}"
    assert places.load().exposed == ((sentence,) if told else ())


@pytest.mark.parametrize(("mode", "told"), [(0o400, None), (0o440, "its group"), (0o444, "everyone on this machine")])
def test_a_secret_file_that_others_can_read_is_told(places: Places, mode: int, told: str | None) -> None:
    (places.secret("RACEDAY_API_TOKEN", SECRET).secrets_dir / "RACEDAY_API_TOKEN").chmod(mode)
    exposed = places.load().exposed
    assert len(exposed) == (1 if told else 0)
    assert not told or f"RACEDAY_API_TOKEN holds a secret, and {told} can read it" in exposed[0]
    assert SECRET not in "".join(exposed)


def test_files_without_a_secret_in_force_may_be_read_by_all(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACEDAY_API_TOKEN", SECRET)
    places.env("LOG_LEVEL=DEBUG", "APPWRITE_API_KEY=").secret("NZTAB_PARTNER", "us")
    assert places.load().exposed == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_roots_that_the_daemons_group_may_read_is_as_it_should_be(places: Places) -> None:
    places.env(f"RACEDAY_API_TOKEN={SECRET}").env_file.chmod(0o640)
    os.chown(places.env_file, 65534, 0)
    assert places.load().exposed == ()
    places.env_file.chmod(0o644)
    assert len(places.load().exposed) == 1


def a_folder(file: Path) -> str:
    file.mkdir(parents=True)
    return "it is a folder"


def a_pipe(file: Path) -> str:
    file.parent.mkdir(exist_ok=True)
    os.mkfifo(file)
    return "it is no file"


def a_link_to_nothing(file: Path) -> str:
    file.parent.mkdir(exist_ok=True)
    file.symlink_to(file.parent / "gone")
    return "it leads to a file that does not exist"


def no_text(file: Path) -> str:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"\xff\xfe")
    return "it is no UTF-8 text"


@pytest.mark.parametrize("spoil", [a_folder, a_pipe, a_link_to_nothing, no_text])
@pytest.mark.parametrize("place", ["env file", "secret file"])
def test_what_cannot_be_read_is_a_mistake_in_one_sentence(
    places: Places, place: str, spoil: Callable[[Path], str]
) -> None:
    file = places.env_file if place == "env file" else places.secrets_dir / "APPWRITE_API_KEY"
    why = spoil(file)
    with pytest.raises(SettingsMistakeError) as raised:
        places.load()
    assert raised.value.mistakes == (f"{file} cannot be read: {why}",)


def test_a_secret_that_leads_out_of_its_folder_is_not_left_out_in_silence(places: Places, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(SECRET)
    places.secrets_dir.mkdir()
    link = places.secrets_dir / "RACEDAY_API_TOKEN"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsMistakeError) as raised:
        places.load()
    assert raised.value.mistakes == (f"{link} cannot be read: it leads out of {places.secrets_dir}",)


def test_secrets_may_be_links_within_their_folder_and_what_else_lies_there_is_nobodys_business(places: Places) -> None:
    inside = places.secrets_dir / "..2025"
    inside.mkdir(parents=True)
    (inside / "token").write_text(SECRET)
    (places.secrets_dir / "RACEDAY_API_TOKEN").symlink_to(Path("..2025") / "token")
    (places.secrets_dir / "kubernetes.io").mkdir()
    (places.secrets_dir / "gone").symlink_to("nothing")
    assert places.load().settings.secrets() == (SECRET,)


def test_a_file_where_the_folder_of_secrets_should_be_is_told(places: Places) -> None:
    places.secrets_dir.write_text("")
    with pytest.raises(SettingsMistakeError, match=r"secrets cannot be read: Not a directory"):
        places.load()


def test_a_folder_of_credentials_that_is_named_and_not_there_is_told(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(places.secrets_dir))
    with pytest.raises(SettingsMistakeError, match="CREDENTIALS_DIRECTORY names it, and it does not exist"):
        load_settings(places.env_file)
