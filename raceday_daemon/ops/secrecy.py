"""Keeps known secrets out of anything that is written for people."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from math import isfinite
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

MASK = "**********"

_SHORTEST_BY_ITSELF = 8


class Secrecy:
    """Replaces every known secret in texts, also where it is spelled as JSON, in a URL, or as a Python literal."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know the secrets; the longest are replaced first, so that one inside another leaves no rest."""
        spellings = {
            spelled
            for secret in secrets
            if secret
            for spelled in (
                secret,
                json.dumps(secret)[1:-1],
                json.dumps(secret, ensure_ascii=False)[1:-1],
                quote(secret, safe=""),
                quote_plus(secret),
                repr(secret)[1:-1],
            )
        }
        self._spellings = sorted(spellings, key=len, reverse=True)

    def masked(self, value: Any) -> Any:
        """Give the value with its texts masked, inside lists, tuples and mappings too; others as their text."""
        if isinstance(value, str):
            for spelled in self._spellings:
                value = value.replace(spelled, MASK)
            return value
        if isinstance(value, bool | int) or value is None or (isinstance(value, float) and isfinite(value)):
            return value
        if isinstance(value, dict):
            return {self.masked(str(key)): self.masked(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.masked(item) for item in value]
        return self.masked(str(value))


def proxy_secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Give the passwords of the proxies that an environment names, for masking, in the forms in which they are used.

    One that is so short that it may be part of a word is masked only within an address or a header.
    """
    addresses = {address for name, address in environment.items() if name.lower().endswith("_proxy")}
    return tuple(form for address in sorted(addresses) for form in _forms(address))


def _forms(address: str) -> Iterable[str]:
    login = ""
    with suppress(ValueError):
        login = urlsplit(address if "://" in address else f"//{address}").netloc.rpartition("@")[0]
    name, _, spelled = login.partition(":")
    if not spelled:
        return
    password = unquote(spelled)
    yield f":{spelled}@"
    yield b64encode(f"{unquote(name)}:{password}".encode()).decode()
    yield from {form for form in (spelled, password) if len(form) >= _SHORTEST_BY_ITSELF}
