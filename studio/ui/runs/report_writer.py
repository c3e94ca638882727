"""Writes the reports of runs in a thread: a long run has many steps to read."""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from shiboken6 import isValid

from studio.core.out_of_memory import memory_problem
from studio.core.problem import Problem, ProblemError
from studio.core.run.run_folder import RunFolder
from studio.core.words import in_english, tr
from studio.ui.lanes import Lanes


class ReportWriter(QObject):
    """`written` brings the path of each report, `failed` each Problem."""

    written = Signal(object)
    failed = Signal(object)
    _answered = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = Lanes("report")
        self._answers: deque[Path | Problem] = deque()
        self._asked: set[RunFolder] = set()
        self._finished = False
        self._answered.connect(self._on_answered)

    def write(self, folder: RunFolder) -> None:
        """Write the run's report into its folder; one that is being written is not asked for twice."""
        if not self._finished and folder not in self._asked:
            self._asked.add(folder)
            self._lanes.submit(folder.path, partial(self._work, folder))

    def finish(self) -> None:
        """Write what was asked for, and tell nothing more."""
        self._finished = True
        self._lanes.finish()

    def _work(self, folder: RunFolder) -> None:
        from studio.report.page import write_report  # the window's first paint does not wait for it

        try:
            with in_english():  # a file that may be sent to others
                self._answers.append(write_report(folder))
        except ProblemError as error:
            self._answers.extend(error.problems)
        except Exception as error:  # noqa: BLE001 - a thread's error would be lost
            what = tr("the report cannot be made ({kind}: {error}).", kind=type(error).__name__, error=error)
            self._answers.append(memory_problem(error) or Problem(folder.id, what, tr("Try again.")))
        self._asked.discard(folder)
        if isValid(self):
            self._answered.emit()

    @Slot()
    def _on_answered(self) -> None:
        while self._answers and not self._finished:
            answer = self._answers.popleft()
            if isinstance(answer, Problem):
                self.failed.emit(answer)
            else:
                self.written.emit(answer)
