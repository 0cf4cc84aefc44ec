"""Every table, declared once, in the notation of docs/data.md: both stores, the docs and the tests read this.

A column is its name and its type: sN text of N characters, T long text (65,535), i integer, f float, b boolean,
t instant; `*` is required; `race=raceId` is a column that repeats another. Every
table has a text `id` besides.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "s"
    LONG_TEXT = "T"
    INTEGER = "i"
    FLOAT = "f"
    BOOLEAN = "b"
    INSTANT = "t"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `size` is the longest text in characters, `repeats` the column whose value it holds by another name."""

    name: str
    kind: Kind
    size: int | None
    required: bool
    repeats: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its public name; in SQLite the name has _ for -."""

    name: str
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def sqlite_name(self) -> str:
        """Give the name in SQLite."""
        return self.name.replace("-", "_")


def _column(name: str, notation: str) -> Column:
    name, _, repeats = name.partition("=")
    kind = Kind(notation[0])
    size = notation[1:].rstrip("*")
    return Column(
        name,
        kind,
        65_535 if kind is Kind.LONG_TEXT else int(size) if size else None,
        notation.endswith("*"),
        repeats or None,
    )


def _table(name: str, columns: str, indexes: str = "") -> Table:
    words = columns.split()
    return Table(
        name,
        tuple(_column(name, notation) for name, notation in zip(words[::2], words[1::2], strict=True)),
        tuple(tuple(index.split()) for index in indexes.split(";") if index.strip()),
    )


MEETINGS: Final = _table(
    "meetings",
    "meetingId s36* meetingName s255* country s10* state s10 raceType=categoryName s100* category s10*"
    " categoryName s100 date t* trackCondition s50 trackDirection s50 trackSurface s50 railPosition s255 weather s50"
    " status s20* toteStatus s20 firstRaceStart t lastRaceStart t withdrawnAt t dataSource s50"
    " apiGeneratedTime t lastUpdated t",
    "date; country; status",
)

RACES: Final = _table(
    "races",
    "raceId s36* meeting=meetingId s36 meetingId s36* name s255* raceNumber i* startTime t* actualStart t"
    " toteStartTime s20 startTimeNz s30 raceDateNz s10 distance i trackCondition s50 trackSurface s50 weather s50"
    " status s20* type s10 totalPrizeMoney i entrantCount i fieldSize i positionsPaid i silkUrl s500 silkBaseUrl s255"
    " videoChannels s500 protest b protestReason s1000 importedAt t lastUpdated t lastPollTime t lastStatusChange t"
    " finalizedAt t abandonedAt t withdrawnAt t",
    "startTime; status; raceId; meetingId; raceDateNz; status startTime",
)

ENTRANTS: Final = _table(
    "entrants",
    "entrantId s36* race=raceId s36* raceId s36* name s255* runnerNumber i* barrier i isScratched b isLateScratched b"
    " isEmergency b scratchTime i jockey s255 trainerName s255 silkColours s255 silkUrl64 s500 silkUrl128 s500"
    " favourite b mover b fixedWinOdds f fixedPlaceOdds f poolWinOdds f poolPlaceOdds f winOdds f placeOdds f"
    " holdPercentage f betPercentage f winPoolPercentage f winPoolAmount i shareMethod s20 placePoolPercentage f"
    " placePoolAmount i placeShareMethod s20 lastUpdated t importedAt t",
    "raceId; raceId isScratched",
)

ODDS_HISTORY: Final = _table(
    "odds-history",
    "entrant=entrantId s36* entrantId s36* raceId s36* type s20* odds f* eventTimestamp t* timeToStartSeconds i",
    "entrantId eventTimestamp; raceId eventTimestamp",
)

MONEY_FLOW_HISTORY: Final = _table(
    "money-flow-history",
    "entrant=entrantId s36* entrantId s36* raceId s36* type s30* timeToStart i timeInterval i* intervalType s10"
    " holdPercentage f betPercentage f winPoolPercentage f placePoolPercentage f winPoolAmount i placePoolAmount i"
    " incrementalWinAmount i incrementalPlaceAmount i totalPoolAmount i shareMethod s20 placeShareMethod s20"
    " fixedWinOdds f fixedPlaceOdds f poolWinOdds f poolPlaceOdds f eventTimestamp t* pollingTimestamp t*",
    "raceId entrantId timeInterval; raceId timeInterval",
)

RACE_POOLS: Final = _table(
    "race-pools",
    "raceId s36* winPoolTotal i placePoolTotal i quinellaPoolTotal i trifectaPoolTotal i exactaPoolTotal i"
    " first4PoolTotal i totalRacePool i currency s10* lastUpdated t",
    "raceId",
)

RACE_RESULTS: Final = _table(
    "race-results",
    "raceId s36* race=raceId s36* resultsAvailable b* resultStatus s20 resultTime t resultsData T dividendsData T"
    " fixedOddsData T protestLodged b photoFinish b stewardsInquiry b lastUpdated t",
    "raceId",
)

BIG_BETS: Final = _table(
    "big-bets",
    "raceId s36* entrantId s36 title s255* description T stake i* odds f placedAt t* legs i",
    "raceId",
)

USER_ALERT_CONFIGS: Final = _table(
    "user-alert-configs",
    "userId s128* enabled b* alertType s30 threshold f entrant s36 race s36 windowSeconds i cooldownSeconds i"
    " channel s255 indicatorType s30 percentageRangeMin f percentageRangeMax f color s20 displayOrder i isDefault b"
    " audibleAlertsEnabled b lastUpdated t createdAt t",
    "userId; entrant; race; enabled",
)

NOTIFICATIONS: Final = _table(
    "notifications",
    "userId s128* title s255* message s1000* type s30* read b* raceId s36 entrantId s36 ruleId s36 value f"
    " previousValue f threshold f eventTimestamp t* createdAt t*",
    "userId; userId read",
)

FUNCTION_LOCKS: Final = _table(
    "function-locks",
    "executionId s36* owner s255* startTime t* lastHeartbeat t* expiresAt t epoch i* status s20 progress T",
)

SCHEMA_VERSION: Final = _table("schema-version", "version s20* appliedAt t*")

TABLES: Final = (
    MEETINGS,
    RACES,
    ENTRANTS,
    ODDS_HISTORY,
    MONEY_FLOW_HISTORY,
    RACE_POOLS,
    RACE_RESULTS,
    BIG_BETS,
    USER_ALERT_CONFIGS,
    NOTIFICATIONS,
    FUNCTION_LOCKS,
    SCHEMA_VERSION,
)

RACE_TABLES: Final = (
    MEETINGS,
    RACES,
    ENTRANTS,
    ODDS_HISTORY,
    MONEY_FLOW_HISTORY,
    RACE_POOLS,
    RACE_RESULTS,
    BIG_BETS,
)
"""What everybody may read whom RACEDAY_READ_ROLE names."""

PEOPLES_TABLES: Final = (USER_ALERT_CONFIGS, NOTIFICATIONS)
"""What belongs to users: in Appwrite each row has a permission of its own."""

RELATIONSHIPS: Final = {(RACES.name, "meeting"): MEETINGS.name}
"""The columns that are real relationships in Appwrite, and where each leads: a table with one takes no bulk calls."""
