"""The parts of the source's answers that are needed, in the source's own spelling.

Unknown properties are ignored. Every property may be absent or null; numbers may come as strings, and text as the
empty string: what a missing one means is for the mapping to say.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from raceday_daemon.nztab.values import day_label, instant, instant_or_none

Blank = Literal[""]
Instant = Annotated[datetime, PlainValidator(instant)]
ApiId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,35}$")]
Text = str | None
Flag = bool | Blank | None
Count = Annotated[int, Field(ge=0, le=2_000_000_000)] | Blank | None
Epoch = Annotated[int, Field(ge=0, le=4_102_444_800)] | Blank | None
Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | Blank | None
Percentage = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | Blank | None
Dollars = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)] | Blank | None


class Payload(BaseModel):
    """A part of an answer; its numbers may turn up where text is expected."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class Header(Payload):
    """The head of every answer."""

    generated_time: Instant


class CardRacePayload(Payload):
    """A race as /meetings lists it."""

    id: ApiId
    race_number: Annotated[int, Field(ge=1, le=1000)]
    name: Annotated[str, Field(min_length=1)]
    start_time: Instant
    status: Annotated[str, Field(min_length=1)]
    tote_start_time: Text = None
    track_condition: Text = None
    distance: Count = None
    weather: Text = None
    protest: Flag = None
    protest_reason: Text = None


class MeetingPayload(Payload):
    """A meeting as /meetings and /meetings/{id} describe it."""

    meeting: ApiId
    name: Annotated[str, Field(min_length=1)]
    date: Annotated[date, PlainValidator(day_label)]
    country: Annotated[str, Field(min_length=1, max_length=10)]
    category: Annotated[str, Field(min_length=1, max_length=10)]
    category_name: Annotated[str, Field(min_length=1)]
    state: Text = None
    track_condition: Text = None
    tote_status: Text = None
    races: list[CardRacePayload] | None = None


class MeetingsData(Payload):
    """The data of /meetings and /meetings/{id}."""

    meetings: list[MeetingPayload] | None = None


class RaceListingPayload(Payload):
    """A race as /list names it."""

    id: ApiId
    meeting_id: ApiId
    number: Count = None
    name: Annotated[str, Field(min_length=1)]
    advertised_start: Instant
    actual_start: Annotated[datetime | None, PlainValidator(instant_or_none)] = None


class RaceListData(Payload):
    """The data of /list."""

    races: list[RaceListingPayload] | None = None
    next_page_token: Text = None


class OddsPayload(Payload):
    """A runner's prices; 0 is none."""

    fixed_win: Price = None
    fixed_place: Price = None
    pool_win: Price = None
    pool_place: Price = None


class RunnerPayload(Payload):
    """A runner of an event."""

    entrant_id: ApiId
    name: Annotated[str, Field(min_length=1)]
    runner_number: Annotated[int, Field(ge=0, le=1000)]
    barrier: Count = None
    is_scratched: Flag = None
    is_late_scratched: Flag = None
    is_emergency: Flag = None
    scratch_time: Epoch = None
    jockey: Text = None
    trainer_name: Text = None
    silk_colours: Text = None
    silk_url_64x64: Text = None
    silk_url_128x128: Text = None
    favourite: Flag = None
    mover: Flag = None
    odds: OddsPayload | None = None

    @property
    def scratched(self) -> bool:
        """Say whether it does not run, however late that was known."""
        return bool(self.is_scratched or self.is_late_scratched)


class PrizeMonies(Payload):
    """Prize money in dollars."""

    total_value: Dollars = None


class EventRacePayload(Payload):
    """The race of an event."""

    event_id: ApiId
    meeting_id: ApiId
    status: Annotated[str, Field(min_length=1)]
    description: Annotated[str, Field(min_length=1)]
    advertised_start: Annotated[int, Field(ge=1, le=4_102_444_800)]
    race_number: Annotated[int, Field(ge=1, le=1000)]
    actual_start: Epoch = None
    race_date_nz: Text = None
    start_time_nz: Text = None
    type: Text = None
    distance: Count = None
    weather: Text = None
    track_condition: Text = None
    track_direction: Text = None
    track_surface: Text = None
    rail_position: Text = None
    silk_url: Text = None
    silk_base_url: Text = None
    entrant_count: Count = None
    field_size: Count = None
    positions_paid: Count = None
    video_channels: list[str] | None = None
    prize_monies: PrizeMonies | None = None
    protest: Flag = None
    protest_reason: Text = None


class ResultPayload(Payload):
    """A placing; all that the source sends with it is kept."""

    model_config = ConfigDict(extra="allow")

    position: Annotated[int, Field(ge=0, le=1000)]
    entrant_id: ApiId


class DividendPayload(Payload):
    """A dividend in dollars; it comes once as Interim and once as Final."""

    tote: Text = None
    product_name: Annotated[str, Field(min_length=1)]
    status: Text = None
    dividend: Dollars = None
    description: Text = None
    positions: list[dict[str, Any]] | None = None


class LiabilityPayload(Payload):
    """One of the many rows that a runner has in the money tracker, in percent of the event."""

    entrant_id: str
    hold_percentage: Percentage = None
    bet_percentage: Percentage = None


class MoneyTrackerPayload(Payload):
    """The money tracker."""

    entrants: list[LiabilityPayload] | None = None


class ToteTrendsPayload(Payload):
    """A third party's XML about one pool, as text."""

    tote_trends_data: Text = None


class TotePoolPayload(Payload):
    """A tote pool; `total` in dollars."""

    product_type: str
    total: Dollars = None
    tote_trends: ToteTrendsPayload | None = None


class BetLegRacePayload(Payload):
    """The race of a bet's leg; the entrant's id is text, or the sixteen bytes of one as numbers."""

    entrant_id: str | list[Annotated[int, Field(ge=0, le=255)]] | None = None


class BetLegPayload(Payload):
    """A leg of a bet."""

    race: BetLegRacePayload | None = None


class BetPayload(Payload):
    """A bet that the source made public; `stake` in dollars, `place_time` with nanoseconds."""

    title: Annotated[str, Field(min_length=1)]
    description: list[str] | None = None
    stake: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
    legs: list[BetLegPayload] | None = None
    place_time: Annotated[str, Field(min_length=1)]
    place_odds: Price = None


class EventData(Payload):
    """The data of an event."""

    error: Text = None
    race: EventRacePayload
    entrants: list[RunnerPayload] | None = None
    runners: list[RunnerPayload] | None = None
    results: list[ResultPayload] | None = None
    dividends: list[DividendPayload] | None = None
    money_tracker: MoneyTrackerPayload | None = None
    tote_pools: list[TotePoolPayload] | None = None
    big_bets: list[BetPayload] | None = None
    biggest_bet: BetPayload | None = None


class Answer(Payload):
    """What every answer has: its head, and the echo of the question."""

    header: Header
    params: dict[str, Any]


class MeetingsAnswer(Answer):
    """The answer of /meetings and /meetings/{id}."""

    data: MeetingsData


class RaceListAnswer(Answer):
    """The answer of /list."""

    data: RaceListData


class EventAnswer(Answer):
    """The answer of /events/{id}."""

    data: EventData


class ErrorData(Payload):
    """The data of an answer that holds nothing but an error."""

    error: Text = None


class ErrorAnswer(Payload):
    """An answer that says what is wrong, with status 200."""

    data: ErrorData
