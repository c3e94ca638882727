"""What a drive is asked with a limit: one that never answers, such as a network's, keeps nobody waiting for ever.

A question to such a drive cannot be taken back: the thread that asked it waits on, and ends with the process.
"""

from __future__ import annotations

import itertools
import math
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from studio.core.problem import Problem, ProblemError
from studio.core.words import tr

Answer = TypeVar("Answer")
SILENT_AFTER = 10.0  # seconds: a disk that sleeps takes several to answer
BITS = 4  # of that, after each of which a drive that takes its time is asked for a sign
PIECE = 0.2  # seconds of waiting in which Windows hears no Ctrl+C

_lock = Lock()
_numbers = itertools.count()
_asked: dict[Path, dict[int, float]] = {}  # when each question was asked that is not answered yet, by its folder
_heard: dict[Path, float] = {}  # when a folder's drive answered last


class SilentDriveError(ProblemError):
    """A drive does not answer."""


class _Question(Generic[Answer]):
    """What is asked of the drive of `place`, in a thread of its own, and what came of it once `came` is set."""

    def __init__(self, place: Path, ask: Callable[[], Answer]) -> None:
        self.came = Event()
        self._place, self._ask = place, ask
        self._number = next(_numbers)
        self._found: list[Answer] = []
        self._failed: list[BaseException] = []
        with _lock:
            _asked.setdefault(place, {})[self._number] = time.monotonic()
        Thread(target=copy_context().run, args=(self._work,), name=f"ask {place.name}", daemon=True).start()

    def comes_within(self, seconds: float) -> bool:
        """Wait for it so long; returns whether it has come.

        Piece by piece: of the time in which the machine slept, or this process stood still, a piece counts at most.
        """
        pieces = max(BITS, math.ceil(seconds / PIECE))
        return any(self.came.wait(seconds / pieces) for _ in range(pieces))

    def answer(self) -> Answer:
        """What came; what the question has raised is raised here."""
        if self._failed:
            raise self._failed[0]
        return self._found[0]

    def _work(self) -> None:
        try:
            self._found.append(self._ask())
        except BaseException as error:  # noqa: BLE001  raised again where it was asked
            self._failed.append(error)
        finally:
            with _lock:
                _asked[self._place].pop(self._number)
                _heard[self._place] = time.monotonic()
            self.came.set()


def answered(place: Path, ask: Callable[[], Answer], patience: float | None = None) -> Answer:
    """What `ask` returns, which asks the drive of `place`; what it raises is raised here.

    Raises SilentDriveError where there is no answer within `patience` seconds (None: SILENT_AFTER), and at once where
    the drive owes an answer for as long already: however often it is asked, few threads wait for it. `ask` may still be
    carried out then, once the drive answers.
    """
    patience = SILENT_AFTER if patience is None else patience
    if silent_for(place) >= patience:
        raise _silent(place)
    question = _Question(place, ask)
    if not question.comes_within(patience):
        raise _silent(place)
    return question.answer()


def answered_at_length(place: Path, ask: Callable[[], Answer]) -> Answer:
    """As `answered`, however long `ask` takes, as long as the drive of `place` answers anything at all meanwhile.

    For what asks much, which a drive far away may take minutes for. Raises SilentDriveError where there has been no
    sign of the drive for SILENT_AFTER seconds.
    """
    refuse_silent(place)
    bit, silent = SILENT_AFTER / BITS, silent_for(place)
    question = _Question(place, ask)
    sign: _Question[None] | None = None
    while not question.comes_within(max(0.0, min(bit, SILENT_AFTER - silent))):
        # Of the time in which the machine slept, or this process stood still, a bit counts at most.
        silent = min(silent + bit, silent_for(place))
        if silent >= SILENT_AFTER:
            raise _silent(place)
        if sign is None or sign.came.is_set():
            sign = _Question(place, partial(_give_sign, place))
    return question.answer()


def refuse_silent(place: Path) -> None:
    """Raise SilentDriveError where the drive of `place` has owed an answer for too long; it is asked nothing."""
    if is_silent(place):
        raise _silent(place)


def ask_for_sign(place: Path) -> None:
    """Ask the drive of `place` for a sign, where it owes none, without waiting; `is_silent` knows in time."""
    if not silent_for(place):
        _Question(place, partial(_give_sign, place))


def require_answer(place: Path) -> None:
    """Raise SilentDriveError where the drive of `place` does not answer; it need not have anything there."""
    answered(place, partial(_give_sign, place))


def _give_sign(place: Path) -> None:
    """Ask the drive itself: what is remembered of its files is told without it."""
    with suppress(OSError, ValueError):  # an answer, too: there is no such place
        shutil.disk_usage(place)


def is_silent(place: Path) -> bool:
    """Whether the drive of this folder has owed an answer for longer than a disk sleeps."""
    return silent_for(place) >= SILENT_AFTER


def silent_for(place: Path) -> float:
    """For how many seconds the drive of this folder has owed an answer and given none; 0 where it owes none."""
    with _lock:
        waiting = _asked.get(place)
        # One that has answered since is not silent, though what was asked before may still be on its way.
        return time.monotonic() - max(min(waiting.values()), _heard.get(place, 0.0)) if waiting else 0.0


def _silent(place: Path) -> SilentDriveError:
    remedy = tr("Connect it, or wait until it answers.")
    return SilentDriveError(Problem(str(place), tr("its drive does not answer."), remedy))
