"""The channels as people write them in the settings, taken apart and judged; no fault tells what was written."""

import binascii
import re
from base64 import b64decode
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

WEBHOOK: Final = "webhook"
"""The name of the channel of the webhook."""

MOST_CHANNELS: Final = 16

_NAME: Final = re.compile("[a-z0-9-]{1,32}")
_TAKEN: Final = (WEBHOOK, "none")
_KEY_PREFIX: Final = "whsec_"
_LEAST_SECRET: Final = 16
_LONGEST_ADDRESS: Final = 2_000
_LEAST_PART: Final = 8
_CERTAIN_PART: Final = 20


def named_targets(written: str) -> dict[str, str]:
    """Read `name=url` entries with white space between them; ValueError for what is none, by its place."""
    targets: dict[str, str] = {}
    for place, entry in enumerate(written.split(), start=1):
        name, equals, url = entry.partition("=")
        if not equals or not _NAME.fullmatch(name) or "://" not in url:
            raise ValueError(f"entry {place} is not of the form name=url, the name of a-z, 0-9 and -, 32 at most")
        if name in _TAKEN or name in targets:
            raise ValueError(f"the name {name} is taken")
        targets[name] = url
    if len(targets) >= MOST_CHANNELS:
        raise ValueError(f"there are more than {MOST_CHANNELS - 1} entries")
    return targets


def webhook_fault(url: str) -> str | None:
    """Say what is wrong with the address of a webhook, None where nothing is."""
    if not url.isprintable() or " " in url or len(url) > _LONGEST_ADDRESS:
        return f"it holds a blank or a control character, or is longer than {_LONGEST_ADDRESS}"
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        return "it is no http or https address"
    return "it has a fragment" if parts.fragment else None


def key_of(secret: str) -> bytes:
    """Give the key that a secret stands for: whsec_ and base64, as Standard Webhooks has it, else the text itself."""
    if not secret.startswith(_KEY_PREFIX):
        return secret.encode()
    try:
        key = b64decode(secret.removeprefix(_KEY_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("what follows whsec_ is not base64") from None
    if len(key) < _LEAST_SECRET:
        raise ValueError(f"what follows whsec_ is fewer than {_LEAST_SECRET} bytes")
    return key


def is_loopback(host: str) -> bool:
    """Say whether what is sent to a host stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def secret_parts(url: str) -> tuple[str, ...]:
    """Give what must not be shown of an address: itself, its password, and whatever in it looks like a token.

    A library's own words may have a part of it, or build another address of its parts.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    found = {url, *_passwords(parts), *filter(_looks_secret, re.split("[/:@?&=#,;]+", url))}
    return tuple(sorted({spelled for one in found for spelled in (one, unquote(one)) if spelled}))


def _passwords(parts: SplitResult) -> list[str]:
    return [parts.password] if parts.password and len(parts.password) >= _LEAST_PART // 2 else []


def _looks_secret(part: str) -> bool:
    """Say whether a part may be a token: it has a digit, or is longer than words are, and is no host."""
    if "." in part:
        return False
    return len(part) >= (_LEAST_PART if any(letter.isdigit() for letter in part) else _CERTAIN_PART)
