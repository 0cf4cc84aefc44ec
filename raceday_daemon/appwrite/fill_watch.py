"""How full the outbox is: said loudly well before it is full, and what happens when it is."""

from collections.abc import Callable
from typing import Final

from loguru import logger

from raceday_daemon.model.status import OnwardStatus

CHECK_SECONDS: Final = 15.0
_LOUD_FROM: Final = 0.5
_ROOM_AGAIN: Final = 0.9


class FillWatch:
    """Judges how many rows wait against how many may; refused ones count too, since they wait for a person."""

    def __init__(self, most_rows: int, set_full: Callable[[bool], None]) -> None:
        """Begin as not full; `set_full` is told of every change."""
        self._most = most_rows
        self._set_full = set_full
        self._is_full = self._is_loud = False

    def judge(self, state: OnwardStatus) -> None:
        """Look at the number of rows that wait, warn once on the way up, and close or open the way for history."""
        self._judge_fullness(state)
        is_loud = state.waiting + state.refused >= self._most * _LOUD_FROM
        if is_loud and not self._is_loud:
            logger.warning(
                "{waiting} rows wait for Appwrite, since {oldest}; at {most} no more history is queued",
                action="outbox_filling",
                waiting=state.waiting + state.refused,
                oldest=f"{state.oldest:%Y-%m-%d %H:%M} UTC" if state.oldest else "now",
                most=self._most,
            )
        self._is_loud = is_loud

    def _judge_fullness(self, state: OnwardStatus) -> None:
        is_full = state.waiting + state.refused >= self._most * (_ROOM_AGAIN if self._is_full else 1)
        if is_full == self._is_full:
            return
        self._is_full = is_full
        self._set_full(is_full)
        if is_full:
            logger.critical(
                "the outbox is full ({waiting} rows): odds and money history stays on this machine and is no longer"
                " sent; mend the way to Appwrite, or raise RACEDAY_OUTBOX_MAX_ROWS",
                action="outbox_full",
                waiting=state.waiting + state.refused,
            )
        else:
            logger.warning(
                "the outbox has room again; {left_out} rows of history were not queued meanwhile",
                action="outbox_room",
                left_out=state.left_out,
            )
