"""Whatever text stands in the environment: the settings load, or every mistake is told by its name, without secrets."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from raceday_daemon.settings import KNOWN_NAMES, Settings
from raceday_daemon.settings_loading import LoadedSettings, SettingsMistakeError, load_settings
from tests.property.openapi_strategies import fuzz_timeout, fuzzed

pytestmark = fuzz_timeout

NOWHERE = Path("there-is-no-such-place")
SECRETS = [name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
MARKER = "marker-of-a-secret"


# The operating system takes neither NUL nor half of a pair in a variable.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)
numbers = st.integers().map(str) | st.floats().map(repr) | st.decimals().map(str)
likely = st.sampled_from(
    (
        *("", " ", "0", "1", "8080", "65536", "1_0", "1e400", "-0", "٣", "9" * 5000, "true", "off", "null", "[]", "{}"),
        *("https://a.example", "http://[::1]:8/v1/", "https://a:b@c", "ftp://a", "https://", "//a", "https://a?b#c"),
        *("NZ", "nz,au,", "AUS,,", "t,h", "NZ;AUS", "appwrite", "SQLITE", "standard", "debug", "json", "users", "any"),
        *("Pacific/Auckland", "UTC", "../UTC", "Pacific", "a@b.nz", "a@b\r\nX-Evil: 1", "~0", "./~0/x", "x" * 20_000),
    )
)
environments = st.dictionaries(st.sampled_from(KNOWN_NAMES), texts | likely | numbers, max_size=6)
odd_names = st.text(st.characters(codec="ascii", exclude_characters="\x00=", categories=("L", "N", "P")), max_size=30)


def load(environment: dict[str, str]) -> LoadedSettings | tuple[str, ...]:
    """Load the settings from this environment alone; give them, or the mistakes."""
    with pytest.MonkeyPatch.context() as patch:
        for name, text in environment.items():
            patch.setenv(name, text)
        try:
            return load_settings(NOWHERE, NOWHERE)
        except SettingsMistakeError as error:
            return error.mistakes


@given(environments)
@fuzzed(400)
def test_the_settings_load_or_each_mistake_names_what_is_wrong(environment: dict[str, str]) -> None:
    loaded = load(environment)
    if isinstance(loaded, tuple):
        told = [mistake.partition(": ")[0] for mistake in loaded]
        assert told
        assert set(told) <= set(KNOWN_NAMES)
        assert len(set(told)) == len(told), "one sentence a setting"
        assert all("; allowed: " in mistake and mistake.isprintable() for mistake in loaded)
        assert all(len(mistake) < 300 for mistake in loaded)
    else:
        assert {name for name, origin in loaded.origins.items() if origin == "environment"} == environment.keys()


# Where rows go, and which cadence there is, is judged once the rest is right.
LAST = ("RACEDAY_STORE", "RACEDAY_CADENCE", "RACEDAY_CADENCE_FILE")


@given(
    st.sampled_from([name for name in KNOWN_NAMES if "APPWRITE" not in name and name not in LAST]),
    texts | likely | numbers,
)
@example("RACEDAY_WEBHOOK_URL", "http://a.example")
@fuzzed(300)
def test_a_wrong_value_is_wrong_by_itself_alone(name: str, text: str) -> None:
    others = {"RACEDAY_HTTP_PORT": "none", "RACEDAY_CATEGORIES": "G"}
    alone, together = load({name: text}), load(others | {name: text})
    mistakes = alone if isinstance(alone, tuple) else ()
    assert isinstance(together, tuple)
    # What a setting needs besides, such as a webhook its secret, is judged once the rest is right.
    assert {one for one in together if one.startswith(f"{name}: ")} == {
        one for one in mistakes if one.startswith(f"{name}: ")
    }
    assert {one.partition(": ")[0] for one in together} >= others.keys() - {name}


@given(environments, texts, texts)
@fuzzed(200)
def test_a_secret_shows_in_no_mistake_and_in_no_print(environment: dict[str, str], before: str, after: str) -> None:
    secret = f"{before}{MARKER}{after}"
    loaded = load(environment | dict.fromkeys(SECRETS, secret))
    assert MARKER not in f"{loaded!s} {loaded!r}"
    if isinstance(loaded, LoadedSettings):
        assert loaded.settings.secrets() == (secret,) * len(SECRETS)
        assert MARKER not in loaded.settings.model_dump_json()


@given(texts | likely)
@fuzzed(100)
def test_a_secret_is_kept_as_it_is_or_is_none(text: str) -> None:
    loaded = load({"APPWRITE_API_KEY": text})
    if isinstance(loaded, LoadedSettings):
        key = loaded.settings.appwrite_api_key
        assert (key.get_secret_value() if key else "") == text


@given(odd_names, texts)
@fuzzed(150)
def test_a_name_that_nobody_knows_is_told_and_its_text_is_not(rest: str, text: str) -> None:
    name = f"RACEDAY_{rest}"
    loaded = load({name: f"{MARKER}{text}"})
    if name.upper() not in KNOWN_NAMES:
        assert isinstance(loaded, tuple)
        (mistake,) = loaded
        assert mistake.startswith(f"{name.upper()}: there is no such setting")
        assert MARKER not in mistake


@given(texts | likely | numbers)
@fuzzed(100)
def test_a_zone_that_is_taken_is_one(text: str) -> None:
    loaded = load({"RACEDAY_TIMEZONE": text})
    assert isinstance(loaded, tuple) or ZoneInfo(loaded.settings.raceday_timezone).key == text


ADDRESSES = ("https://a.example?", "https://a.example#", "https:a.example", "https:///a.example", " https://a.example ")


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_is_taken_can_be_gone_on_from(address: str) -> None:
    loaded = load({"NZTAB_API_BASE_URL": address})
    if isinstance(loaded, LoadedSettings):
        url = URL(f"{loaded.settings.nztab_api_base_url}/affiliates")
        assert (url.host, url.path) == ("a.example", "/affiliates")


@pytest.mark.parametrize("folder", ["~nobody-of-that-name", "./~nobody-of-that-name/data"])
def test_a_folder_in_the_home_of_nobody_is_a_mistake(folder: str) -> None:
    mistakes = load({"RACEDAY_DATA_DIR": folder})
    assert isinstance(mistakes, tuple)
    assert mistakes[0].startswith("RACEDAY_DATA_DIR: ")
