"""Keeps known secrets out of anything that is written for people."""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "**********"


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
