"""Which look of `ops.db` asked which question about a race, and which answers were taken."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from raceday_daemon.simulator.faults import Fault
from tests.auditor.answers import Document, Request
from tests.auditor.finding import Finding, What
from tests.auditor.records import LONGEST_LOOK, Poll, Records
from tests.auditor.steps import EventStep
from tests.auditor.told_event import told_event

_TAKEN: Final = ("ok", "unchanged", "stale")
_GAVE_UP: Final = ("cancelled", "timeout", "unreachable", "store")
"""Kinds of a look that may fail although a whole answer was sent to it."""
_NOT_ASKED: Final = ("breaker_open", *_GAVE_UP)
"""Kinds of a look that may fail before it reaches the source."""

_KINDS: Final = {
    Fault.INTERNAL_ERROR: "source_fault",
    Fault.UNAVAILABLE: "source_fault",
    Fault.TOO_MANY: "throttled",
    Fault.HANG_UP: "unreachable",
    Fault.TIMEOUT: "timeout",
    Fault.STALL: "timeout",
    Fault.HALF_BODY: "unreachable",
    Fault.BROKEN_JSON: "misfit",
    Fault.PAGE: "misfit",
    Fault.WRONG_DAY: "wrong_answer",
}
"""What a record must say of each fault, where the look was not cut short."""


@dataclass
class _Cluster:
    """Looks at one race that their times cannot tell apart: one, but for those of the same instant."""

    since: datetime
    until: datetime
    looks: list[Poll]
    asked: list[Request] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MatchedLooks:
    """The answers of a race that were taken, or may have been, in their order; and what did not fit."""

    steps: Sequence[EventStep]
    findings: Sequence[Finding]


def match_looks(
    asked: Sequence[Request],
    polls: Sequence[Poll],
    records: Records,
    document: Callable[[Request], Document],
) -> MatchedLooks:
    """Match the questions about one race with its records: each answer has its look, and each look its answer."""
    clusters = _clusters(polls)
    steps: list[EventStep] = []
    findings: list[Finding] = []
    for request in asked:
        own = next((one for one in clusters if one.since <= request.at <= one.until), None)
        if own:
            own.asked.append(request)
            continue
        step, wrong = _without_record(request, clusters, records, document)
        steps += [step] if step else []
        findings += [wrong] if wrong else []
    for cluster in clusters:
        for request in _surplus(cluster):
            step, wrong = _without_record(request, clusters, records, document)
            steps += [step] if step else []
            findings += [_not_taken(request, cluster)] if wrong else []
        findings += _contradictions(cluster)
        steps += _steps(cluster, document)
    findings += [wrong for step in steps for wrong in _wrong_record(step)]
    return MatchedLooks(sorted(steps, key=_taken_at), findings)


def _taken_at(step: EventStep) -> tuple[datetime, int]:
    """Sort by when answers were taken: just before the end of their looks, which may overlap."""
    return (step.look.ended_at, step.look.place) if step.look else (step.since, 0)


def _clusters(polls: Sequence[Poll]) -> list[_Cluster]:
    found: list[_Cluster] = []
    for look in sorted((poll for poll in polls if poll.outcome != "missed"), key=lambda one: (one.began_at, one.place)):
        if found and look.began_at <= found[-1].until:
            found[-1].until = max(found[-1].until, look.ended_at)
            found[-1].looks.append(look)
        else:
            found.append(_Cluster(look.began_at, look.ended_at, [look]))
    return found


def _without_record(
    request: Request, clusters: Sequence[_Cluster], records: Records, document: Callable[[Request], Document]
) -> tuple[EventStep | None, Finding | None]:
    """Give what may have been taken by a look that a kill cut off; a finding where no kill explains it."""
    at = request.at
    until = records.cut_off_after(at, LONGEST_LOOK)
    if until is None or any(at < cluster.since < until for cluster in clusters):
        return None, Finding(What.ANSWER_WITHOUT_RECORD, request.asked, "a look", None)
    if not request.is_right:
        return None, None
    told = told_event(document(request))
    return EventStep(since=at, until=until, is_sure=False, request=request, told=told), None


def _steps(cluster: _Cluster, document: Callable[[Request], Document]) -> Iterator[EventStep]:
    for look, request in _pairs(cluster):
        yield EventStep(
            since=look.began_at,
            until=look.ended_at,
            is_sure=look.kind != "cancelled",
            request=request,
            told=told_event(document(request)),
            due_at=look.due_at,
            look=look,
        )


def _pairs(cluster: _Cluster) -> list[tuple[Poll, Request]]:
    """Pair the looks with whole answers that came while they went on.

    Each gets the last one that is left, since an earlier one may have come too late for it; the latest look chooses
    first, so that none is left without. A look that was cancelled while its transaction was under way gets what no
    other needs: only the daemon knows whether that came to its end.
    """
    left = _right(cluster)
    pairs: list[tuple[Poll, Request]] = []
    latest_first = sorted(cluster.looks, key=lambda look: (look.began_at, look.place), reverse=True)
    cancelled = [look for look in latest_first if look.kind == "cancelled"]
    for look in [*(look for look in latest_first if look.outcome in _TAKEN), *cancelled]:
        own = [request for request in left if look.began_at <= request.at <= look.ended_at]
        if own:
            left.remove(own[-1])
            pairs.append((look, own[-1]))
    return pairs


def _given(cluster: _Cluster) -> dict[int, Request]:
    """Give the answer of each look that took one, by the look's place."""
    return {look.place: request for look, request in _pairs(cluster) if look.outcome in _TAKEN}


def _surplus(cluster: _Cluster) -> Sequence[Request]:
    """Give the whole answers that no look took and none gave up: a kill may have cut another look off just then."""
    given = _given(cluster).values()
    not_taken = [request for request in _right(cluster) if request not in given]
    gave_up = [look for look in cluster.looks if look.outcome not in _TAKEN and look.kind in _GAVE_UP]
    return not_taken[: max(len(not_taken) - len(gave_up), 0)]


def _not_taken(request: Request, cluster: _Cluster) -> Finding:
    errors = [look.error for look in cluster.looks if look.outcome not in _TAKEN]
    return Finding(What.WRONG_RECORD, request.asked, "taken", errors or None)


def _contradictions(cluster: _Cluster) -> Iterator[Finding]:
    given = _given(cluster)
    failed = [look for look in cluster.looks if look.outcome not in _TAKEN]
    faulty = [request for request in cluster.asked if not request.is_right]
    for look in cluster.looks:
        if look.outcome in _TAKEN and look.place not in given:
            yield Finding(What.RECORD_WITHOUT_ANSWER, look.where, "a whole answer", _told(cluster))
    answered = [look for look in failed if look.kind not in _NOT_ASKED]
    for look in answered[len(cluster.asked) :]:
        yield Finding(What.RECORD_WITHOUT_ANSWER, look.where, "an answer", look.error)
    if faulty and cluster.asked[-1] is faulty[-1] and not failed:
        yield Finding(What.WRONG_RECORD, cluster.looks[-1].where, faulty[-1].told, cluster.looks[-1].outcome)
    elif faulty and len(failed) == len(cluster.looks) == 1:
        yield from _wrong_kind(failed[0], cluster.asked[-1])


def _wrong_kind(look: Poll, last: Request) -> Iterator[Finding]:
    fault = last.served.fault
    if fault and look.kind != _KINDS[fault] and look.kind not in _NOT_ASKED:
        yield Finding(What.WRONG_RECORD, look.where, f"{_KINDS[fault]} ({last.told})", look.error)


def _wrong_record(step: EventStep) -> Iterator[Finding]:
    look = step.look
    if look is None or look.outcome not in _TAKEN:
        return
    if look.race_status != step.told.race["status"]:
        yield Finding(What.WRONG_RECORD, f"{look.where}.race_status", step.told.race["status"], look.race_status)
    if look.error or (look.rows_written > 0) != (look.outcome == "ok"):
        yield Finding(What.WRONG_RECORD, look.where, look.outcome, (look.rows_written, look.error))


def _right(cluster: _Cluster) -> list[Request]:
    return [request for request in cluster.asked if request.is_right]


def _told(cluster: _Cluster) -> list[str]:
    return [request.told for request in cluster.asked]
