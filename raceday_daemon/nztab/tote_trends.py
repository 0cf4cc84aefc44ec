"""Tote trends: a third party's XML inside the answer, read with suspicion."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from raceday_daemon.model.errors import MisfitError

WIN_BETS = "WIN"
PLACE_BETS = "PLC"

_LIMIT_CHARACTERS = 512 * 1024


@dataclass(frozen=True, slots=True)
class ToteTrend:
    """The money in one pool by runner number, and the document's own total, in dollars.

    That total is another one than the pool's `total` in the answer: the two are taken at different moments.
    """

    pool_total: float
    investments: Mapping[int, float]


def parse_tote_trend(xml: str, bet_type: str, race_number: int) -> ToteTrend | None:
    """Read the trend of one bet type of one race; None where the document has none with an amount a runner.

    Raises MisfitError for a document that is too long, not XML, or that defines entities.
    """
    if len(xml) > _LIMIT_CHARACTERS:
        raise MisfitError(f"longer than {_LIMIT_CHARACTERS} characters")
    try:
        document = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise MisfitError(f"not safe, well-formed XML ({error})") from error
    found = list(_bets(document, bet_type, race_number))
    if not found:
        return None
    if len(found) > 1:
        raise MisfitError(f"{bet_type}: race {race_number} is in it {len(found)} times")
    try:
        return _trend(found[0])
    except ValueError as error:
        raise MisfitError(f"{bet_type}: {error}") from error


def _bets(document: Element, bet_type: str, race_number: int) -> Iterator[Element]:
    # By their places, not at any depth: races nested in races would be found once for each around them.
    for race in document.iterfind("meeting/race"):
        if race.get("race_number") == str(race_number):
            yield from (bets for bets in race.iterfind("bet_types/bet_type") if bets.get("type") == bet_type)


def _trend(bets: Element) -> ToteTrend | None:
    investments = {
        _number(runner): _dollars(amount)
        for runner in bets.iterfind("runners/runner")
        if (amount := runner.findtext("runner_investment")) is not None
    }
    pool_total = bets.findtext("pool_total")
    if not investments or pool_total is None:
        return None
    total = _dollars(pool_total)
    if max(investments.values()) > total:
        raise ValueError("more money on a runner than in the pool")
    return ToteTrend(total, investments)


def _number(runner: Element) -> int:
    number = runner.get("runner_number", "")
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise ValueError(f"{number[:40]!r} is no runner's number")
    return int(number)


def _dollars(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= 1e12:
        raise ValueError(f"{text.strip()[:40]} is no amount of money")
    return amount
