"""The list of what is still wrong with a recipe; choosing a problem leads to its field, its button cures it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.foreign.visible_text import unmarked
from studio.core.problem import Problem
from studio.core.words import sentences, tr
from studio.ui.controls.widgets import Button, button
from studio.ui.icons import icon
from studio.ui.new_run.cures import Cure
from studio.ui.new_run.problem_field import field_of
from studio.ui.theme import unit

ROWS_IN_SIGHT = 3
NO_CURES: Mapping[str, Cure] = MappingProxyType({})
_Index = QModelIndex | QPersistentModelIndex


class _BesideButtons(QStyledItemDelegate):
    """Leaves the words of a row as much room as its button does.

    A list that is made narrower keeps rows of the old width, whose right end is then out of sight.
    """

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:
        super().initStyleOption(option, index)
        beside = self._view.indexWidget(index)
        taken = beside.sizeHint().width() if beside is not None else 0
        option.rect = self._in_sight(option.rect).adjusted(0, 0, -taken, 0)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:
        box = self._in_sight(option.rect)
        wide = min(box.width(), editor.sizeHint().width())
        editor.setGeometry(box.right() + 1 - wide, box.top(), wide, box.height())

    def _in_sight(self, row: QRect) -> QRect:
        return QRect(row.left(), row.top(), min(row.width(), self._view.viewport().width() - row.left()), row.height())


class ProblemsPanel(QWidget):
    """Lists Problems; hidden while there are none.

    `chosen` brings the Problem that a person wants to be led to, `cure_wanted` the Cure whose button is pressed.
    """

    chosen = Signal(object)
    cure_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        self.list.setObjectName("problems")
        self.list.setAccessibleName(tr("What is wrong with the recipe"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setIconSize(QSize(round(unit()), round(unit())))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_BesideButtons(self.list))
        self.list.itemActivated.connect(self._on_item)
        self.list.itemClicked.connect(self._on_item)
        self.list.viewport().setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        self._problems: tuple[tuple[str, Problem], ...] = ()
        self._cures: dict[str, Cure] = {}
        self.buttons: dict[Button, Cure] = {}
        self.hide()

    def show_problems(self, problems: Sequence[tuple[str, Problem]], cures: Mapping[str, Cure] = NO_CURES) -> None:
        """Show problems, each with the name of what it is about, and where its field has a cure, a button for it."""
        if (tuple(problems), dict(cures)) == (self._problems, self._cures):
            return
        self._problems, self._cures, self.buttons = tuple(problems), dict(cures), {}
        self.list.clear()
        offered: set[str] = set()
        for where, problem in self._problems:
            what = _without(problem.what, where)  # which it names already
            told = sentences(tr("{where}: {what}", where=where, what=what), problem.remedy)
            item = QListWidgetItem(icon("warning", "warning"), told)
            item.setToolTip(unmarked(str(problem)))
            item.setData(Qt.ItemDataRole.UserRole, problem)
            self.list.addItem(item)
            cure = cures.get(field_of(problem))
            if cure is not None and cure.field not in offered:
                offered.add(cure.field)
                self._offer(item, cure, told)
        rows = min(ROWS_IN_SIGHT, len(self._problems))
        self.list.setFixedHeight(sum(max(self.list.sizeHintForRow(row), 1) for row in range(rows)) + 6)
        self.setVisible(bool(self._problems))

    def _offer(self, item: QListWidgetItem, cure: Cure, told: str) -> None:
        made = button("cure_problem", cure.label)
        made.setAccessibleDescription(told)
        made.clicked.connect(self._on_cure)
        beside = QWidget()
        row = QHBoxLayout(beside)
        row.setContentsMargins(round(unit() * 0.5), 1, 0, 1)
        row.addStretch(1)
        row.addWidget(made)
        item.setSizeHint(QSize(0, made.sizeHint().height() + 2))
        self.list.setItemWidget(item, beside)
        self.setTabOrder(next(reversed(self.buttons), self.list), made)
        self.buttons[made] = cure

    @Slot()
    def _on_cure(self) -> None:
        pressed = self.sender()
        if isinstance(pressed, Button):
            self.cure_wanted.emit(self.buttons[pressed])

    @Slot(QListWidgetItem)
    def _on_item(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))


def _without(what: str, where: str) -> str:
    """A problem's sentence without the name of the task before it, which is shown already."""
    task = where.removeprefix(tr("Task {name}", name=""))
    return next((what.removeprefix(f"{task}{colon}") for colon in (": ", "：") if what.startswith(task + colon)), what)
