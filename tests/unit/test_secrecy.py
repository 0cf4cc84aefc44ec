"""Known secrets are kept out of whatever is written, however they are spelled there."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.ops.secrecy import MASK, Secrecy, proxy_secrets

QUOTED = 'pass "word"\\ü/?&'


@pytest.mark.parametrize(
    ("secrets", "value", "masked"),
    [
        (["marker"], "a marker here, a marker there", f"a {MASK} here, a {MASK} there"),
        (["marker"], "Marker", "Marker"),
        (["mark", "marker"], "marker mark", f"{MASK} {MASK}"),
        (["marker", "mark"], "marker mark", f"{MASK} {MASK}"),
        (["", "marker"], "a b", "a b"),
        ([], "marker", "marker"),
        (["marker"], ["marker", ("marker", {"marker"})], [MASK, [MASK, [MASK]]]),
        (["marker"], {"marker": {"deep": "marker"}, 7: 7}, {MASK: {"deep": MASK}, "7": 7}),
        (["marker"], Path("/marker/file"), f"/{MASK}/file"),
        (["marker"], ValueError("marker"), MASK),
        (["marker"], b"marker", f"b'{MASK}'"),
        (["marker"], None, None),
        (["True", "1"], [True, 1, 1.0], [True, 1, 1.0]),
        ([QUOTED], f"raw {QUOTED}", f"raw {MASK}"),
        ([QUOTED], f"json {json.dumps(QUOTED)}", f'json "{MASK}"'),
        ([QUOTED], f"json {json.dumps(QUOTED, ensure_ascii=False)}", f'json "{MASK}"'),
        ([QUOTED], f"url {quote(QUOTED, safe='')}", f"url {MASK}"),
        ([QUOTED], f"python {QUOTED!r}", f"python '{MASK}'"),
        (["two\nlines"], repr("two\nlines"), f"'{MASK}'"),
    ],
)
def test_a_secret_is_replaced_in_texts_wherever_they_are(secrets: list[str], value: object, masked: object) -> None:
    assert Secrecy(secrets).masked(value) == masked


TEXTS = st.text(max_size=20)
SECRETS = st.text(min_size=4, max_size=20).filter(lambda secret: "*" not in secret)


@given(SECRETS, TEXTS, TEXTS, TEXTS)
def test_no_secret_is_left_in_any_text(secret: str, before: str, between: str, after: str) -> None:
    told = f"{before}{secret}{between}{secret}{after}"
    secrecy = Secrecy([secret])
    ((key, value),) = secrecy.masked({told: told}).items()
    texts = [key, value, *secrecy.masked([told]), secrecy.masked(told)]
    assert not any(secret in text for text in texts)
    assert all(MASK in text for text in texts)


@given(SECRETS, st.text().filter(lambda text: "*" not in text))
def test_texts_without_a_secret_stay_as_they_are(secret: str, text: str) -> None:
    as_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    spellings = (secret, *as_json, quote(secret, safe=""), repr(secret)[1:-1])
    if not any(spelled in text for spelled in spellings):
        assert Secrecy([secret]).masked(text) == text


@pytest.mark.parametrize(
    "told",
    [
        "http://me:pass%2Fword-1@proxy:3128 cannot be reached",
        "me:pass%2Fword-1",
        "pass/word-1",
        "Proxy-Authorization: Basic bWU6cGFzcy93b3JkLTE=",
    ],
)
@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "all_proxy"])
def test_a_proxys_password_is_known_in_each_of_its_forms(name: str, told: str) -> None:
    masked = Secrecy(proxy_secrets({name: "http://me:pass%2Fword-1@proxy:3128"})).masked(told)
    assert MASK in masked
    assert not [part for part in ("word-1", "bWU6") if part in masked]


def test_a_short_password_of_a_proxy_is_masked_where_it_stands_as_one_alone() -> None:
    secrecy = Secrecy(proxy_secrets({"http_proxy": "me:race@proxy"}))
    assert secrecy.masked("race_status of http://me:race@proxy") == f"race_status of http://me{MASK}proxy"


@pytest.mark.parametrize("address", ["", "http://proxy:1", "http://me@proxy:1", "http://[me:secret@proxy", "::::"])
def test_a_proxy_without_a_password_hides_nothing(address: str) -> None:
    assert proxy_secrets({"http_proxy": address, "NO_PROXY": "localhost", "PATH": "/a:b@c"}) == ()
