"""Writes the reports of runs in a thread: a long run has many steps to read."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.core.out_of_memory import memory_problem
from studio.core.problem import Problem, ProblemError
from studio.core.run.run_folder import RunFolder
from studio.core.words import in_english, tr
from studio.ui.lanes import AnsweringLanes


class ReportWriter(QObject):
    """`written` brings the path of each report, `failed` each Problem."""

    written = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = AnsweringLanes("report", self)
        self._lanes.answered.connect(self._on_answer)
        self._asked: set[RunFolder] = set()
        self._finished = False

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
        answers = _written(folder)
        self._asked.discard(folder)
        for answer in answers:
            self._lanes.answer(answer)

    @Slot(object)
    def _on_answer(self, answer: Path | Problem) -> None:
        if self._finished:
            return
        if isinstance(answer, Problem):
            self.failed.emit(answer)
        else:
            self.written.emit(answer)


def _written(folder: RunFolder) -> tuple[Path | Problem, ...]:
    from studio.report.page import write_report  # the window's first paint does not wait for it

    try:
        with in_english():  # a file that may be sent to others
            return (write_report(folder),)
    except ProblemError as error:
        return error.problems
    except Exception as error:  # noqa: BLE001 - a thread's error would be lost
        what = tr("the report cannot be made ({kind}: {error}).", kind=type(error).__name__, error=error)
        return (memory_problem(error) or Problem(folder.id, what, tr("Try again.")),)
