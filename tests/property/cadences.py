"""Cadences and races for hypothesis."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from raceday_daemon.cadence.profile import Extras, Profile, Step
from raceday_daemon.cadence.slots import RaceTimes

START = datetime(2025, 7, 17, 0, 50, tzinfo=UTC)
DAY = timedelta(days=1)
STATUSES = ("Open", "Closed", "Interim", "Final", "Abandoned", "Delayed")

intervals = st.sampled_from((15, 20, 30, 45, 60, 90, 120, 300, 600))
instants = st.datetimes(datetime(2025, 7, 16), datetime(2025, 7, 18), timezones=st.just(UTC)) | st.integers(
    -90_000, 30_000
).map(lambda seconds: START + timedelta(seconds=seconds))
starts = st.just(START) | instants


@st.composite
def looks(draw: st.DrawFn) -> tuple[int, ...]:
    """Give offsets after an end: ascending, 15 s apart or more."""
    gaps = draw(st.lists(st.integers(15, 7200), max_size=3))
    return tuple(sum(gaps[: count + 1]) for count in range(len(gaps)))


@st.composite
def extras(draw: st.DrawFn) -> Extras:
    """Give intervals and looks that may stand together."""
    late = draw(intervals)
    return Extras(
        late_every_seconds=late,
        late_for_seconds=late * draw(st.integers(1, 21_600 // late)),
        later_every_seconds=draw(intervals),
        closed_every_seconds=draw(intervals),
        after_final_seconds=draw(looks()),
        after_abandoned_seconds=draw(looks()),
    )


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    """Give a cadence whose steps lead to each other and to the start; built from the start backwards."""
    steps: list[Step] = []
    begin = 0
    for every, count in draw(st.lists(st.tuples(intervals, st.integers(1, 30)), min_size=1, max_size=4)):
        begin += every * count
        steps.insert(0, Step(from_seconds=begin, every_seconds=every))
    return Profile(
        name=draw(st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)),
        before=tuple(steps),
        until_final_every_seconds=draw(intervals),
        extras=draw(extras()),
    )


cadences = profiles() | profiles().map(Profile.without_extras)
races = st.builds(
    RaceTimes,
    start_time=starts,
    status=st.sampled_from(STATUSES),
    imported_at=st.none() | instants,
    finalized_at=st.none() | instants,
    abandoned_at=st.none() | instants,
)
