"""The settings of channels: what they take, how a mistake is told without showing a secret, and what is masked."""

import logging
from threading import Thread

import pytest
from loguru import logger

from raceday_daemon.delivery.targets import MOST_CHANNELS, is_loopback, key_of, named_targets, secret_parts
from raceday_daemon.ops.logs import start_logging
from raceday_daemon.ops.secrecy import MASK, Secrecy
from raceday_daemon.ops.threads import HUSHED
from raceday_daemon.settings import Settings
from raceday_daemon.settings_loading import SettingsMistakeError, load_settings

MARKER = "marker4f1d"
SECRET = "a-secret-of-enough-letters"
HOOK = f"https://hooks.example/services/{MARKER}?key=value-{MARKER}"


def given(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings().settings


def test_names_and_addresses_are_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    written = "phone=ntfy://topic\n\tmail-2=mailto://me:a=b@gmail.com?to=x,y  "
    settings = given(monkeypatch, RACEDAY_WEBHOOK_URL=HOOK, RACEDAY_WEBHOOK_SECRET=SECRET, RACEDAY_NOTIFY_URLS=written)
    assert settings.notify_targets == {"phone": "ntfy://topic", "mail-2": "mailto://me:a=b@gmail.com?to=x,y"}
    assert settings.channel_names == ("webhook", "phone", "mail-2")


def test_without_any_there_is_no_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(monkeypatch).channel_names == ()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RACEDAY_WEBHOOK_URL", f"ftp://a.example/{MARKER}", "no http or https address"),
        ("RACEDAY_WEBHOOK_URL", MARKER, "no http or https address"),
        ("RACEDAY_WEBHOOK_URL", f"https:///{MARKER}", "no http or https address"),
        ("RACEDAY_WEBHOOK_URL", f"https://a.example:99999/{MARKER}", "no http or https address"),
        ("RACEDAY_WEBHOOK_URL", f"https://a.example/{MARKER} x", "a blank or a control character"),
        ("RACEDAY_WEBHOOK_URL", f"https://a.example/#{MARKER}", "a fragment"),
        ("RACEDAY_WEBHOOK_URL", f"https://a.example/{MARKER}", "RACEDAY_WEBHOOK_SECRET: it is not set"),
        ("RACEDAY_WEBHOOK_SECRET", MARKER, "too short"),
        ("RACEDAY_WEBHOOK_SECRET", f"whsec_{MARKER}!!!!!!", "not base64"),
        ("RACEDAY_WEBHOOK_SECRET", f"whsec_{MARKER}AA", "fewer than 16 bytes"),
        ("RACEDAY_NOTIFY_URLS", f"ntfy://{MARKER}", "entry 1 is not of the form name=url"),
        ("RACEDAY_NOTIFY_URLS", f"phone=ntfy://x Mail=mailto://{MARKER}", "entry 2 is not of the form name=url"),
        ("RACEDAY_NOTIFY_URLS", f"{'x' * 33}=ntfy://{MARKER}", "entry 1 is not"),
        ("RACEDAY_NOTIFY_URLS", f"phone={MARKER}", "entry 1 is not"),
        ("RACEDAY_NOTIFY_URLS", f"webhook=json://{MARKER}", "the name webhook is taken"),
        ("RACEDAY_NOTIFY_URLS", f"none=json://{MARKER}", "the name none is taken"),
        ("RACEDAY_NOTIFY_URLS", f"a=json://{MARKER} a=json://x", "the name a is taken"),
        ("RACEDAY_NOTIFY_URLS", " ".join(f"n{one}=json://{MARKER}" for one in range(16)), "more than 15"),
    ],
)
def test_a_mistake_is_told_with_what_is_allowed_and_without_what_was_written(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    with pytest.raises(SettingsMistakeError) as raised:
        given(monkeypatch, **{name: value})
    (sentence,) = raised.value.mistakes
    assert words in sentence
    assert "; allowed: " in sentence
    assert MARKER not in sentence


def test_as_many_channels_as_there_may_be_can_be_named() -> None:
    assert len(named_targets(" ".join(f"n{one}=json://a" for one in range(MOST_CHANNELS - 1)))) == MOST_CHANNELS - 1


def test_a_secret_is_its_own_key_unless_it_is_written_as_standard_webhooks_does() -> None:
    assert key_of(SECRET) == SECRET.encode()
    assert key_of("whsec_c2l4dGVlbiBieXRlcyBhdCBsZWFzdA==") == b"sixteen bytes at least"


def test_every_address_and_every_token_in_one_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    written = (
        f"phone=ntfy://ntfy.sh/topic-{MARKER} mail=mailto://me:pass%2Fword@gmail.com chat=tgram://1234:{MARKER}x/-99"
    )
    settings = given(monkeypatch, RACEDAY_WEBHOOK_URL=HOOK, RACEDAY_WEBHOOK_SECRET=SECRET, RACEDAY_NOTIFY_URLS=written)
    secrecy = Secrecy(settings.secrets())
    for address in (HOOK, written, *settings.notify_targets.values()):
        assert secrecy.masked(f"to {address}!") == f"to {MASK}!"
    for part in (f"https://api.telegram.org/bot1234:{MARKER}x/send", f"POST /services/{MARKER}", "pass/word", SECRET):
        masked = str(secrecy.masked(part))
        assert MASK in masked
        assert MARKER not in masked
    words = "raceday-daemon: channel phone of hooks.example and ntfy.sh at 127.0.0.1, services, webhook"
    assert secrecy.masked(words) == words, "what is no secret can still be read"


def test_an_address_that_is_none_is_masked_whole() -> None:
    assert secret_parts("http://[broken") == ("http://[broken",)


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.evil.com", False),
        ("", False),
    ],
)
def test_what_stays_on_this_machine(host: str, is_one: bool) -> None:
    assert is_loopback(host) is is_one


def test_what_libraries_log_in_threads_that_have_secrets_is_not_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    sink = start_logging("DEBUG", "json", ())
    log = logging.getLogger("some.library")
    for name in (f"{HUSHED}-phone", "another"):
        thread = Thread(target=log.error, args=("said in %s", name), name=name)
        thread.start()
        thread.join()
    sink.close()
    logger.remove()
    root.handlers[:] = handlers
    root.setLevel(level)
    shown = capfd.readouterr().err
    assert "said in another" in shown
    assert HUSHED not in shown
