"""Right and wrong answers of the newest evaluation, to browse: a table of rows, and the chosen one in full."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QFrame, QHeaderView, QSplitter, QTableView

from studio.core.run.run_record import RunRecord
from studio.core.words import mark, tr
from studio.ui.controls.graded_table import fit_short_columns
from studio.ui.controls.reading_pane import reading_pane
from studio.ui.controls.widgets import Card, Text
from studio.ui.run.answers_model import CHOSEN, AnswersModel, answer_rows, whole
from studio.ui.theme import mono_font, unit

EVERY_TASK = mark("All tasks")


class AnswersCard(Card):
    """Shows a RunRecord's kept answers."""

    def __init__(self) -> None:
        super().__init__(tr("Answers"), tr("of the newest evaluation; wrong ones are kept first"))
        self.model = AnswersModel()
        self.task = self._choice("answers_task", tr("The task whose answers are shown"), [tr(EVERY_TASK)])
        self.kind = self._choice("answers_kind", tr("Which answers are shown"), [tr(kind) for kind in CHOSEN])
        self.table = QTableView()
        self.table.setObjectName("answers_table")
        self.table.setAccessibleName(tr("Answers to held-out rows"))
        self.table.setModel(self.model)
        self.table.setFrameShape(QFrame.Shape.NoFrame)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(round(unit() * 1.7))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for narrow in (0, 1):
            header.setSectionResizeMode(narrow, QHeaderView.ResizeMode.Fixed)
        self.detail = reading_pane("answer_in_full", tr("The chosen answer in full"))
        self.detail.setFont(mono_font(0.95))
        self.detail.setPlaceholderText(tr("Choose a row to read its question, answer and expected answer in full."))
        self._none = Text(tr("Answers appear here with the first evaluation."), "faint")
        # What a small window holds: some rows, and some lines of the one that is chosen.
        self.table.setMinimumHeight(round(unit() * 2))
        self.detail.setMinimumHeight(round(unit() * 1.5))
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.addWidget(self.table)
        self._split.addWidget(self.detail)
        self._split.setChildrenCollapsible(False)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self._split.hide()
        self.body.addWidget(self._none)
        self.body.addWidget(self._split, 1)
        self.task.currentIndexChanged.connect(self._on_chosen)
        self.kind.currentIndexChanged.connect(self._on_chosen)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.model.modelReset.connect(self._on_rows)
        self._on_rows()

    def show_record(self, record: RunRecord) -> None:
        self.model.show_rows(answer_rows(record.answers))
        names = [tr(EVERY_TASK), *self.model.tasks]
        if [self.task.itemText(place) for place in range(self.task.count())] != names:
            chosen = self.task.currentText()
            self.task.blockSignals(True)
            self.task.clear()
            self.task.addItems(names)
            self.task.setCurrentIndex(max(0, self.task.findText(chosen)))
            self.task.blockSignals(False)
            self._on_chosen()
        self._on_reset()

    def _choice(self, name: str, spoken: str, words: list[str]) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName(spoken)
        box.setToolTip(spoken)
        box.addItems(words)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.tools.addWidget(box)
        return box

    @Slot()
    def _on_chosen(self) -> None:
        task = self.task.currentText() if self.task.currentIndex() > 0 else ""
        self.model.choose(task, list(CHOSEN)[max(0, self.kind.currentIndex())])

    @Slot()
    def _on_rows(self) -> None:
        fit_short_columns(self.table, self.model)
        self._on_reset()

    @Slot()
    def _on_reset(self) -> None:
        self._split.setVisible(bool(self.model.rows))
        self._none.setVisible(not self.model.rows)
        if self.model.count:
            self._none.setText(tr("None of the kept answers is of this kind."))
        if not self.table.currentIndex().isValid():
            self.detail.clear()

    @Slot(QModelIndex, QModelIndex)
    def _on_row(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self.model.rows):
            self.detail.setPlainText(whole(self.model.rows[index.row()]))
