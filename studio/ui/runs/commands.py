"""Sends commands to workers without ever waiting for run.db, which another program may hold."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.core.problem import Problem, ProblemError
from studio.core.run.commands import Command
from studio.core.run.run_database import DATABASE_PATIENCE, DatabaseBusyError
from studio.core.run.run_db import send_command
from studio.core.run.run_folder import RunFolder
from studio.core.words import tr

AGAIN_MS = 50


@dataclass(frozen=True, slots=True)
class _Letter:
    folder: RunFolder
    command: Command
    until: float  # on the monotonic clock


class CommandSender(QObject):
    """Writes commands into run.db in order, and retries for a while where another program holds the database."""

    sent = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._letters: deque[_Letter] = deque()
        self._finished = False
        self._timer = QTimer(self)
        self._timer.setInterval(AGAIN_MS)
        self._timer.timeout.connect(self._on_tick)

    def send(self, folder: RunFolder, command: Command) -> None:
        """Send now, or as soon as the database is free; emits `sent` or `failed` (with a Problem)."""
        if self._finished:
            return
        self._letters.append(_Letter(folder, command, time.monotonic() + DATABASE_PATIENCE))
        self._on_tick()

    def finish(self) -> None:
        """Send what is still waiting, and wait for that: the window is about to close."""
        self._finished = True
        self._timer.stop()
        while self._letters:
            self._try(self._letters.popleft(), DATABASE_PATIENCE)

    @Slot()
    def _on_tick(self) -> None:
        while self._letters:
            try:
                self._try(self._letters[0], 0.0)
            except DatabaseBusyError:
                self._timer.start()
                return
            self._letters.popleft()
        self._timer.stop()

    def _try(self, letter: _Letter, patience: float) -> None:
        """Send one command; raises DatabaseBusyError where it is worth retrying."""
        try:
            send_command(letter.folder.db, letter.command, patience)
        except (ProblemError, OSError) as error:
            if isinstance(error, DatabaseBusyError) and not patience and time.monotonic() < letter.until:
                raise
            self.failed.emit(
                Problem(letter.folder.id, tr("the command was not sent ({error}).", error=error), tr("Try again."))
            )
        else:
            self.sent.emit()
