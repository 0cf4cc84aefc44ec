"""The kinds of values that settings have, as they are read from text, and how a setting is declared."""

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr, TypeAdapter
from pydantic_settings import NoDecode

_TIME_OF_DAY = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]")
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
_HTTP_ADDRESS = TypeAdapter(AnyHttpUrl)


def knob(default: Any, meaning: str, allowed: str, *, example: str = "", **limits: Any) -> Any:
    """Declare a setting: its default, what it is for, and what it may be, in words for people.

    `example` is a value to begin with where the default is none.
    """
    in_words: dict[str, Any] = {"allowed": allowed, "example": example}
    return Field(default=default, description=meaning, json_schema_extra=in_words, **limits)


def _split(value: Any) -> Any:
    return tuple(word.strip().upper() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def _split_names(value: Any) -> Any:
    return tuple(word.strip().lower() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def _as_host_name(value: Any) -> Any:
    if isinstance(value, str) and not _HOST_NAME.fullmatch(value):
        raise ValueError("it is no name of a host: letters, digits, hyphens and dots, without port or address")
    return value


def _blank_is_unset(value: Any) -> Any:
    return None if value == "" else value


def _as_time(value: Any) -> Any:
    if isinstance(value, str) and not _TIME_OF_DAY.fullmatch(value):
        raise ValueError("it is no time of day")
    return value


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _lower_or_unset(value: Any) -> Any:
    return (value.lower() or None) if isinstance(value, str) else value


HostName = Annotated[str, BeforeValidator(_as_host_name)]
HostNames = Annotated[tuple[HostName, ...], NoDecode, BeforeValidator(_split_names)]
Countries = Annotated[tuple[Literal["NZ", "AUS", "AU"], ...], NoDecode, BeforeValidator(_split)]
Categories = Annotated[tuple[Literal["T", "H"], ...], NoDecode, BeforeValidator(_split)]
Store = Annotated[Literal["appwrite", "sqlite"] | None, BeforeValidator(_lower_or_unset)]
LogLevel = Annotated[Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_upper)]
LogFormat = Annotated[Literal["text", "json"] | None, BeforeValidator(_lower_or_unset)]
TimeOfDay = Annotated[time, BeforeValidator(_as_time)]
OptionalText = Annotated[str | None, BeforeValidator(_blank_is_unset)]
OptionalPath = Annotated[Path | None, BeforeValidator(_blank_is_unset)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)]


def web_address(value: str) -> str:
    """Give an http or https address in its usual spelling, without a slash at the end; ValueError for any other."""
    address = _HTTP_ADDRESS.validate_python(value)
    if "?" in value or "#" in value or address.username or address.password:
        raise ValueError("it has a query, a fragment, or a user's name or password")
    return str(address).rstrip("/")
