"""Sends commands to workers in a thread: another program may hold run.db, and its disk may sleep."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.run.commands import Command
from studio.core.run.run_database import DATABASE_PATIENCE
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr
from studio.ui.lanes import AnsweringLanes


class CommandSender(QObject):
    """Writes a run's commands into its run.db in order, and waits for a while where another program holds it.

    `sent` says that one was written, `failed` brings the Problem of one that was not.
    """

    sent = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = AnsweringLanes("commands", self)
        self._lanes.answered.connect(self._on_answer)

    def send(self, folder: RunFolder, command: Command) -> None:
        """Send now, or as soon as the database is free; emits `sent` or `failed` (with a Problem)."""
        self._lanes.submit(folder.path, partial(self._send, folder, command))

    def finish(self) -> None:
        """Send what is still waiting: the window is about to close."""
        self._lanes.finish()

    def _send(self, folder: RunFolder, command: Command) -> None:
        problem = None
        try:
            send_command(folder.db, command, DATABASE_PATIENCE)
        except (ProblemError, OSError) as error:
            problem = Problem(folder.id, tr("the command was not sent ({error}).", error=error), tr("Try again."))
        self._lanes.answer(problem)

    @Slot(object)
    def _on_answer(self, problem: Problem | None) -> None:
        if problem is None:
            self.sent.emit()
        else:
            self.failed.emit(problem)
