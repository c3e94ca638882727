"""What a person wants done with a run, decided by what the run is at that moment and not by what was last shown."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.run.commands import Command, Resume, taken_back
from studio.core.run.run_folder import RunFolder
from studio.core.state.run_state import read_state

PERIOD_MS = 300

_DOING = {
    "Pause": "pause",
    "Stop": "stop",
    "Resume": "resume",
    "EvaluateNow": "score",
    "SampleNow": "sample",
    "CheckpointNow": "save",
}


@dataclass(frozen=True, slots=True)
class _Decision:
    folder: RunFolder
    command: Command | None = None  # for the worker that the run has
    starts: bool = False
    looks_again: bool = False
    problems: tuple[Problem, ...] = ()


class RunOrders(QObject):
    """Reads a run anew in a thread for each order, and says what that comes to.

    `command_wanted` (folder, command) where a worker is there to take it, `start_wanted` (folder) where resuming needs
    a new one, `failed` (Problem) where there is nothing to be done. A Resume that its worker leaves without having
    taken becomes a start.
    """

    command_wanted = Signal(object, object)
    start_wanted = Signal(object)
    failed = Signal(object)
    _decided = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="orders")
        self._decisions: deque[_Decision] = deque()
        self._leaving: set[RunFolder] = set()  # runs whose worker was asked to stay, and may leave all the same
        self._finished = False
        self._decided.connect(self._on_decided)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    def give(self, folder: RunFolder, command: Command) -> None:
        """Have the command carried out, after those that were given before it."""
        self._ask(folder, partial(_decide, folder, command))

    def end(self, folder: RunFolder) -> None:
        """End the process of a worker that heeds nothing; one that was heard of again since then is left alone."""
        self._ask(folder, partial(_end, folder))

    def finish(self) -> None:
        """Carry out what was given, and nothing more."""
        self._finished = True
        self._timer.stop()
        self._pool.shutdown(wait=True)
        self._on_decided()

    def _ask(self, folder: RunFolder, decide: Callable[[], _Decision | None]) -> None:
        if not self._finished:
            self._pool.submit(self._work, folder, decide)

    def _work(self, folder: RunFolder, decide: Callable[[], _Decision | None]) -> None:
        try:
            found = decide()
        except ProblemError as error:
            found = _Decision(folder, problems=error.problems)
        except (sqlite3.Error, ValidationError, OSError) as error:
            problem = Problem(folder.id, f"the run cannot be read ({error}), so nothing was done.", "Try again.")
            found = _Decision(folder, problems=(problem,))
        if found is not None:
            self._decisions.append(found)
            self._decided.emit()

    @Slot()
    def _on_decided(self) -> None:
        while self._decisions:
            decision = self._decisions.popleft()
            if decision.command is not None:
                self.command_wanted.emit(decision.folder, decision.command)
            if not self._finished and (decision.looks_again or isinstance(decision.command, Resume)):
                self._leaving.add(decision.folder)
                self._timer.start()
            if decision.starts:
                self.start_wanted.emit(decision.folder)
            for problem in decision.problems:
                self.failed.emit(problem)

    @Slot()
    def _on_tick(self) -> None:
        for folder in self._leaving:
            self._ask(folder, partial(_look_after, folder))
        self._leaving.clear()
        self._timer.stop()


def _decide(folder: RunFolder, command: Command) -> _Decision:
    alive = folder.is_alive()
    state = read_state(folder)
    # A worker that has said its end, and is about to leave, holds the run still: no other can be started.
    if state.is_live or (alive and isinstance(command, Resume)):
        return _Decision(folder, command)
    if isinstance(command, Resume) and state.state != "finished":
        return _Decision(folder, starts=True)
    what = f"it is {state.state} by now, so there is nothing to {_DOING[command.kind]}."
    return _Decision(folder, problems=(Problem(folder.id, what, "Its page says how it ended."),))


def _look_after(folder: RunFolder) -> _Decision | None:
    """Whether the worker took the Resume, or left without it."""
    alive = folder.is_alive()
    with folder.reader() as reader:
        waits = taken_back(reader.waiting_commands())
    if not waits:
        return None
    if alive:
        return _Decision(folder, looks_again=True)
    state = read_state(folder)
    # The worker that left may have put the run in the queue again itself.
    return _Decision(folder, starts=not state.is_live and state.state not in ("waiting", "finished"))


def _end(folder: RunFolder) -> None:
    from studio.core.process.kill_worker import end_now

    state = read_state(folder)
    if state.is_live and not state.stalled:
        raise ProblemError.at(
            folder.id, "its worker was heard of again, so it was not ended.", "Press Stop to end the run."
        )
    end_now(folder)
