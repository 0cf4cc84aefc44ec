"""What people read: a sentence a person would write, and a short title."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from raceday_daemon.alerting.bands import Band
from raceday_daemon.alerting.happenings import Happening
from raceday_daemon.alerting.measures import Reading
from raceday_daemon.model import alerts
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import BigBet
from raceday_daemon.model.race import Race

_TITLE_SIZE: Final = 255
_MESSAGE_SIZE: Final = 1000

Text = tuple[str, str]
"""A title, and the message."""


def runner(entrant: Entrant) -> str:
    """Name a runner: Ruji (4)."""
    return f"{entrant.name} ({entrant.runner_number})"


def time_to_start(start: datetime, at: datetime) -> str:
    """Say how long it is to the start: 2 min to start, 45 s past the start."""
    seconds = round((start - at).total_seconds())
    if seconds == 0:
        return "starting now"
    return f"{_duration(abs(seconds))} {'to' if seconds > 0 else 'past the'} start"


def reading_text(
    alert_type: str, entrant: Entrant, reading: Reading, threshold: float, band: Band | None, where: str
) -> Text:
    """Say what a measure has come to; `where` names the race and the time to its start."""
    done, figures = _READ[alert_type](reading, threshold)
    who = runner(entrant)
    title = f"{who} {done}, {band} %" if band else f"{who} {done}"
    return _cut(title, f"{who} {figures}, {where}")


def happening_text(what: Happening, entrant: Entrant | None, race: Race, label: str, at: datetime) -> Text:
    """Say what happened; `label` names the race: Awapuni R1."""
    title, message = _HAPPENED[what.type](what, runner(entrant) if entrant else "", label)
    if what.type == alerts.RACE_STATUS:
        return _cut(title, message)
    return _cut(title, f"{message}, {time_to_start(race.start_time, at)}")


def start_text(label: str, start: datetime, at: datetime) -> Text:
    """Say that a race is about to start, or was to: nobody knows yet whether it did."""
    past = round((at - start).total_seconds())
    if past > 0:
        return _cut(f"{label} was due to start", f"{label}: {_duration(past)} past the advertised start")
    return _cut(f"{label} is about to start", f"{label}: {time_to_start(start, at)}")


def where(label: str, race: Race, at: datetime) -> str:
    """Name a race and the time to its start: Awapuni R1, 2 min to start."""
    return f"{label}, {time_to_start(race.start_time, at)}"


def _odds(price: float | None) -> str:
    return "no price" if price is None else f"{price:.2f}"


def _firmed(one: Reading, _threshold: float) -> Text:
    return "firmed", f"firmed {_odds(one.earlier)} to {_odds(one.now)}, -{one.value:.1f} %"


def _drifted(one: Reading, _threshold: float) -> Text:
    return "drifted", f"drifted {_odds(one.earlier)} to {_odds(one.now)}, +{one.value:.1f} %"


def _below(one: Reading, threshold: float) -> Text:
    return f"down to {_odds(one.now)}", f"is at {_odds(one.now)}, down to your {_odds(threshold)}"


def _above(one: Reading, threshold: float) -> Text:
    return f"out to {_odds(one.now)}", f"is at {_odds(one.now)}, out to your {_odds(threshold)}"


def _rose(what: str) -> Callable[[Reading, float], Text]:
    def said(one: Reading, _threshold: float) -> Text:
        return f"+{one.value:.1f} points of {what}", (
            f"has {one.now:.1f} % of {what}, up from {one.earlier or 0:.1f} % (+{one.value:.1f} points)"
        )

    return said


_READ: Final[Mapping[str, Callable[[Reading, float], Text]]] = {
    alerts.ODDS_SHORTENING: _firmed,
    alerts.ODDS_DRIFT: _drifted,
    alerts.ODDS_BELOW: _below,
    alerts.ODDS_ABOVE: _above,
    alerts.MONEY_FLOW: _rose("the new money"),
    alerts.HOLD_RISE: _rose("the hold"),
    alerts.POOL_SHARE: _rose("the Win pool"),
}


def _scratched(_what: Happening, who: str, label: str) -> Text:
    return f"{who} scratched", f"{who} is scratched, {label}"


def _big_bet(what: Happening, who: str, label: str) -> Text:
    bet = what.subject
    assert isinstance(bet, BigBet)  # noqa: S101
    stake = f"${bet.stake / 100:,.0f}"
    on = f"{stake} on {who or bet.title}"
    return on, f"{on}{f' at {_odds(bet.odds)}' if bet.odds else ''}, {label}"


def _favourite(what: Happening, who: str, label: str) -> Text:
    other = what.subject
    assert isinstance(other, Entrant)  # noqa: S101
    return (
        f"{who} is favourite now",
        f"{who} is favourite now at {_odds(what.value)}, ahead of {runner(other)}, {label}",
    )


def _status(what: Happening, _who: str, label: str) -> Text:
    return f"{label}: {what.key}", f"{label} is {what.key}, it was {what.subject}"


def _start_moved(what: Happening, _who: str, label: str) -> Text:
    moved = f"{label} starts {_duration(round(what.value))} {what.subject}"
    return moved, moved


_HAPPENED: Final[Mapping[str, Callable[[Happening, str, str], Text]]] = {
    alerts.SCRATCHED: _scratched,
    alerts.BIG_BET: _big_bet,
    alerts.FAVOURITE_CHANGED: _favourite,
    alerts.RACE_STATUS: _status,
    alerts.START_MOVED: _start_moved,
}


def _duration(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def _cut(title: str, message: str) -> Text:
    return title[:_TITLE_SIZE], message[:_MESSAGE_SIZE]
