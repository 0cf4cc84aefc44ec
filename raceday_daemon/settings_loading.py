"""Reading the settings: from the environment, .env and secret files, with every mistake said in one sentence."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from raceday_daemon.settings import Settings, web_address

ENV_FILE: Final = Path(".env")
SECRETS_DIR: Final = Path("/run/secrets")

_OWN_PREFIX = "RACEDAY_"
_SHARED_PREFIXES = ("NZTAB_", "APPWRITE_")
KNOWN_NAMES: Final = tuple(name.upper() for name in Settings.model_fields)


class SettingsMistakeError(Exception):
    """Some settings are wrong; `mistakes` says each in a sentence."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        """Keep the sentences."""
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(self.mistakes))


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force, where each was found, and what seems odd but is no mistake."""

    settings: Settings
    origins: dict[str, str]
    warnings: tuple[str, ...]


def load_settings(env_file: Path = ENV_FILE, secrets_dir: Path = SECRETS_DIR) -> LoadedSettings:
    """Read the settings; raises SettingsMistakeError with every mistake at once."""
    try:
        found = _found_names(env_file, secrets_dir)
        mistakes = _unreadable_lines(env_file)
    except (UnicodeDecodeError, OSError) as error:
        raise SettingsMistakeError([f"{env_file} or {secrets_dir} cannot be read: {error}"]) from error
    mistakes += [_unknown(name) for name in found if name.startswith(_OWN_PREFIX) and name not in KNOWN_NAMES]
    warnings = [_unknown(name) for name in found if name.startswith(_SHARED_PREFIXES) and name not in KNOWN_NAMES]
    try:
        settings = Settings(
            _env_file=env_file if env_file.is_file() else None,
            _secrets_dir=secrets_dir if secrets_dir.is_dir() else None,
        )
        mistakes += _appwrite_mistakes(settings)
    except ValidationError as error:
        mistakes += _told(error)
    except SettingsError as error:
        mistakes.append(f"the settings cannot be read: {error}")
    if mistakes:
        raise SettingsMistakeError(mistakes)
    return LoadedSettings(settings, {name: found.get(name, "default") for name in KNOWN_NAMES}, tuple(warnings))


def allowed_values(name: str) -> str:
    """Say in words what a setting may be."""
    extra = Settings.model_fields[name.lower()].json_schema_extra
    return str(extra["allowed"]) if isinstance(extra, dict) else ""


def _found_names(env_file: Path, secrets_dir: Path) -> dict[str, str]:
    """Name every variable that is set and where it counts from: the environment goes before .env, that before files."""
    prefixes = (_OWN_PREFIX, *_SHARED_PREFIXES)
    places: tuple[tuple[str, Iterable[str]], ...] = (
        (f"file in {secrets_dir}", _names_in(secrets_dir)),
        (str(env_file), dotenv_values(env_file) if env_file.is_file() else ()),
        ("environment", os.environ),
    )
    return {
        name.upper(): place
        for place, names in places
        for name in names
        if name.upper().startswith(prefixes) or name.upper() in KNOWN_NAMES
    }


def _unreadable_lines(env_file: Path) -> list[str]:
    if not env_file.is_file():
        return []
    with env_file.open(encoding="utf-8") as lines:
        return [
            f"{env_file}, line {binding.original.line}: not of the form NAME=value"
            for binding in parse_stream(lines)
            if binding.error
        ]


def _names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _unknown(name: str) -> str:
    near = get_close_matches(name, KNOWN_NAMES, n=1, cutoff=0.6)
    return f"{name}: there is no such setting{f'; did you mean {near[0]}?' if near else ''}"


def _told(error: ValidationError) -> list[str]:
    mistakes: dict[str, str] = {}
    for mistake in error.errors(include_url=False, include_input=False):
        name = str(mistake["loc"][0]).upper()
        mistakes.setdefault(name, f"{name}: {_wrong(mistake)}; allowed: {allowed_values(name)}")
    return list(mistakes.values())


def _wrong(mistake: ErrorDetails) -> str:
    if mistake["type"] in ("too_short", "string_too_short"):
        return "it is too short"
    what = mistake["msg"].removeprefix("Value error, ")
    return what if what[:2].isupper() else f"{what[:1].lower()}{what[1:]}"


def _appwrite_mistakes(settings: Settings) -> list[str]:
    """Judge the Appwrite settings, where rows go there: a shared .env may hold anything else."""
    if settings.store != "appwrite":
        return []
    key = settings.appwrite_api_key.get_secret_value() if settings.appwrite_api_key else ""
    wrong = {
        "APPWRITE_ENDPOINT": _endpoint_fault(settings.appwrite_endpoint),
        "APPWRITE_PROJECT_ID": _length_fault(settings.appwrite_project_id or "", 1, 36),
        "APPWRITE_API_KEY": _length_fault(key, 16, 4096),
        "APPWRITE_DATABASE_ID": _length_fault(settings.appwrite_database_id, 1, 36),
    }
    return [f"{name}: {fault}; allowed: {allowed_values(name)}" for name, fault in wrong.items() if fault]


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


def _length_fault(value: str, least: int, most: int) -> str | None:
    if not value:
        return "it is not set"
    return "it is too short" if len(value) < least else "it is too long" if len(value) > most else None
