"""Whatever stands in a file of cadences: it is read as it was meant, or refused with a line in one sentence."""

from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.cadence.durations import spelled_duration
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.cadence.reading import CadenceMistakeError, read_profiles
from tests.property.cadences import profiles
from tests.property.openapi_strategies import fuzz_timeout, fuzzed

pytestmark = fuzz_timeout

words = st.sampled_from(
    (
        *("[mine.before]", "[mine.after]", "[other.before]", "[mine]", "[[mine.before]]", "[mine.", "]", "[", "{", "}"),
        *("60m", "20m", "1h", "0s", "15s", "late", "late_for", "until_final", "after_final", "before", "after", "."),
        *("=", '"5m"', '"15s"', '"7s"', '["10m", "30m"]', "[]", "5", "-1", "1e400", "nan", "true", '"""', "'''"),
        *("\n", "\n", "\n", "\r", "\t", "#", "2025-07-17", "2025-13-01", '"\\u0000"', '"\u202e"', "\u2028", "é", ","),
    )
)
texts = st.text(max_size=80) | st.lists(words, max_size=25).map(" ".join) | st.lists(words, max_size=25).map("".join)


def as_toml(profile: Profile) -> str:
    """Write a cadence as people do."""
    extras = profile.extras
    assert extras is not None
    before = [f'{spelled_duration(step.from_seconds)} = "{step.every_seconds}s"' for step in profile.before]
    after = {
        "until_final": profile.until_final_every_seconds,
        "late": extras.late_every_seconds,
        "late_for": extras.late_for_seconds,
        "later": extras.later_every_seconds,
        "closed": extras.closed_every_seconds,
    }
    looks = {"after_final": extras.after_final_seconds, "after_abandoned": extras.after_abandoned_seconds}
    return "\n".join(
        (
            f"[{profile.name}.before]",
            *reversed(before),
            f"[{profile.name}.after]",
            *(f'{key} = "{spelled_duration(seconds)}"' for key, seconds in after.items()),
            *(f"{key} = {[f'{look}s' for look in instants]}" for key, instants in looks.items()),
        )
    )


def read_or_mistake(text: str) -> dict[str, Profile] | CadenceMistakeError:
    try:
        return read_profiles(text)
    except CadenceMistakeError as mistake:
        return mistake


@given(profiles())
@fuzzed(100)
def test_a_cadence_that_is_written_down_is_read_again(profile: Profile) -> None:
    extras = profile.extras
    assert extras is not None
    looks = (*extras.after_final_seconds, *extras.after_abandoned_seconds)
    if all(look <= 21_600 for look in looks):
        assert read_profiles(as_toml(profile)) == {profile.name: profile}


@given(texts)
@fuzzed(400)
def test_a_text_is_read_or_refused_with_a_line_of_it_in_one_printable_sentence(text: str) -> None:
    read = read_or_mistake(text)
    if isinstance(read, CadenceMistakeError):
        assert 1 <= read.line <= text.count("\n") + 1
        assert read.sentence.isprintable()
        assert len(read.sentence) < 200
    else:
        assert all(name == profile.name for name, profile in read.items())
