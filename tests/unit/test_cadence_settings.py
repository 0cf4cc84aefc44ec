"""The cadence in force: picked by its name, from the ones that ship here and from a file of one's own."""

import os
from pathlib import Path

import pytest

from raceday_daemon.cadence.profile import INTENSE, PROFILES, STANDARD, Profile
from raceday_daemon.settings import Settings
from raceday_daemon.settings_loading import SettingsMistakeError, load_profile, load_profiles, load_settings

OWN = '[mine.before]\n10m = "1m"\n[standard.before]\n5m = "15s"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of one's own, named by its setting."""
    monkeypatch.setenv("RACEDAY_CADENCE_FILE", "own.toml")
    return tmp_path / "own.toml"


def in_force() -> Profile:
    return load_profile(load_settings().settings)


def mistake() -> str:
    with pytest.raises(SettingsMistakeError) as raised:
        load_settings()
    (sentence,) = raised.value.mistakes
    assert sentence.startswith("RACEDAY_CADENCE")
    assert "; allowed: " in sentence
    assert sentence.isprintable()
    return sentence


def test_the_cadence_in_force_is_the_named_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_force() == STANDARD
    monkeypatch.setenv("RACEDAY_CADENCE", "intense")
    assert in_force() == INTENSE


def test_without_extras_every_cadence_is_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACEDAY_CADENCE_EXTRAS", "false")
    assert in_force() == STANDARD.without_extras()
    assert load_profiles(load_settings().settings) == {name: one.without_extras() for name, one in PROFILES.items()}


def test_a_file_adds_its_tables_and_replaces_those_of_the_same_name(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(OWN)
    assert in_force().window_seconds == 300
    monkeypatch.setenv("RACEDAY_CADENCE", "mine")
    assert in_force().window_seconds == 600
    assert load_profiles(load_settings().settings)["intense"] == INTENSE


def test_a_file_may_begin_with_a_byte_order_mark(file: Path) -> None:
    file.write_text(OWN, encoding="utf-8-sig")
    assert in_force().window_seconds == 300


def test_a_file_in_the_home_folder_is_found(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(OWN)
    monkeypatch.setenv("HOME", str(file.parent))
    monkeypatch.setenv("RACEDAY_CADENCE_FILE", "~/own.toml")
    assert in_force().window_seconds == 300


def test_an_unknown_name_is_refused_with_the_known_ones(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(OWN)
    monkeypatch.setenv("RACEDAY_CADENCE", "wild\n")
    assert mistake().startswith("RACEDAY_CADENCE: there is no table wild\\n; there are intense, mine, standard; ")


def test_a_mistake_in_the_file_is_told_with_the_setting_the_file_and_the_line(file: Path) -> None:
    file.write_text('[mine.before]\n20m = "3m"\n10m = "1m"\n')
    expected = 'RACEDAY_CADENCE_FILE: own.toml, line 2: "20m" to "10m" is no multiple of every 3m; allowed: '
    assert mistake().startswith(expected)


def test_a_mistake_in_a_table_that_is_not_used_is_refused_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACEDAY_CADENCE", "intense")
    file.write_text('[mine.before]\n10m = "1s"\n')
    assert "own.toml, line 2: " in mistake()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\xff\xfe", "own.toml is no UTF-8 text"), (b"#" * 65_537, "it is longer than 65536 bytes"), (b"", "line 1: ")],
)
def test_a_file_that_cannot_be_read_is_refused(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)
    assert reason in mistake()


def test_a_file_of_the_greatest_length_is_read(file: Path) -> None:
    file.write_text(OWN + "#" * (65_536 - len(OWN)))
    assert in_force().window_seconds == 300


def test_what_is_no_file_is_refused_and_not_waited_for(file: Path) -> None:
    assert "own.toml cannot be read: there is no such file; " in mistake()
    os.mkfifo(file)
    assert "own.toml cannot be read: there is no such file; " in mistake()


@pytest.mark.parametrize("path", [".", "/dev/zero", "~nobody-of-that-name/x", "x" * 5000, "a\nb"])
def test_a_path_to_no_file_is_refused_in_one_short_sentence(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setenv("RACEDAY_CADENCE_FILE", path)
    sentence = mistake()
    assert "cannot be read: " in sentence
    assert len(sentence) < 300


def test_a_path_that_no_system_takes_is_refused() -> None:
    with pytest.raises(SettingsMistakeError, match="cannot be read"):
        load_profile(Settings(raceday_cadence_file=Path("a\x00b")))
