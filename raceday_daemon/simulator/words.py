"""Names for what is made up: none of a real course, horse or person, so that nobody takes it for real."""

from dataclasses import dataclass
from typing import Final

from raceday_daemon.simulator.chance import Chance

THOROUGHBRED: Final = "T"
HARNESS: Final = "H"


@dataclass(frozen=True, slots=True)
class Venue:
    """A course: `country` and `category` in the source's spelling."""

    name: str
    country: str
    state: str
    category: str


_VENUES: Final = (
    Venue("Kowhai Park", "NZ", "NZ", THOROUGHBRED),
    Venue("Banksia Hill", "AUS", "NSW", THOROUGHBRED),
    Venue("Matai Raceway", "NZ", "NZ", HARNESS),
    Venue("Wattle Creek", "AUS", "VIC", HARNESS),
    Venue("Tussock Downs", "NZ", "NZ", THOROUGHBRED),
    Venue("Ironbark", "AUS", "QLD", THOROUGHBRED),
    Venue("Fernbrook", "NZ", "NZ", HARNESS),
    Venue("Saltbush Plains", "AUS", "WA", HARNESS),
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Amber Brisk Cobalt Distant Early Fabled Gentle Hidden Idle Jolly Keen Lucky Marble Noble Ocean Proud Quiet Rapid "
    "Silver Tidal Upper Velvet Wild Yonder Zesty Copper Dusty Evening Frosted Golden Harbour Iron Jade Kindly Lofty "
    "Misty Northern Olive Paper Rolling"
)
_SECOND = _words(
    "Anchor Beacon Comet Drummer Echo Falcon Glider Harvest Island Jester Kettle Lantern Meadow Nomad Oracle Piper "
    "Quill Ranger Saddle Thunder Umbra Voyager Whistle Yarn Zephyr Biscuit Canyon Dancer Ember Fiddle Gambit Heron "
    "Ivory Juniper Knight Ledger Magpie Needle Otter Pepper"
)
_GIVEN = _words("Ada Bram Cleo Dov Edda Finn Greta Hugo Iris Jonas Kaia Leif Mara Nils Orla Piet Runa Sven Tove Una")
_FAMILY = _words(
    "Ashgrove Birchall Coldwater Dunmore Elmsley Fairweather Greenhalgh Hollis Inchbold Kettering Lockyer Marchbank "
    "Nethercott Oakhurst Penhallow Quillan Ravensdale Stanhope Tillman Underhill"
)
_RACES = ("Maiden Plate", "Handicap", "Sprint", "Stakes", "Cup", "Juvenile Plate", "Open Handicap", "Trophy")
_PACES = ("Mobile Pace", "Handicap Trot", "Standing Pace", "Mobile Trot", "Junior Drivers Pace")
_SPONSORS = ("Lantern Press", "Old Mill Bakery", "Harbour Ferries", "Plainfield Feeds", "Tower Clocks", "Reed & Rope")
_COLOURS = ("White", "Black", "Red", "Royal blue", "Emerald green", "Gold", "Orange", "Pink", "Purple", "Grey")


def venue(place: int) -> Venue:
    """Give the course of the day's meeting at that place (0, 1, ...): countries and categories take turns."""
    known = _VENUES[place % len(_VENUES)]
    if again := place // len(_VENUES):
        return Venue(f"{known.name} {again + 1}", known.country, known.state, known.category)
    return known


def race_name(chance: Chance, category: str) -> str:
    """Name a race."""
    kinds = _PACES if category == HARNESS else _RACES
    return f"{chance.one_of(_SPONSORS, 'sponsor')} {chance.one_of(kinds, 'kind of race')}"


def horse_names(chance: Chance, count: int) -> list[str]:
    """Name the horses of a race, each differently; at most 40."""
    first, second = chance.shuffled(_FIRST, "first"), chance.shuffled(_SECOND, "second")
    return [f"{one} {other}" for one, other in zip(first[:count], second[:count], strict=True)]


def person(chance: Chance, role: str) -> str:
    """Name a jockey, driver or trainer."""
    return f"{chance.one_of(_GIVEN, role, 'given')} {chance.one_of(_FAMILY, role, 'family')}"


def silks(chance: Chance) -> str:
    """Describe a jockey's colours."""
    body, band, cap = (chance.one_of(_COLOURS, part) for part in ("body", "band", "cap"))
    return f"{body}, {band.lower()} band, {cap.lower()} cap"
