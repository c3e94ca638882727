"""Carries out the verbs on runs in a thread, by what a run is at that moment and not by what was last shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial

from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.process.verbs import Order, after_resume, kill, leave_queue, order
from studio.core.run.commands import Command
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.lanes import AnsweringLanes

PERIOD_MS = 300


class RunOrders(QObject):
    """Decides each order in a thread, by what the run is at that moment.

    `command_wanted` (folder, command) where a worker is there to take it, `start_wanted` (folder) where resuming needs
    a new one, `failed` (Problem) where nothing can be done. A Resume that a worker leaves unread becomes a start.
    """

    command_wanted = Signal(object, object)
    start_wanted = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = AnsweringLanes("orders", self)
        self._lanes.answered.connect(self._on_answer)
        self._leaving: set[RunFolder] = set()  # runs whose worker was asked to stay and may leave nevertheless
        self._finished = False
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._on_tick)

    def give(self, folder: RunFolder, command: Command) -> None:
        """Have the command carried out, after those that were given to the run before it."""
        self._ask(folder, partial(order, folder, command))

    def end(self, folder: RunFolder) -> None:
        """Kill a worker that does not respond; one that has responded since is left alone."""
        self._ask(folder, partial(_kill, folder))

    def finish(self) -> None:
        """Carry out what was given, and nothing more."""
        self._finished = True
        self._timer.stop()
        self._lanes.finish()

    def _ask(self, folder: RunFolder, decide: Callable[[], Order | None]) -> None:
        if not self._finished:
            self._lanes.submit(folder.path, partial(self._work, folder, decide))

    def _work(self, folder: RunFolder, decide: Callable[[], Order | None]) -> None:
        try:
            found = decide()
            if found is not None:
                if not self._lanes.answer(found) and found.command is not None:
                    send_command(folder.db, found.command)
                leave_queue(found)
        except ProblemError as error:
            for problem in error.problems:
                self._lanes.answer(problem)
        except (sqlite3.Error, ValidationError, OSError) as error:
            what = tr("the run cannot be read ({error}), so nothing was done.", error=error)
            self._lanes.answer(Problem(folder.id, what, tr("Try again.")))

    @Slot(object)
    def _on_answer(self, answer: Order | Problem) -> None:
        if isinstance(answer, Problem):
            self.failed.emit(answer)
            return
        if answer.command is not None:
            self.command_wanted.emit(answer.folder, answer.command)
        if answer.pending and not self._finished:
            self._leaving.add(answer.folder)
            self._timer.start()
        if answer.starts:
            self.start_wanted.emit(answer.folder)

    @Slot()
    def _on_tick(self) -> None:
        for folder in self._leaving:
            self._ask(folder, partial(after_resume, folder))
        self._leaving.clear()
        self._timer.stop()


def _kill(folder: RunFolder) -> None:
    kill(folder, only_if_stalled=True)
