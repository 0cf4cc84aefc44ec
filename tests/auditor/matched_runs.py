"""Which run of a job asked which question about meetings, and which cards were taken."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from tests.auditor.answers import MEETINGS, Document, Request
from tests.auditor.finding import Finding, What
from tests.auditor.records import LONGEST_JOB, JobRun, Records
from tests.auditor.steps import MeetingStep
from tests.auditor.told_card import ToldCard, told_cards

_ASK_FOR_THE_DAY: Final = ("meetings", "statuses")
_ASKS_FOR_EACH: Final = "races"
_CAME_TO_ITS_END: Final = ("ok", "partial")
_REFUSALS: Final = ("misfit", "wrong_answer", "bug")
"""Kinds that say that an answer was no right one."""


@dataclass(frozen=True, slots=True)
class MatchedRuns:
    """The cards that were taken, or may have been, in the order of their questions; and what did not fit."""

    steps: Sequence[MeetingStep]
    findings: Sequence[Finding]


def match_runs(asked: Sequence[Request], records: Records, document: Callable[[Request], Document]) -> MatchedRuns:
    """Match the questions about meetings with the runs of jobs: each answer has its run, and each run its answer."""
    of_runs: dict[int, list[Request]] = {run.place: [] for run in records.runs}
    steps: list[MeetingStep] = []
    findings: list[Finding] = []
    for request in asked:
        runs = [run for run in records.runs if _may_ask(run, request)]
        waiting = _first_without(request, runs, of_runs)
        if waiting is not None:
            waiting.append(request)
        elif (until := records.cut_off_after(request.at, LONGEST_JOB)) is None:
            if runs:
                # One answer too many for a run.
                of_runs[runs[-1].place].append(request)
            else:
                findings.append(Finding(What.ANSWER_WITHOUT_RECORD, request.asked, "a run of a job", None))
        elif request.is_right:
            cards = _cards(request, document)
            steps += [MeetingStep(since=request.at, until=until, is_sure=False, told=card) for card in cards]
    for run in records.runs:
        findings += _contradictions(run, of_runs[run.place])
        steps += _steps(run, of_runs[run.place], document)
    return MatchedRuns(sorted(steps, key=lambda step: step.since), findings)


def _may_ask(run: JobRun, request: Request) -> bool:
    served = request.served
    if not run.started_at <= request.at <= run.finished_at:
        return False
    if served.path != MEETINGS:
        return run.job == _ASKS_FOR_EACH
    return run.job in _ASK_FOR_THE_DAY and parse_qs(served.query_string)["date_from"] == [run.day]


def _first_without(request: Request, runs: Sequence[JobRun], of_runs: dict[int, list[Request]]) -> list[Request] | None:
    """Give the questions of the first run whose own question is not answered yet, None for none.

    Runs may be of the same instant, and one of them may have been cut off before it left a record.
    """
    for run in runs:
        if not any(one.is_right and one.served.path == request.served.path for one in of_runs[run.place]):
            return of_runs[run.place]
    return None


def _contradictions(run: JobRun, asked: Sequence[Request]) -> Iterator[Finding]:
    right = sum(request.is_right for request in asked)
    needed = 0
    if run.status in _CAME_TO_ITS_END:
        needed = 1 if run.job in _ASK_FOR_THE_DAY else run.processed if run.job == _ASKS_FOR_EACH else 0
    if right < needed:
        told = [request.told for request in asked]
        yield Finding(What.RECORD_WITHOUT_ANSWER, run.where, f"{needed} whole answers", told)
    answered = Counter(request.served.path for request in asked if request.is_right)
    for path, count in answered.items():
        if count > 1:
            yield Finding(What.ANSWER_WITHOUT_RECORD, path, f"one answer to {run.where}", count)
    last = {request.served.path: request for request in asked}
    faulty = [request for request in last.values() if not request.is_right]
    if faulty and run.status == "ok":
        yield Finding(What.WRONG_RECORD, run.where, [request.told for request in faulty], run.status)
    refused = [kind for item, kind in run.errors if kind in _REFUSALS and item == run.job]
    if refused and right:
        yield Finding(What.WRONG_RECORD, run.where, "taken", refused)


def _steps(run: JobRun, asked: Sequence[Request], document: Callable[[Request], Document]) -> Iterator[MeetingStep]:
    """Give the cards that a run took; one that did not come to its end tells how many for sure."""
    cards = [(request, card) for request in asked if request.is_right for card in _cards(request, document)]
    if run.job in _ASK_FOR_THE_DAY:
        cards = [(request, card) for request, card in cards if card.row["date"].startswith(run.day)]
    sure = len(cards)
    if run.status not in _CAME_TO_ITS_END:
        # Those done and those that failed, unless for want of an answer: a card is taken before the look at an ended
        # race of it, which may fail.
        without_answer = {one.served.path for one in asked} - {one.served.path for one in asked if one.is_right}
        sure = run.processed + sum(item != run.job for item, _ in run.errors) - len(without_answer)
    for place, (request, card) in enumerate(cards[: sure + 1]):
        yield MeetingStep(since=request.at, until=run.finished_at, is_sure=place < sure, told=card)


def _cards(request: Request, document: Callable[[Request], Document]) -> list[ToldCard]:
    return list(told_cards(document(request)))
