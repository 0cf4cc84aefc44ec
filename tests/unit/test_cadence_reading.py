"""Cadences of one's own: what is read from their file, and each mistake with its line."""

from dataclasses import replace
from pathlib import Path

import pytest

from raceday_daemon.cadence.profile import STANDARD, Extras, Profile, Step
from raceday_daemon.cadence.reading import CadenceMistakeError, read_profiles

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "cadence.toml"
TABLE = '[mine.before]\n10m = "1m"\n'
"""Two lines; the after-table of a test begins at the third."""


def mistake(text: str) -> str:
    with pytest.raises(CadenceMistakeError) as raised:
        read_profiles(text)
    assert str(raised.value) == f"line {raised.value.line}: {raised.value.sentence}"
    return str(raised.value)


def test_the_example_to_copy_is_the_standard_cadence() -> None:
    assert read_profiles(EXAMPLE.read_text()) == {"mine": replace(STANDARD, name="mine")}


def test_what_a_table_leaves_out_is_as_in_the_standard_cadence() -> None:
    before = (Step(from_seconds=600, every_seconds=60),)
    assert read_profiles(TABLE) == {"mine": Profile(name="mine", before=before)}
    assert read_profiles(f"{TABLE}[mine.after]\n") == read_profiles(TABLE)
    assert read_profiles(f'{TABLE}[mine.after]\nclosed = "20s"')["mine"].extras == Extras(closed_every_seconds=20)


def test_everything_after_the_start_can_be_set() -> None:
    text = """
        [mine.after]
        until_final = "2m"
        late = "30s"
        late_for = "1h"
        later = "90s"
        closed = "45s"
        after_final = [
            "5m",
            "2h",
        ]
        after_abandoned = []
    """
    assert read_profiles(TABLE + text)["mine"] == Profile(
        name="mine",
        before=(Step(from_seconds=600, every_seconds=60),),
        until_final_every_seconds=120,
        extras=Extras(
            late_every_seconds=30,
            late_for_seconds=3600,
            later_every_seconds=90,
            closed_every_seconds=45,
            after_final_seconds=(300, 7200),
            after_abandoned_seconds=(),
        ),
    )


def test_the_steps_may_stand_in_any_order() -> None:
    profile = read_profiles('[mine.before]\n30s = "15s"\n1h = "30m"\n30m = "30s"\n')["mine"]
    assert [(step.from_seconds, step.every_seconds) for step in profile.before] == [(3600, 1800), (1800, 30), (30, 15)]


def test_a_file_may_hold_several_tables_in_any_spelling_of_toml() -> None:
    text = """
        intense = { before = { 5m = "15s" } }
        my-2nd.before."1h" = '10m'
        [ "standard" . before ]  # replaced
        "10m" = "1m"
        [third]
        before = { 2m = "15s" }
    """
    read = read_profiles(text.replace("\n", "\r\n"))
    assert {name: profile.window_seconds for name, profile in read.items()} == {
        "intense": 300,
        "my-2nd": 3600,
        "standard": 600,
        "third": 120,
    }


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ('20m = "3m"\n10m = "1m"', 'line 2: "20m" to "10m" is no multiple of every 3m'),
        ('10m = "1m"\n\n5m = "40s"', 'line 4: "5m" to the start is no multiple of every 40s'),
        ('10m = "10s"', 'line 2: "10s" is too short: the source makes nothing new within 15s'),
        ('10m = "0s"', 'line 2: "0s" is too short: the source makes nothing new within 15s'),
        ('25h = "5m"', 'line 2: "25h" is more than 24h before the start'),
        ('1440m = "5m"\n86401s = "1s"', 'line 3: "86401s" is more than 24h before the start'),
        ('0m = "15s"', 'line 2: "0m" is not before the start'),
        ('60m = "5m"\n20m = "1m"\n1h = "5m"', 'line 4: "1h" is the same as "60m"'),
        ('ten = "5m"', 'line 2: "ten" is no duration such as 90s, 5m or 1h'),
        ('"-5m" = "5m"', 'line 2: "-5m" is no duration such as 90s, 5m or 1h'),
        ("10m = 60", "line 2: 60 is no duration such as 90s, 5m or 1h"),
        ('10m = "5 m"', 'line 2: "5 m" is no duration such as 90s, 5m or 1h'),
        ('10m = ["1m"]', 'line 2: ["1m"] is no duration such as 90s, 5m or 1h'),
        ("10m = 2025-07-17", 'line 2: "2025-07-17" is no duration such as 90s, 5m or 1h'),
        ("", "line 1: [mine.before] is missing or empty"),
        ('10m = "1m"\n10m = "2m"', "line 3: it is no TOML: Cannot overwrite a value"),
        (
            f'10m = "{"x" * 50_000}"',
            f'line 2: "{"x" * 39}... is no duration such as 90s, 5m or 1h',
        ),
        ('10m = "\\u202e\\u0000"', 'line 2: "\\u202e\\u0000" is no duration such as 90s, 5m or 1h'),
    ],
)
def test_a_mistake_before_the_start_is_told_with_its_line(entries: str, told: str) -> None:
    assert mistake(f"[mine.before]\n{entries}\n") == told


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ('closed = "14s"', 'line 4: "14s" is too short: the source makes nothing new within 15s'),
        ('until_final = "7h"', 'line 4: "7h" is too long: a race is given up 6h after its start'),
        ('until_final = "soon"', 'line 4: "soon" is no duration such as 90s, 5m or 1h'),
        ('latr = "15s"', None),
        ('late = "7m"', 'line 4: late_for "30m" is no multiple of late "7m"'),
        ('late_for = "20s"\nlate = "15s"', 'line 4: late_for "20s" is no multiple of late "15s"'),
        ('later = "1m"\nlate_for = "0s"', 'line 5: "0s" is too short: the source makes nothing new within 15s'),
        ('after_final = "10m"', 'line 4: "10m" is no list such as ["10m", "30m"]'),
        ('after_final = ["10m", 30]', "line 4: 30 is no duration such as 90s, 5m or 1h"),
        ('after_final = ["30m", "10m"]', 'line 4: "10m" does not follow "30m" by 15s or more'),
        ('after_abandoned = [\n"10m",\n"600s"]', 'line 4: "10m" does not follow "10m" by 15s or more'),
        ('after_abandoned = ["361m"]', 'line 4: "361m" is too long: a race is given up 6h after its start'),
    ],
)
def test_a_mistake_after_the_start_is_told_with_its_line(entries: str, told: str | None) -> None:
    known = "known: until_final, late, late_for, later, closed, after_final, after_abandoned"
    assert mistake(f"{TABLE}[mine.after]\n{entries}\n") == (told or f'line 4: "latr" is not known here; {known}')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: there is no table: one such as [mine.before] is needed"),
        ("# nothing\n", "line 1: there is no table: one such as [mine.before] is needed"),
        ("\n[mine]\n", "line 2: [mine.before] is missing or empty"),
        ('\n[mine.after]\nlate = "15s"', "line 2: [mine.before] is missing or empty"),
        ('\n[mine.during]\n5m = "1m"', 'line 2: "during" is not known here; known: before, after'),
        ('[mine.before]\n5m = "1m"\n\n[mine.before.10m]\n', "line 4: {} is no duration such as 90s, 5m or 1h"),
        ("\nmine = 5", "line 2: mine is no table, such as [mine.before]"),
        ("[mine]\nbefore = 5", "line 2: mine.before is no table, such as [mine.before]"),
        ('[[mine.before]]\n5m = "1m"', "line 1: mine.before is no table, such as [mine.before]"),
        (f'{TABLE}[mine]\nafter = "none"', "line 4: mine.after is no table, such as [mine.before]"),
        ('\n["my own".before]\n5m = "1m"', 'line 2: "my own" is no name: 1 to 40 letters, digits, - and _ are'),
        ('["".before]\n5m = "1m"', 'line 1: "" is no name: 1 to 40 letters, digits, - and _ are'),
        ('[réel.before]\n5m = "1m"', None),
        ("\n[mine.before\n", "line 2: it is no TOML: Expected ']' at the end of a table declaration"),
        (f"{TABLE}5m =", "line 3: it is no TOML: Invalid value"),
        (f'{TABLE}[mine.after]\n\nlate = "15s', None),
        (f"a = {'[' * 9000}", "line 1: it is no TOML that can be read: it is nested too deeply"),
        (f"a = {'9' * 5000}", None),
    ],
)
def test_a_file_of_another_shape_is_refused_with_a_line(text: str, told: str | None) -> None:
    sentence = mistake(text)
    assert sentence == told if told else "it is no TOML" in sentence


def test_a_mistake_in_the_second_table_is_told_where_it_stands() -> None:
    text = f'{TABLE}\n# another\n[other.before]\n10m = "1m"\n5m = "40s"\n'
    assert mistake(text) == 'line 7: "5m" to the start is no multiple of every 40s'


def test_an_entry_that_has_no_line_of_its_own_is_told_by_the_line_around_it() -> None:
    assert mistake('\nmine = { before = { 10m = "1m", 5m = "40s" } }').startswith('line 2: "5m" to the start')
    assert mistake('[mine]\nbefore = { 10m = "45s" }\n').startswith("line 2: ")
    assert mistake('# dotted\nmine.before.10m = "1m"\nmine.before.5m = "40s"\n').startswith("line 3: ")
    assert mistake('[mine.before]\n\n"5\\u006d" = "40s"\n').startswith("line 1: ")
    assert mistake('\n["\\u006dine".before]\n5m = "40s"\n').startswith("line 1: ")
