"""The list of what is still wrong with a recipe; choosing a problem leads to its field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QSizePolicy, QVBoxLayout, QWidget

from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem
from studio.core.words import sentences, tr
from studio.ui.icons import icon
from studio.ui.theme import unit

ROWS_IN_SIGHT = 3


class ProblemsPanel(QWidget):
    """Lists Problems; hidden while there are none."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setObjectName("problems")
        self.list.setAccessibleName(tr("What is wrong with the recipe"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setIconSize(QSize(round(unit()), round(unit())))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(self._on_item)
        self.list.itemClicked.connect(self._on_item)
        self.list.viewport().setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        self._problems: tuple[tuple[str, Problem], ...] = ()
        self.hide()

    def show_problems(self, problems: Sequence[tuple[str, Problem]]) -> None:
        """Show problems, each with the name of what it is about."""
        if tuple(problems) == self._problems:
            return
        self._problems = tuple(problems)
        self.list.clear()
        for where, problem in self._problems:
            what = _without(problem.what, where)  # which it names already
            told = sentences(tr("{where}: {what}", where=where, what=what), problem.remedy)
            item = QListWidgetItem(icon("warning", "warning"), told)
            item.setToolTip(unmarked(str(problem)))
            item.setData(Qt.ItemDataRole.UserRole, problem)
            self.list.addItem(item)
        rows = min(ROWS_IN_SIGHT, len(self._problems))
        self.list.setFixedHeight(sum(max(self.list.sizeHintForRow(row), 1) for row in range(rows)) + 6)
        self.setVisible(bool(self._problems))

    @Slot(QListWidgetItem)
    def _on_item(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _without(what: str, where: str) -> str:
    """A problem's sentence without the name of the task before it, which is shown already."""
    task = where.removeprefix(tr("Task {name}", name=""))
    return next((what.removeprefix(f"{task}{colon}") for colon in (": ", "：") if what.startswith(task + colon)), what)
