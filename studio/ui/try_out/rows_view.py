"""Held-out rows to browse and to ask: a row is read as evaluations read it, and judged by its task's metric."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.core.foreign.visible_text import one_line
from studio.core.run.run_record import RunRecord
from studio.core.words import mark, tr
from studio.ui.controls.graded_table import fit_short_columns
from studio.ui.controls.widgets import ElidedText, WrappedText, button
from studio.ui.theme import unit
from studio.ui.try_out.rows_model import RowsModel, kept_rows, with_found

EVERY_TASK = mark("All tasks")
VERDICTS: dict[str, bool | None] = {mark("All rows"): None, mark("Wrong"): False, mark("Right"): True}
HINT = mark("A row is asked alone, and judged by its task's metric.")
NONE_YET = mark("No answers to held-out rows were kept. “Find rows” reads them from the tasks’ files.")


class RowsView(QWidget):
    """`asked` brings task, row, prompt and expected answer; `search_wanted` asks for the tasks' files to be read."""

    asked = Signal(str, int, str, str)
    search_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = RowsModel()
        self._found: dict[str, Any] = {}
        self.task = self._choice("try_rows_task", tr("The task whose rows are shown"), [tr(EVERY_TASK)])
        self.verdict = self._choice(
            "try_rows_verdict", tr("Right or wrong in the newest evaluation"), [tr(each) for each in VERDICTS]
        )
        self.words = QLineEdit()
        self.words.setObjectName("try_rows_words")
        self.words.setAccessibleName(tr("Words in the rows"))
        self.words.setPlaceholderText(tr("Search"))
        self.words.setClearButtonEnabled(True)
        self.words.textChanged.connect(self._on_chosen)
        self.find_rows = button(
            "try_find_rows", tr("Find rows"), "search", "quiet", tr("Read more rows from the tasks' files")
        )
        self.find_rows.clicked.connect(self.search_wanted)
        self.ask = button("try_ask_row", tr("Ask this row"), "play", "primary", tr("Ask it, and judge the answer"))
        self.ask.setEnabled(False)
        self.ask.clicked.connect(self._on_ask)
        self.table = self._made_table()
        self._none = WrappedText(tr(NONE_YET), "faint")
        self.said = ElidedText(tr(HINT), "faint")
        self.said.setObjectName("try_rows_said")
        head = QHBoxLayout()
        head.setSpacing(round(unit() * 0.5))
        for each in (self.task, self.verdict):
            head.addWidget(each)
        head.addWidget(self.words, 1)
        head.addWidget(self.find_rows)
        head.addWidget(self.ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.5))
        column.addLayout(head)
        column.addWidget(self._none)
        column.addWidget(self.table, 1)
        column.addWidget(self.said)
        self.model.modelReset.connect(self._on_reset)
        self._on_reset()

    def _made_table(self) -> QTableView:
        table = QTableView()
        table.setObjectName("try_rows")
        table.setAccessibleName(tr("Held-out rows"))
        table.setModel(self.model)
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(unit() * 1.8))
        header, modes = table.horizontalHeader(), QHeaderView.ResizeMode
        for column, mode in enumerate((modes.Fixed, modes.Fixed, modes.Stretch, modes.Interactive)):
            header.setSectionResizeMode(column, mode)
        header.resizeSection(3, round(unit() * 12))
        table.selectionModel().currentRowChanged.connect(self._on_row)
        table.doubleClicked.connect(self._on_ask)
        return table

    def _choice(self, name: str, spoken: str, words: list[str]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName(spoken)
        box.setToolTip(spoken)
        box.addItems(words)
        box.currentIndexChanged.connect(self._on_chosen)
        return box

    def show_record(self, record: RunRecord) -> None:
        """Show the rows that the run's evaluations kept."""
        self.model.show_rows(with_found(kept_rows(record.answers), self._found))
        self._show_tasks()

    def show_found(self, found: dict[str, Any]) -> None:
        """Show the rows that were found in the tasks' files."""
        self._found = found
        self.model.show_rows(with_found(self.model.all_rows, found))
        self._show_tasks()
        if not found:
            self._none.setText(tr("None of the run's tasks has held-out rows."))

    @Slot(str)
    def tell(self, sentence: str) -> None:
        """Say what is being done to find rows, or why none were found; "" when that is over."""
        self.said.setText(one_line(sentence) or tr(HINT))

    def _show_tasks(self) -> None:
        names = [tr(EVERY_TASK), *self.model.tasks]
        if [self.task.itemText(row) for row in range(self.task.count())] != names:
            chosen = self.task.currentText()
            was = self.task.blockSignals(True)
            self.task.clear()
            self.task.addItems(names)
            self.task.setCurrentIndex(max(0, self.task.findText(chosen)))
            self.task.blockSignals(was)
            self._on_chosen()

    @Slot()
    def _on_chosen(self) -> None:
        task = self.task.currentText() if self.task.currentIndex() > 0 else ""
        verdict = list(VERDICTS.values())[max(0, self.verdict.currentIndex())]
        self.model.choose(task, verdict, self.words.text().strip())

    @Slot()
    def _on_reset(self) -> None:
        fit_short_columns(self.table, self.model)
        self.ask.setEnabled(False)
        self._none.setVisible(not self.model.rows)
        self.table.setVisible(bool(self.model.rows))
        if self.model.all_rows:
            self._none.setText(tr("None of the rows is of this kind."))

    @Slot(QModelIndex, QModelIndex)
    def _on_row(self, index: QModelIndex, _before: QModelIndex) -> None:
        self.ask.setEnabled(index.isValid())

    @Slot()
    def _on_ask(self) -> None:
        index = self.table.currentIndex()
        if index.isValid() and index.row() < len(self.model.rows):
            row = self.model.rows[index.row()]
            self.asked.emit(row.task, row.row, row.prompt, row.expected)
