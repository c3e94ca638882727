"""What a drive is asked with a limit: one that never answers, such as a network's, keeps nobody waiting for ever.

A question to such a drive cannot be taken back: the thread that asked it waits on, and ends with the process.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TypeVar

from studio.core.problem import Problem, ProblemError
from studio.core.words import tr

Answer = TypeVar("Answer")
SILENT_AFTER = 10.0  # seconds: a disk that sleeps takes several to answer

_lock = Lock()
_numbers = itertools.count()
_asked: dict[Path, dict[int, float]] = {}  # when each question was asked that is not answered yet, by its folder
_heard: dict[Path, float] = {}  # when a folder's drive answered last


class SilentDriveError(ProblemError):
    """A drive does not answer."""


def answered(place: Path, ask: Callable[[], Answer], patience: float | None = None) -> Answer:
    """What `ask` returns, which asks the drive of `place`; what it raises is raised here.

    Raises SilentDriveError where there is no answer within `patience` seconds (None: SILENT_AFTER), and at once where
    the drive owes an answer for as long already: however often it is asked, few threads wait for it. `ask` may still be
    carried out then, once the drive answers.
    """
    patience = SILENT_AFTER if patience is None else patience
    if silent_for(place) >= patience:
        raise _silent(place)
    number = next(_numbers)
    came = Event()
    found: list[Answer] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(ask())
        except BaseException as error:  # noqa: BLE001  raised again where it was asked
            failed.append(error)
        finally:
            with _lock:
                _asked[place].pop(number)
                _heard[place] = time.monotonic()
            came.set()

    with _lock:
        _asked.setdefault(place, {})[number] = time.monotonic()
    Thread(target=copy_context().run, args=(work,), name=f"ask {place.name}", daemon=True).start()
    if not came.wait(patience):
        raise _silent(place)
    if failed:
        raise failed[0]
    return found[0]


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
