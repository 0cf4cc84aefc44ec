"""Every setting: its default, what it takes, and how a wrong value is told."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.settings import KNOWN_NAMES, Settings
from raceday_daemon.settings_loading import SettingsMistakeError, allowed_values, load_settings

DEFAULTS: dict[str, Any] = {
    "NZTAB_API_BASE_URL": "https://api.tab.co.nz",
    "NZTAB_DELAY_SECONDS": 1.0,
    "NZTAB_TIMEOUT_SECONDS": 15.0,
    "NZTAB_FROM": None,
    "NZTAB_PARTNER": None,
    "NZTAB_PARTNER_ID": None,
    "APPWRITE_ENDPOINT": None,
    "APPWRITE_PROJECT_ID": None,
    "APPWRITE_API_KEY": None,
    "APPWRITE_DATABASE_ID": "raceday-db",
    "RACEDAY_STORE": None,
    "RACEDAY_DATA_DIR": Path("./data"),
    "RACEDAY_COUNTRIES": ("NZ", "AUS"),
    "RACEDAY_CATEGORIES": ("T", "H"),
    "RACEDAY_ENTRANTS_BATCH_RACES": 20,
    "RACEDAY_ENTRANTS_BATCH_SECONDS": 300.0,
    "RACEDAY_CADENCE": "standard",
    "RACEDAY_CADENCE_FILE": None,
    "RACEDAY_CADENCE_EXTRAS": True,
    "RACEDAY_ALERT_POOL_PERCENT": 5.0,
    "RACEDAY_ALERT_NEW_MONEY_DOLLARS": 200,
    "RACEDAY_READ_ROLE": "users",
    "RACEDAY_HTTP_HOST": "127.0.0.1",
    "RACEDAY_HTTP_PORT": 8080,
    "RACEDAY_HTTP_NAMES": (),
    "RACEDAY_API_TOKEN": None,
    "RACEDAY_RECORD": False,
    "RACEDAY_GRACE_SECONDS": 8.0,
    "RACEDAY_RECORDINGS_RETENTION_DAYS": 14,
    "RACEDAY_TIMEZONE": "Pacific/Auckland",
    "LOG_LEVEL": "INFO",
    "LOG_FORMAT": None,
}
"""The table of the design, in its order; the batch's figures and the extras of the cadence are there too."""

NO_NUMBER = "it is no number"
NO_INTEGER = "it is no whole number"
NO_HEADER = "cannot be sent in a header"
NO_ADDRESS = "should be a valid URL"
AT_MOST, AT_LEAST, FINITE = "less than or equal to", "greater than or equal to", "finite"

MISTAKES = [
    ("NZTAB_API_BASE_URL", "", NO_ADDRESS),
    ("NZTAB_API_BASE_URL", "nowhere", NO_ADDRESS),
    ("NZTAB_API_BASE_URL", "ftp://a.example", "scheme should be 'http' or 'https'"),
    ("NZTAB_API_BASE_URL", "https://a.example?key=1", "query"),
    ("NZTAB_API_BASE_URL", "https://a.example#top", "fragment"),
    ("NZTAB_DELAY_SECONDS", "soon", NO_NUMBER),
    ("NZTAB_DELAY_SECONDS", "", NO_NUMBER),
    ("NZTAB_DELAY_SECONDS", "-0.1", AT_LEAST),
    ("NZTAB_DELAY_SECONDS", "60.1", AT_MOST),
    ("NZTAB_DELAY_SECONDS", "nan", FINITE),
    ("NZTAB_TIMEOUT_SECONDS", "0", AT_LEAST),
    ("NZTAB_TIMEOUT_SECONDS", "121", AT_MOST),
    ("NZTAB_TIMEOUT_SECONDS", "inf", FINITE),
    ("NZTAB_FROM", "nobody", "no e-mail address"),
    ("NZTAB_FROM", "a@b.nz\r\nX-Evil: 1", NO_HEADER),
    ("NZTAB_FROM", "zoë@b.nz", NO_HEADER),
    ("NZTAB_PARTNER", "a\tb", NO_HEADER),
    ("NZTAB_PARTNER", "x" * 201, "at most 200"),
    ("NZTAB_PARTNER_ID", "x" * 201, "at most 200"),
    ("RACEDAY_STORE", "mysql", "'appwrite' or 'sqlite'"),
    ("RACEDAY_DATA_DIR", "", "it is empty"),
    ("RACEDAY_COUNTRIES", "NZ,UK", "'NZ', 'AUS' or 'AU'"),
    ("RACEDAY_COUNTRIES", "", "too short"),
    ("RACEDAY_COUNTRIES", " , ", "too short"),
    ("RACEDAY_CATEGORIES", "T,G", "'T' or 'H'"),
    ("RACEDAY_CATEGORIES", "", "too short"),
    ("RACEDAY_ENTRANTS_BATCH_RACES", "0", AT_LEAST),
    ("RACEDAY_ENTRANTS_BATCH_RACES", "1.5", NO_INTEGER),
    ("RACEDAY_ENTRANTS_BATCH_RACES", "501", AT_MOST),
    ("RACEDAY_ENTRANTS_BATCH_SECONDS", "0.5", AT_LEAST),
    ("RACEDAY_ENTRANTS_MAX_RACES", "-1", AT_LEAST),
    ("RACEDAY_CADENCE", "", "too short"),
    ("RACEDAY_CADENCE", "wild", "no table wild; there are intense, standard"),
    ("RACEDAY_CADENCE_FILE", "none.toml", "no such file"),
    ("RACEDAY_CADENCE_EXTRAS", "some", "neither true nor false"),
    ("RACEDAY_ALERT_POOL_PERCENT", "101", AT_MOST),
    ("RACEDAY_ALERT_POOL_PERCENT", "nan", FINITE),
    ("RACEDAY_ALERT_NEW_MONEY_DOLLARS", "-1", AT_LEAST),
    ("RACEDAY_ALERT_NEW_MONEY_DOLLARS", "2.5", NO_INTEGER),
    ("RACEDAY_READ_ROLE", "all", "'users', 'any' or 'none'"),
    ("RACEDAY_HTTP_HOST", "", "too short"),
    ("RACEDAY_HTTP_PORT", "65536", AT_MOST),
    ("RACEDAY_HTTP_NAMES", "raceday-daemon:8080", "no name of a host"),
    ("RACEDAY_HTTP_NAMES", "one, *.example", "no name of a host"),
    ("RACEDAY_HTTP_PORT", "http", NO_INTEGER),
    ("RACEDAY_API_TOKEN", "marker", "too short"),
    ("RACEDAY_RECORD", "maybe", "neither true nor false"),
    ("RACEDAY_GRACE_SECONDS", "601", AT_MOST),
    ("RACEDAY_RECORDINGS_RETENTION_DAYS", "-1", AT_LEAST),
    ("RACEDAY_RECORDINGS_RETENTION_DAYS", "36501", AT_MOST),
    ("RACEDAY_TIMEZONE", "Auckland", "no such time zone"),
    ("RACEDAY_TIMEZONE", "../../etc/passwd", "no such time zone"),
    ("LOG_LEVEL", "LOUD", "'DEBUG'"),
    ("LOG_FORMAT", "xml", "'text' or 'json'"),
]


APPWRITE = {
    "APPWRITE_ENDPOINT": "https://a.example/v1",
    "APPWRITE_PROJECT_ID": "races",
    "APPWRITE_API_KEY": "marker-" * 4,
}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("APPWRITE_ENDPOINT", "cloud", NO_ADDRESS),
        ("APPWRITE_ENDPOINT", "https://a.example/v1?x=1", "a query"),
        ("APPWRITE_PROJECT_ID", "", "not set"),
        ("APPWRITE_PROJECT_ID", "x" * 37, "too long"),
        ("APPWRITE_API_KEY", "marker", "too short"),
        ("APPWRITE_DATABASE_ID", "", "not set"),
        ("APPWRITE_DATABASE_ID", "x" * 37, "too long"),
    ],
)
def test_the_appwrite_settings_are_judged_where_rows_go_there_and_only_there(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    with pytest.raises(SettingsMistakeError) as raised:
        given(monkeypatch, **{**APPWRITE, name: value})
    (mistake,) = raised.value.mistakes
    assert mistake.startswith(f"{name}: ")
    assert reason in mistake
    assert "marker" not in mistake
    assert given(monkeypatch, RACEDAY_STORE="sqlite").store == "sqlite"


def test_a_store_in_appwrite_wants_to_know_where(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsMistakeError, match="APPWRITE_ENDPOINT: it is not set"):
        given(monkeypatch, RACEDAY_STORE="appwrite")


def given(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings().settings


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_a_setting_has_the_default_that_is_promised(name: str, value: Any) -> None:
    assert getattr(load_settings().settings, name.lower()) == value


def test_every_setting_is_explained_and_says_what_it_may_be() -> None:
    assert set(DEFAULTS) < set(KNOWN_NAMES)
    for name in KNOWN_NAMES:
        assert Settings.model_fields[name.lower()].description
        assert allowed_values(name)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    MISTAKES,
)
def test_a_wrong_value_is_told_by_name_reason_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    with pytest.raises(SettingsMistakeError) as raised:
        given(monkeypatch, **{name: value})
    (mistake,) = raised.value.mistakes
    assert mistake.startswith(f"{name}: ")
    assert reason in mistake
    assert mistake.endswith(f"; allowed: {allowed_values(name)}")
    assert "\n" not in mistake


def test_all_mistakes_are_told_together_each_name_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsMistakeError) as raised:
        given(monkeypatch, RACEDAY_COUNTRIES="UK,US", RACEDAY_HTTP_PORT="x", RACEDAY_HTTP_HOSTS="y")
    told = [mistake.partition(":")[0] for mistake in raised.value.mistakes]
    assert sorted(told) == ["RACEDAY_COUNTRIES", "RACEDAY_HTTP_HOSTS", "RACEDAY_HTTP_PORT"]


@pytest.mark.parametrize("secret", ["marker", "marker\nmarker", "marker'\""])
def test_a_wrong_secret_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    with pytest.raises(SettingsMistakeError) as raised:
        given(monkeypatch, RACEDAY_API_TOKEN=secret, APPWRITE_API_KEY="marker-key", RACEDAY_HTTP_PORT="x")
    assert "RACEDAY_API_TOKEN" in str(raised.value)
    assert "marker" not in f"{raised.value!s} {raised.value!r}"
    assert raised.value.__context__ is None, "the error behind it holds what was sent"


def test_secrets_are_masked_wherever_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = given(monkeypatch, RACEDAY_API_TOKEN="marker-" * 4, APPWRITE_API_KEY="marker-key")
    assert "marker" not in f"{settings!s} {settings!r} {settings.model_dump_json()}"
    assert set(settings.secrets()) == {"marker-key", "marker-" * 4}
    assert isinstance(settings.appwrite_api_key, SecretStr)


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("NZTAB_API_BASE_URL", "http://localhost:8000/base/", "http://localhost:8000/base"),
        ("NZTAB_DELAY_SECONDS", "0", 0.0),
        ("NZTAB_FROM", "a@b.nz", "a@b.nz"),
        ("RACEDAY_COUNTRIES", "nz, au", ("NZ", "AU")),
        ("RACEDAY_CATEGORIES", "h", ("H",)),
        ("RACEDAY_CADENCE", "intense", "intense"),
        ("RACEDAY_CADENCE_EXTRAS", "false", False),
        ("RACEDAY_HTTP_PORT", "0", 0),
        ("RACEDAY_HTTP_NAMES", "Raceday-Daemon, races.example", ("raceday-daemon", "races.example")),
        ("RACEDAY_HTTP_NAMES", "", ()),
        ("RACEDAY_RECORD", "yes", True),
        ("RACEDAY_TIMEZONE", "Australia/Perth", "Australia/Perth"),
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("LOG_FORMAT", "json", "json"),
    ],
)
def test_a_right_value_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str, taken: Any) -> None:
    assert getattr(given(monkeypatch, **{name: value}), name.lower()) == taken


@pytest.mark.parametrize("name", [name for name, default in DEFAULTS.items() if default is None])
def test_a_blank_value_of_an_optional_setting_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert getattr(given(monkeypatch, **{name: ""}), name.lower()) is None


@pytest.mark.parametrize(
    ("environment", "store"),
    [
        ({}, "sqlite"),
        ({"APPWRITE_ENDPOINT": ""}, "sqlite"),
        (APPWRITE, "appwrite"),
        ({"APPWRITE_ENDPOINT": "https://a.example/v1", "RACEDAY_STORE": "sqlite"}, "sqlite"),
        ({**APPWRITE, "RACEDAY_STORE": "Appwrite"}, "appwrite"),
    ],
)
def test_the_store_is_appwrite_where_an_endpoint_is_set_and_nothing_else_is_said(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], store: str
) -> None:
    assert given(monkeypatch, **environment).store == store


@pytest.mark.parametrize(
    ("countries", "wanted"), [("AU", {"AUS"}), ("NZ,AU", {"NZ", "AUS"}), ("au,aus", {"AUS"}), ("nz", {"NZ"})]
)
def test_au_is_taken_as_the_sources_aus(monkeypatch: pytest.MonkeyPatch, countries: str, wanted: set[str]) -> None:
    settings = given(monkeypatch, RACEDAY_COUNTRIES=countries)
    filter_ = Wanted.of(settings.raceday_countries, settings.raceday_categories)
    assert filter_.countries == wanted
    assert filter_.includes("AUS", "T") is ("AUS" in wanted)
    assert not filter_.includes("AUS", "G")
