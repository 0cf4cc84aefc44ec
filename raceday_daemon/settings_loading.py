"""Reading the settings: from the environment, .env and secret files, with every mistake said in one sentence."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from raceday_daemon.appwrite.row_ids import is_row_id
from raceday_daemon.cadence.profile import PROFILES, Profile
from raceday_daemon.cadence.reading import CadenceMistakeError, read_profiles
from raceday_daemon.ops.printable import printable
from raceday_daemon.setting_kinds import web_address
from raceday_daemon.settings import KNOWN_NAMES, Settings
from raceday_daemon.settings_places import Places

ENV_FILE: Final = Path(".env")
SECRETS_DIR: Final = Path("/run/secrets")

_OWN_PREFIX = "RACEDAY_"
_SHARED_PREFIXES = ("NZTAB_", "APPWRITE_")
_MOST_CADENCE_FILE_BYTES = 65_536
_MOST_PATH_SHOWN = 150
_MOST_SHOWN = 60


class SettingsMistakeError(Exception):
    """Some settings are wrong; `mistakes` says each in a sentence."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        """Keep the sentences."""
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force, where each was found, what seems odd but is no mistake, and who else can read secrets."""

    settings: Settings
    origins: dict[str, str]
    warnings: tuple[str, ...]
    exposed: tuple[str, ...] = ()


def load_settings(env_file: Path = ENV_FILE, secrets_dir: Path | None = None) -> LoadedSettings:
    """Read the settings; raises SettingsMistakeError with every mistake at once.

    Secret files are looked for in `secrets_dir` (None: systemd's folder of credentials where it gave one, else
    /run/secrets).
    """
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    places = Places(env_file, secrets_dir or Path(named or SECRETS_DIR))
    if faults := places.faults(KNOWN_NAMES):
        raise SettingsMistakeError(faults)
    if named and not secrets_dir and not places.readable_secrets_dir:
        raise SettingsMistakeError([f"{named} cannot be read: CREDENTIALS_DIRECTORY names it, and it does not exist"])
    found, mistakes = places.found(), places.odd_lines()
    mistakes += [_unknown(name) for name in found if name.startswith(_OWN_PREFIX) and name not in KNOWN_NAMES]
    warnings = [_unknown(name) for name in found if name.startswith(_SHARED_PREFIXES) and name not in KNOWN_NAMES]
    try:
        settings = Settings(_env_file=places.readable_env_file, _secrets_dir=places.readable_secrets_dir)
        # A shared .env may hold anything else, where rows do not go to Appwrite.
        mistakes += appwrite_mistakes(settings) if settings.store == "appwrite" else []
        mistakes += _cadence_mistakes(settings)
        mistakes += _webhook_mistakes(settings)
    except ValidationError as error:
        mistakes += _told(error)
    except SettingsError as error:
        mistakes.append(f"the settings cannot be read: {error}")
    if mistakes:
        raise SettingsMistakeError(mistakes)
    origins = {name: found.get(name, "default") for name in KNOWN_NAMES}
    exposed = places.exposed({name: origins[name] for name in settings.secret_names()})
    return LoadedSettings(settings, origins, tuple(warnings), tuple(exposed))


def load_profile(settings: Settings) -> Profile:
    """Give the cadence in force; raises SettingsMistakeError where its file is wrong or no table has its name."""
    profiles, name = load_profiles(settings), settings.raceday_cadence
    if name not in profiles:
        raise SettingsMistakeError([_mistake("RACEDAY_CADENCE", no_such_profile(name, profiles))])
    return profiles[name]


def load_profiles(settings: Settings) -> dict[str, Profile]:
    """Give every cadence by its name, those of RACEDAY_CADENCE_FILE in place of the ones that ship here.

    Raises SettingsMistakeError where that file cannot be read, or is wrong: with the line.
    """
    profiles = dict(PROFILES)
    if settings.raceday_cadence_file is not None:
        profiles |= _own_profiles(settings.raceday_cadence_file)
    if not settings.raceday_cadence_extras:
        profiles = {name: profile.without_extras() for name, profile in profiles.items()}
    return profiles


def no_such_profile(name: str, profiles: Mapping[str, Profile]) -> str:
    """Say that no cadence has this name, and which there are."""
    return f"there is no table {_shown(name)}; there are {_shown(', '.join(sorted(profiles)))}"


def allowed_values(name: str) -> str:
    """Say in words what a setting may be."""
    extra = Settings.model_fields[name.lower()].json_schema_extra
    return str(extra["allowed"]) if isinstance(extra, dict) else ""


_IN_PLAIN_WORDS: Final = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "it is no whole number"),
    **dict.fromkeys(("float_parsing", "float_type"), "it is no number"),
    "finite_number": "it is no finite number",
    **dict.fromkeys(("bool_parsing", "bool_type"), "it is neither true nor false"),
}


def _unknown(name: str) -> str:
    """Say so, with the nearest name; what all of them begin with makes none near."""
    prefix, _, rest = name.partition("_")
    rests = {other.removeprefix(f"{prefix}_"): other for other in KNOWN_NAMES if other.startswith(f"{prefix}_")}
    near = get_close_matches(rest, rests, n=1, cutoff=0.6)
    return f"{name}: there is no such setting{f'; did you mean {rests[near[0]]}?' if near else ''}"


def _told(error: ValidationError) -> list[str]:
    mistakes: dict[str, str] = {}
    for mistake in error.errors(include_url=False, include_input=False):
        name = str(mistake["loc"][0]).upper()
        mistakes.setdefault(name, _mistake(name, _wrong(mistake)))
    return list(mistakes.values())


def _wrong(mistake: ErrorDetails) -> str:
    if mistake["type"] in ("too_short", "string_too_short"):
        return "it is too short"
    if words := _IN_PLAIN_WORDS.get(mistake["type"]):
        return words
    what = mistake["msg"].removeprefix("Value error, ")
    return what if what[:2].isupper() else f"{what[:1].lower()}{what[1:]}"


def _cadence_mistakes(settings: Settings) -> tuple[str, ...]:
    try:
        load_profile(settings)
    except SettingsMistakeError as error:
        return error.mistakes
    return ()


def _webhook_mistakes(settings: Settings) -> list[str]:
    if settings.raceday_webhook_url is None or settings.raceday_webhook_secret is not None:
        return []
    fault = "it is not set, and what RACEDAY_WEBHOOK_URL gets is signed with it"
    return [_mistake("RACEDAY_WEBHOOK_SECRET", fault)]


def _own_profiles(path: Path) -> dict[str, Profile]:
    shown = printable(str(path))[-_MOST_PATH_SHOWN:]
    try:
        return read_profiles(_text_of(path))
    except CadenceMistakeError as error:
        fault = f"{shown}, {error}"
    except UnicodeDecodeError:
        fault = f"{shown} is no UTF-8 text"
    except OSError as error:
        fault = f"{shown} cannot be read: {error.strerror or error}"
    except (ValueError, RuntimeError) as error:
        fault = f"{shown} cannot be read: {error}"
    raise SettingsMistakeError([_mistake("RACEDAY_CADENCE_FILE", fault)])


def _text_of(path: Path) -> str:
    file = path.expanduser()
    if not file.is_file():  # a pipe or a device might never end
        raise ValueError("there is no such file")
    with file.open("rb") as content:
        found = content.read(_MOST_CADENCE_FILE_BYTES + 1)
    if len(found) > _MOST_CADENCE_FILE_BYTES:
        raise ValueError(f"it is longer than {_MOST_CADENCE_FILE_BYTES} bytes")
    return found.decode("utf-8-sig")


def _shown(text: str) -> str:
    shown = printable(text[: _MOST_SHOWN + 1])
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."


def _mistake(name: str, fault: str) -> str:
    return f"{name}: {fault}; allowed: {allowed_values(name)}"


def appwrite_mistakes(settings: Settings) -> list[str]:
    """Judge the Appwrite settings: give each mistake in a sentence."""
    key = settings.appwrite_api_key.get_secret_value() if settings.appwrite_api_key else ""
    wrong = {
        "APPWRITE_ENDPOINT": _endpoint_fault(settings.appwrite_endpoint),
        "APPWRITE_PROJECT_ID": _id_fault(settings.appwrite_project_id or ""),
        "APPWRITE_API_KEY": _key_fault(key),
        "APPWRITE_DATABASE_ID": _id_fault(settings.appwrite_database_id),
    }
    return [_mistake(name, fault) for name, fault in wrong.items() if fault]


def _endpoint_fault(endpoint: str | None) -> str | None:
    if endpoint is None:
        return "it is not set"
    try:
        web_address(endpoint)
    except ValidationError as error:
        return _wrong(error.errors(include_url=False, include_input=False)[0])
    except ValueError as error:
        return str(error)
    return None


def _id_fault(value: str) -> str | None:
    return _length_fault(value, 1, 36) or (None if is_row_id(value) else "it holds a character that no id has")


def _key_fault(value: str) -> str | None:
    sendable = value.isascii() and value.isprintable() and value == value.strip()
    return _length_fault(value, 16, 4096) or (None if sendable else "it holds a character that no key has")


def _length_fault(value: str, least: int, most: int) -> str | None:
    if not value:
        return "it is not set"
    return "it is too short" if len(value) < least else "it is too long" if len(value) > most else None
