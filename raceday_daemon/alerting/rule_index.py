"""All rules in memory, found by what they watch: a look at a race meets none that watch another."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from sys import intern
from typing import Final, NamedTuple
from zlib import crc32

from raceday_daemon.alerting.bands import BANDED, Band
from raceday_daemon.alerting.rule_types import RULE_TYPES
from raceday_daemon.model.alerts import AlertRule
from raceday_daemon.model.ids import row_id

BANDS: Final = "bands "
"""What the kind of a user's bands begins with, before what they measure."""

_AFTER_ALL_IDS: Final = "\U0010ffff"


class Watch(NamedTuple):
    """What evaluation needs of a rule, or of a user's bands; sorted, those of one kind lie together, by their bound.

    `kind` is the alert type, or what a user's bands measure after BANDS; `bound` the threshold, the lowest lower end of
    the bands. `bands` is empty for a rule. `checksum` is another one once anything of the rule is changed.
    """

    kind: str
    window_seconds: int
    bound: float
    rule_id: str
    user_id: str
    cooldown_seconds: int
    entrant: str | None
    race: str | None
    bands: tuple[Band, ...] = ()
    checksum: int = 0

    @property
    def type(self) -> str:
        """Give the alert type, for bands that of what they measure."""
        return self.kind.removeprefix(BANDS)

    def sealed(self) -> "Watch":
        """Give it with the checksum of all the rest."""
        return self._replace(checksum=crc32(repr(tuple(self)).encode()))


@dataclass(frozen=True, slots=True)
class Group:
    """Watches of one kind and window, by their bounds, that watch the same; `entrant_id` None: all runners."""

    kind: str
    window_seconds: int
    entrant_id: str | None
    _watches: list[Watch]
    _begin: int
    _end: int

    @property
    def type(self) -> str:
        """Give the alert type, for bands that of what they measure."""
        return self.kind.removeprefix(BANDS)

    def up_to(self, bound: float) -> list[Watch]:
        """Give those whose bound is at most this."""
        key = (self.kind, self.window_seconds, bound, _AFTER_ALL_IDS)
        return self._watches[self._begin : bisect_right(self._watches, key, self._begin, self._end)]

    def from_on(self, bound: float) -> list[Watch]:
        """Give those whose bound is at least this."""
        key = (self.kind, self.window_seconds, bound)
        return self._watches[bisect_left(self._watches, key, self._begin, self._end) : self._end]

    def last_below(self, bound: float) -> Watch | None:
        """Give the one with the highest bound below this; None where there is none."""
        key = (self.kind, self.window_seconds, bound)
        end = bisect_left(self._watches, key, self._begin, self._end)
        return self._watches[end - 1] if end > self._begin else None


_Scope = tuple[str | None, str | None]
"""The entrant and the race that are watched; neither: every race."""

_EVERYWHERE: Final[_Scope] = (None, None)


class RuleIndex:
    """Rules that can be evaluated, by what they watch. Rules are added, replaced and removed one at a time."""

    def __init__(self, rules: Iterable[AlertRule] = ()) -> None:
        """Begin with these rules."""
        self._watches: dict[_Scope, list[Watch]] = {}
        self._unsorted: set[_Scope] = set()
        self._by_id: dict[str, Watch] = {}
        self._bands: dict[str, dict[str, tuple[AlertRule, Band]]] = {}
        self._bands_of_row: dict[str, str] = {}
        self._outdated: set[str] = set()
        for rule in rules:
            self.put(rule)

    def __len__(self) -> int:
        """Count the rules and bands."""
        self._renew_bands()
        return len(self._by_id) - len(BANDED) * len(self._bands) + len(self._bands_of_row)

    def put(self, rule: AlertRule) -> None:
        """Add a rule without faults, in place of what has its id; a disabled one is only removed."""
        self.remove(rule.rule_id)
        if not rule.enabled:
            return
        if rule.is_band:
            self._put_band(rule)
        else:
            self._add(_watch(rule))

    def remove(self, rule_id: str) -> None:
        """Remove a rule, if there is one of that id."""
        if key := self._bands_of_row.pop(rule_id, None):
            del self._bands[key][rule_id]
            self._outdated.add(key)
        elif watch := self._by_id.get(rule_id):
            self._take_out(watch)

    def get(self, rule_id: str) -> Watch | None:
        """Give what has this id: a rule's own, or that of a user's bands of one measure."""
        self._renew_bands()
        return self._by_id.get(rule_id)

    def watch_of(self, row_id_of_rule: str, alert_type: str) -> Watch | None:
        """Give what a row is evaluated by: a rule by itself, a band with the others of its user and this measure."""
        self._renew_bands()
        key = self._bands_of_row.get(row_id_of_rule)
        return self._by_id.get(row_id(key, alert_type) if key else row_id_of_rule)

    def groups(self, race_id: str, entrant_ids: Iterable[str], *, everywhere: bool) -> list[Group]:
        """Give the rules in scope of a look at a race with these entrants; `everywhere` those of every race too."""
        self._renew_bands()
        scopes: list[_Scope] = [_EVERYWHERE] if everywhere else []
        scopes.append((None, race_id))
        for entrant_id in entrant_ids:
            scopes += [(entrant_id, None), (entrant_id, race_id)]
        return [group for scope in scopes for group in self._groups(scope)]

    def _groups(self, scope: _Scope) -> Iterator[Group]:
        watches = self._watches.get(scope)
        if not watches:
            return
        if scope in self._unsorted:
            watches.sort()
            self._unsorted.discard(scope)
        begin = 0
        while begin < len(watches):
            kind, window = watches[begin][:2]
            end = bisect_right(watches, (kind, window, float("inf")), begin)
            yield Group(kind, window, scope[0], watches, begin, end)
            begin = end

    def _add(self, watch: Watch) -> None:
        scope = (watch.entrant, watch.race)
        watches = self._watches.setdefault(scope, [])
        if watches:
            # Sorted when it is next looked at, so that many rules are added as fast as a few.
            self._unsorted.add(scope)
        watches.append(watch)
        self._by_id[watch.rule_id] = watch

    def _take_out(self, watch: Watch) -> None:
        scope = (watch.entrant, watch.race)
        watches = self._watches[scope]
        if scope in self._unsorted:
            watches.remove(watch)
        else:
            del watches[bisect_left(watches, watch)]
        if not watches:
            del self._watches[scope]
            self._unsorted.discard(scope)
        del self._by_id[watch.rule_id]

    def _put_band(self, rule: AlertRule) -> None:
        key = row_id(BANDS, rule.user_id, rule.entrant or "", rule.race or "")
        band = Band(rule.percentage_range_min or 0.0, rule.percentage_range_max, rule.rule_id)
        self._bands.setdefault(key, {})[rule.rule_id] = (rule, band)
        self._bands_of_row[rule.rule_id] = key
        self._outdated.add(key)

    def _renew_bands(self) -> None:
        """Put bands as they are now in place of what they were: once for all that was changed since a look."""
        while self._outdated:
            self._renew(self._outdated.pop())

    def _renew(self, key: str) -> None:
        """Put a user's bands in place of what they were: one watch for each measure."""
        rows = self._bands[key]
        bands = tuple(sorted((band for _, band in rows.values()), key=lambda band: (band.minimum, band.rule_id)))
        for measure in BANDED:
            if watch := self._by_id.get(row_id(key, measure)):
                self._take_out(watch)
            if bands:
                one, _ = next(iter(rows.values()))
                self._add(_band_watch(row_id(key, measure), measure, one, bands))
        if not rows:
            del self._bands[key]


def _watch(rule: AlertRule) -> Watch:
    of_type = RULE_TYPES[rule.alert_type or ""]
    cooldown = of_type.cooldown_seconds if rule.cooldown_seconds is None else rule.cooldown_seconds
    return Watch(
        kind=of_type.name,
        window_seconds=(rule.window_seconds or 0) if of_type.has_window else 0,
        bound=float(rule.threshold or 0.0) if of_type.thresholds else 0.0,
        rule_id=rule.rule_id,
        user_id=intern(rule.user_id),
        cooldown_seconds=cooldown,
        entrant=_interned(rule.entrant),
        race=_interned(rule.race),
    ).sealed()


def _band_watch(rule_id: str, measure: str, one: AlertRule, bands: tuple[Band, ...]) -> Watch:
    return Watch(
        kind=intern(BANDS + measure),
        window_seconds=0,
        bound=float(bands[0].minimum),
        rule_id=rule_id,
        user_id=intern(one.user_id),
        cooldown_seconds=RULE_TYPES[measure].cooldown_seconds,
        entrant=_interned(one.entrant),
        race=_interned(one.race),
        bands=bands,
    ).sealed()


def _interned(text: str | None) -> str | None:
    return None if text is None else intern(text)
