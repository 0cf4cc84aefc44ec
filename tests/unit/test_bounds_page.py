"""The bounds in docs/operations.md are those of the code: each constant here is the figure in its row."""

import re
from importlib import import_module

import pytest

from tests.papers import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text().split("\n## Bounds\n")[1].split("\n## ")[0]
ROWS = {
    what.replace("`", ""): limit
    for what, limit in re.findall(r"^\| ([^|]+) \| ([^|]*) \| [^|]*\|$", PAGE, re.MULTILINE)
}
UNITS: dict[str, set[int]] = {
    "s": {1},
    "min": {60},
    "minutes": {60},
    "h": {3600},
    "KB": {1000, 1024},
    "MB": {1, 1_000_000, 1024 * 1024},
}

FIGURES = [
    ("an answer's body, unpacked", "8 MB", "model.exchange:BODY_LIMIT_BYTES"),
    ("a tote trend's XML", "512 KB", "nztab.tote_trends:_LIMIT_CHARACTERS"),
    ("one call", "5 s", "nztab.transport:_CONNECT_SECONDS"),
    ("tries of a call", "3", "nztab.lanes:DAILY_ATTEMPTS"),
    ("tries of a call", "1", "nztab.lanes:POLL_ATTEMPTS"),
    ("failures in a row", "5", "nztab.breaker:FAILURES_TO_OPEN"),
    ("pages of one question", "50", "nztab.source:MOST_PAGES"),
    ("connections to the source", "100", "nztab.transport:_CONNECTIONS"),
    ("a poll", "15 s", "cadence.turn:LONGEST_LOOK_SECONDS"),
    ("the loop's lag", "1 s", "ops.pulse:LAG_SECONDS"),
    ("a race that does not end", "6 h", "cadence.profile:GIVE_UP_SECONDS"),
    ("a file of cadences", "64 KB", "settings_loading:_MOST_CADENCE_FILE_BYTES"),
    ("days in one run-once", "366", "commands.options:_LONGEST_RANGE_DAYS"),
    ("failures told in one record", "200", "jobs.tally:_MOST_FAILURES_TOLD"),
    ("records that wait for a locked ops.db", "20,000", "store.records:_MOST_UNSAVED"),
    ("waiting for a file that another process has locked", "2 s", "store.sqlite:_BUSY_SECONDS"),
    ("waiting for a file that another process has locked", "0.5 s", "store.records:_BUSY_SECONDS"),
    ("a look that waits for its record", "2 s", "store.records:_HOLD_UP_SECONDS"),
    ("files read for a status", "5 s", "web.inside:READ_SECONDS"),
    ("answers waiting to be recorded", "1,000", "recordings.writer:_QUEUE_ANSWERS"),
    ("answers waiting to be recorded", "64 MB", "recordings.writer:_QUEUE_BYTES"),
    ("room on the disk for recordings", "100 MB", "recordings.writer:_ROOM_LEFT_BYTES"),
    ("a backup: room; what of it waits to be on the disk", "1.5", "backups.taking:ROOM"),
    ("a backup: room; what of it waits to be on the disk", "8 MB", "store.held_still:_SYNC_MEGABYTES"),
    ("a backup that is restored: its manifest; its files", "64 KB", "backups.manifest:MOST_BYTES"),
    ("rows that a housekeeping removes at once; its rest after that", "5,000", "ops.portions:_MOST"),
    ("old races looked at at once", "500", "store.old_races:RACES_AT_ONCE"),
    ("records removed at once", "2,000", "store.old_records:FORGOTTEN_AT_ONCE"),
    ("a file that is written anew at night", "32 MB", "jobs.file_care:SMALL_BYTES"),
    ("rows looked at of an index for its statistics", "400", "store.file_care:_ROWS_LOOKED_AT"),
    ("old rows removed there: by a request; requests a night", "500", "appwrite.pruning:ROWS_A_REMOVAL"),
    ("old rows removed there: by a request; requests a night", "5,000", "appwrite.pruning:MOST_REQUESTS"),
    ("a page of an export", "2,000 rows", "exports.pages:PAGE_ROWS"),
    ("calls to Appwrite under way, a thread each", "4", "appwrite.connection:THREADS"),
    ("an answer of Appwrite, unpacked", "16 MB", "appwrite.client:BODY_LIMIT_BYTES"),
    ("a parcel", "1,000 rows", "appwrite.parcel:MOST_ROWS"),
    ("a parcel", "80 of them", "appwrite.parcel:MOST_RACES"),
    ("a parcel", "1,000,000 characters", "appwrite.parcel:MOST_CHARACTERS"),
    ("a parcel after failures", "250", "appwrite.parcel:LEAST_ROWS"),
    ("rows of daily jobs that wait for company", "500 rows", "appwrite.pace:COMPANY_ROWS"),
    ("how full the outbox is; history held back whose time is over", "15 s", "appwrite.fill_watch:CHECK_SECONDS"),
    ("rows waiting at the end of run-once, poll", "30 s", "one_shot:_DRAIN_SECONDS"),
    ("rows waiting at the end of alerts add", "3 s", "one_shot:_RULE_SECONDS"),
    ("a column or index that Appwrite is still making", "60 s", "appwrite.setup.builder:_STANDSTILL_SECONDS"),
    ("money points read of one race at a takeover", "2,000", "appwrite.refill_history:_MOST_OF_A_RACE"),
    ("odd rows told by name", "1,000", "appwrite.remote_rows:_MOST_TOLD"),
    ("looks of a daemon that stands by", "10 s", "jobs.polling_post:LOOK_SECONDS"),
    ("rows leaving without a confirmed heartbeat", "0.75", "jobs.polling_post:_SURE_FOR"),
    ("an answer about a lease in Appwrite", "10 s", "appwrite.leases:CALL_SECONDS"),
    ("notifications of a user", "10", "alerting.fold:MOST_A_MINUTE"),
    ("a rule's window, cooldown, time before the start", "86,400 s", "alerting.rule_types:LONGEST_SECONDS"),
    ("invalid rules told singly at one reading", "20", "intake.rules_in_step:_MOST_TOLD_SINGLY"),
    ("channels; their names", "16", "delivery.targets:MOST_CHANNELS"),
    ("notifications that wait for a channel", "1,000", "store.delivery_queue:MOST_WAITING"),
    ("a post to the webhook; a message through apprise", "10 s", "delivery.webhook:LONGEST_SECONDS"),
    ("a post to the webhook; a message through apprise", "30 s", "delivery.apprise_channel:LONGEST_SECONDS"),
    ("what run-once, poll wait for notifications", "5 s", "delivering:_DRAIN_SECONDS"),
    ("connections to the daemon's site", "300", "web.server:MOST_CONNECTIONS"),
    ("questions to it that wait for the files", "64", "web.turns:MOST_WAITING"),
    ("a connection to it that is idle after an answer", "15 s", "web.server:_IDLE_SECONDS"),
    ("an answer that its caller does not read", "30 s", "web.server:UNREAD_SECONDS"),
    ("streams of events; of one caller that waits", "250", "web.events.stream:MOST_STREAMS"),
    ("streams of events; of one caller that waits", "256 events", "web.events.listener:MOST_WAITING"),
    ("streams of events; of one caller that waits", "1 MB", "web.events.listener:MOST_BYTES"),
    ("events kept for those who come back", "1,000", "web.events.hub:MOST_KEPT"),
    ("a status in the stream", "5 s", "web.events.newsroom:STATUS_SECONDS"),
    (
        "writes through the API, and wrong tokens, of one address (IPv6: a network of 64 bits)",
        "30",
        "web.rates:WRITES_A_MINUTE",
    ),
    ("addresses whose writes are counted", "1,000", "web.rates:MOST_ADDRESSES"),
    ("what is sent to the API at once", "16 KB", "web.api.asked:MOST_BYTES"),
    ("what is sent to the API at once", "10 s", "web.api.asked:BODY_SECONDS"),
    ("a page of a list; points of a runner's line of prices", "500", "web.api.kinds:MOST"),
    ("a page of a list; points of a runner's line of prices", "60", "store.timeline:MOST_PRICES"),
    ("users named beside a list of alerts", "50", "store.shown_people:_MOST_USERS"),
    ("rules that can be added through the API", "10,000", "web.rule_book:MOST_RULES"),
    ("turns in a status", "20", "web.inside:MOST_TURNS"),
    ("a part of the figures", "2 s", "metrics.metrics:READ_SECONDS"),
    ("the write of /readyz", "3 s", "store.write_probe:PROBE_SECONDS"),
    ("slots lost in a row", "3 of one", "metrics.answers:LOST_SLOTS"),
    ("the loop has not turned", "5 s", "web.health:ALIVE_SECONDS"),
    ("the same", "300 s", "ops.sentinel:END_SECONDS"),
    ("not even threads run (a library holds the interpreter)", "60 s", "ops.sentinel:_MUTE_SECONDS"),
    ("addresses left to a command that begins", "160 MB", "ops.memory:_NEEDED_MEGABYTES"),
    ("log lines waiting for a slow reader", "10,000", "ops.log_sink:_QUEUE_LINES"),
    ("stages of a start under systemd", "120 s", "daemon:STAGE_SECONDS"),
    ("a start after three crashes within a minute of work each", "5 minutes", "store.lives:_LONGEST_WAIT_SECONDS"),
    ("a stop", "10 s", "vigil:CLOSING_SECONDS"),
]


def amounts(told: str) -> set[float]:
    """Give what a figure such as `8 MB` may be, in the units that code counts in."""
    number, _, unit = told.partition(" ")
    return {float(number.replace(",", "")) * factor for factor in UNITS.get(unit, {1})}


@pytest.mark.parametrize(("what", "told", "constant"), FIGURES, ids=[f"{constant}" for _, _, constant in FIGURES])
def test_a_bound_is_the_constant(what: str, told: str, constant: str) -> None:
    module, _, name = constant.partition(":")
    assert getattr(import_module(f"raceday_daemon.{module}"), name) in amounts(told)
    assert re.search(rf"(?<![\d.,]){re.escape(told)}(?![\d]|,\d)", ROWS[what]), f"{what}: {ROWS[what]}"


def test_each_bound_is_named_once() -> None:
    named = [what for what in re.findall(r"^\| ([^|]+) \|", PAGE, re.MULTILINE) if what != "what"]
    assert len(named) == len(set(named)) > 100
