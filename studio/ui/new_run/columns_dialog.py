"""Which column of a task's file is what: guesses, a choice, and the first rows as they would be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.recipe.column_mapping import ColumnMapping
from studio.core.words import in_a_row, listed, mark, sentences, tr
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.flow_layout import FlowLayout
from studio.ui.controls.widgets import ElidedText, Text, WrappedText, button
from studio.ui.new_run.row_preview import RowPreview
from studio.ui.new_run.task_facts import TaskFacts, sentence
from studio.ui.theme import unit

KINDS: dict[str, tuple[str, ...]] = {
    mark("A question and its answer"): ("prompt", "completion", "system"),
    mark("A text and its label"): ("prompt", "label", "system"),
    mark("A multiple choice"): ("prompt", "choices", "answer", "system"),
    mark("A conversation"): ("messages", "system", "tools"),
    mark("Running text"): ("text",),
}
"""The kinds of rows, and the parts of a mapping that each has."""
MAY_LACK = ("system", "tools")
PAUSE_MS = 350
SHOWN_ROWS = 3
SHOWN_COLUMNS = 50  # in the table: thousands of them would hold the window
HELP = mark(
    "Choose a column for each part, or write a template with columns in braces, such as {context} and {question}."
    " Nothing is changed before you press Use these columns."
)


class ColumnsDialog(FittedDialog):
    """Chooses a mapping; `try_wanted` asks for its first rows, `chosen` brings it, or "auto", once it is accepted."""

    try_wanted = Signal(object)
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("columns_dialog")
        self._asked: dict[str, str] | None = None  # the mapping whose rows are awaited
        self._shown: dict[str, str] | None = None  # the mapping whose rows are shown
        self._filling = False
        self.heading = ElidedText("", size=1.25, strong=True)
        self.records = QTableWidget()
        self.records.setObjectName("records")
        self.records.setAccessibleName(tr("The first rows of the file"))
        self.records.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.records.setWordWrap(False)
        self.records.setFrameShape(QFrame.Shape.NoFrame)
        self.records.setTabKeyNavigation(False)
        self.records.verticalHeader().setVisible(False)
        self.records.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.records.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.records.setShowGrid(False)
        self.hidden = WrappedText("", "quiet")
        self.hidden.setObjectName("hidden_columns")
        self._names = QStringListModel(self)  # the columns, for the lists of all parts
        self.guesses = QWidget()
        self._guess_flow = FlowLayout(self.guesses)
        self.kind = QComboBox()
        self.kind.setObjectName("row_kind")
        self.kind.setAccessibleName(tr("What a row is"))
        for kind in KINDS:
            self.kind.addItem(tr(kind), kind)
        self.parts: dict[str, QComboBox] = {}
        self._labels: dict[str, Text] = {}
        self.said = WrappedText("", "quiet")
        self.said.setObjectName("columns_said")
        self.previews = [RowPreview(pressable=False) for _ in range(SHOWN_ROWS)]
        self.use = button("use_columns", tr("Use these columns"), "check", "primary")
        self.auto = button(
            "auto_columns", tr("Read automatically"), "reset", "quiet", tr("Let the studio recognise the columns")
        )
        self.cancel = button("cancel_columns", tr("Cancel"), look="quiet")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._try)
        self._lay_out()
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.use.clicked.connect(self._on_use)
        self.auto.clicked.connect(self._on_auto)
        self.cancel.clicked.connect(self.reject)
        self._show_kind()

    def show_task(self, name: str, facts: TaskFacts, mapping: Mapping[str, str] | None) -> None:
        """Show a task's columns, with its present mapping or the likeliest guess."""
        self.setWindowTitle(tr("Columns of {task}", task=name))
        self.heading.setText(tr("Columns of {task}", task=name))
        self.resize(self.sizeHint())  # Qt itself opens no dialog on more than two thirds of a screen
        self._show_records(facts)
        self._filling = True
        self._names.setStringList(["", *facts.columns])
        self._filling = False
        self._show_guesses(facts)
        first = dict(facts.guesses[0]) if facts.guesses else {}
        self._fill(mapping or first)

    def mapping(self) -> dict[str, str]:
        """What is chosen now: the parts that are not empty."""
        names = KINDS[self.kind.currentData()]
        return {name: text for name in names if (text := self.parts[name].currentText().strip())}

    def show_tried(self, facts: TaskFacts) -> None:
        """Show the first rows as they are read with the mapping that was asked for; late answers are ignored."""
        if self._asked is None or self._asked != self.mapping():
            return
        rows = [row for row in facts.rows if not row.left_out][:SHOWN_ROWS]
        for preview, row in zip(self.previews, [*rows, *[None] * (SHOWN_ROWS - len(rows))], strict=True):
            preview.show_row(row)
        found = facts.problems or facts.warnings
        if found:
            self.said.setText("\n".join(sentences(sentence(each.what), each.remedy) for each in found[:3]))
        else:
            self.said.setText(tr("The first rows are read like this; the green part is learned."))
        self.said.set_role("danger" if facts.problems else "warning" if found else "good")
        self._shown = self._asked if rows and not facts.problems else None
        self.use.setEnabled(self._shown is not None)

    def _lay_out(self) -> None:
        pad = round(unit())
        grid = QGridLayout()
        grid.setHorizontalSpacing(round(unit()))
        grid.setVerticalSpacing(round(unit() * 0.4))
        grid.setColumnStretch(1, 1)
        grid.addWidget(Text(tr("A row is"), "quiet"), 0, 0)
        grid.addWidget(self.kind, 0, 1)
        for number, (name, field) in enumerate(ColumnMapping.model_fields.items(), 1):
            combo = QComboBox()
            combo.setEditable(True)
            combo.setModel(self._names)
            combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
            combo.setObjectName(f"column_{name}")
            combo.setAccessibleName(tr(field.title or name))
            combo.setToolTip(tr(field.description or name))
            combo.currentTextChanged.connect(self._on_edited)
            self.parts[name] = combo
            self._labels[name] = Text(tr(field.title or name), "quiet")
            self._labels[name].setToolTip(tr(field.description or name))
            grid.addWidget(self._labels[name], number, 0)
            grid.addWidget(combo, number, 1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.6))
        column.addWidget(WrappedText(tr(HELP), "quiet"))
        column.addWidget(self.records)
        column.addWidget(self.hidden)
        column.addWidget(self.guesses)
        column.addLayout(grid)
        column.addWidget(Text(tr("As they will be read"), size=0.97, strong=True))
        for preview in self.previews:
            column.addWidget(preview)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        foot = QHBoxLayout()
        foot.addWidget(self.auto)
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.use)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(pad, pad, pad, pad)
        outer.setSpacing(round(unit() * 0.6))
        outer.addWidget(self.heading)
        outer.addWidget(area, 1)
        outer.addWidget(self.said)  # at the foot: in the smallest window it still says why nothing can be used
        outer.addLayout(foot)
        self.setMinimumSize(round(unit() * 34), round(unit() * 24))

    def sizeHint(self) -> QSize:
        parent = self.parentWidget()
        window = parent.window().size() if parent is not None else QSize(1200, 800)
        return QSize(round(min(window.width() * 0.8, unit() * 64)), round(window.height() * 0.86))

    def _show_records(self, facts: TaskFacts) -> None:
        columns = facts.columns[:SHOWN_COLUMNS]
        self.hidden.setText(
            tr(
                "These are the first {shown} of {total:,} columns; the lists below have all of them.",
                shown=len(columns),
                total=len(facts.columns),
            )
        )
        self.hidden.setVisible(len(columns) < len(facts.columns))
        self.records.setColumnCount(len(columns))
        self.records.setRowCount(len(facts.records))
        self.records.setHorizontalHeaderLabels([one_line(name) for name in columns])
        for row, record in enumerate(facts.records):
            for column, name in enumerate(columns):
                text = str(record.get(name, ""))
                item = QTableWidgetItem(one_line(text[:200]))
                item.setToolTip(unmarked(text[:1000]))
                self.records.setItem(row, column, item)
        high = self.records.verticalHeader().defaultSectionSize()
        head = self.records.horizontalHeader()
        bar = self.records.horizontalScrollBar().sizeHint().height()
        self.records.setFixedHeight(head.sizeHint().height() + high * len(facts.records) + bar + 4)
        head.setStretchLastSection(False)  # which would keep an earlier task's width for it
        most = round(unit() * (30 if len(columns) < 4 else 14))
        for column in range(len(columns)):
            needed = max(self.records.sizeHintForColumn(column), head.sectionSizeHint(column))
            self.records.setColumnWidth(column, min(needed, most))
        head.setStretchLastSection(True)

    def _show_guesses(self, facts: TaskFacts) -> None:
        while (item := self._guess_flow.takeAt(0)) is not None:
            if (gone := item.widget()) is not None:
                gone.deleteLater()
        if facts.guesses:
            title = Text(tr("Guesses:"), "quiet")
            title.setMinimumHeight(self.use.sizeHint().height())
            self._guess_flow.addWidget(title)
        for number, guess in enumerate(facts.guesses, 1):
            parts = ((self._labels[part].text(), text) for part, text in guess.items() if part in self._labels)
            told = in_a_row(*(f"{part} = {text}" for part, text in parts)).replace("\n", " ")
            made = button(
                f"guess_{number}", one_line(told), "", hint=tr("Try this guess: {why}", why=guess.get("why", ""))
            )
            made.setProperty("guess", dict(guess))
            made.clicked.connect(self._on_guess)
            self._guess_flow.addWidget(made)
        self.guesses.setVisible(bool(facts.guesses))
        self.guesses.updateGeometry()

    def _fill(self, mapping: Mapping[str, Any]) -> None:
        self._filling = True
        kind = next(
            (kind for kind, names in KINDS.items() if all(part in (*names, "why") for part in mapping)),
            next(iter(KINDS)),
        )
        self.kind.setCurrentIndex(self.kind.findData(kind))
        for name, combo in self.parts.items():
            combo.setCurrentText(str(mapping.get(name) or ""))
        self._filling = False
        self._show_kind()
        self._wait()

    def _show_kind(self) -> None:
        names = KINDS[self.kind.currentData()]
        for name, combo in self.parts.items():
            combo.setVisible(name in names)
            self._labels[name].setVisible(name in names)

    def _wait(self) -> None:
        """The rows that are shown are those of an earlier choice: nothing can be accepted until its own are."""
        self._asked = self._shown = None
        self.use.setEnabled(False)
        needed = [name for name in KINDS[self.kind.currentData()] if name not in MAY_LACK]
        lacking = [name for name in needed if name not in self.mapping()]
        if lacking:
            self._pause.stop()
            self.said.setText(tr("Choose what is the {parts}.", parts=listed(lacking)))
            self.said.set_role("quiet")
            for preview in self.previews:
                preview.show_row(None)
        else:
            self._pause.start()

    @Slot()
    def _try(self) -> None:
        self.said.setText(tr("Reading the first rows…"))
        self.said.set_role("quiet")
        self._asked = self.mapping()
        self.try_wanted.emit(self._asked)

    @Slot()
    def _on_kind(self) -> None:
        self._show_kind()
        if not self._filling:
            self._wait()

    @Slot()
    def _on_edited(self) -> None:
        if not self._filling:
            self._wait()

    @Slot()
    def _on_guess(self) -> None:
        sender = self.sender()
        if sender is not None:
            self._fill(sender.property("guess"))

    @Slot()
    def _on_use(self) -> None:
        if self._shown is not None:
            self.chosen.emit(self._shown)
            self.accept()

    @Slot()
    def _on_auto(self) -> None:
        self.chosen.emit("auto")
        self.accept()
