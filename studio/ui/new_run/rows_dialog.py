"""The rows of a task token by token: what is learned, what is read, what is cut, and how long all rows are."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.core.foreign.visible_text import one_line, unmarked
from studio.core.problem import Problem
from studio.core.token_view import SeenRow
from studio.core.words import sentences, tr
from studio.ui.charts.length_histogram import LengthHistogram
from studio.ui.controls.fitted_dialog import FittedDialog
from studio.ui.controls.token_pane import TokenLegend, TokenPane
from studio.ui.controls.widgets import ElidedText, Text, WrappedText, button
from studio.ui.new_run.task_facts import TaskFacts, sentence
from studio.ui.theme import theme, unit

MORE = 100  # rows that are added at once, and fewer where they are long
MOST_TOKENS = 100_000  # of the rows that are added at once


class RowsDialog(FittedDialog):
    """Shows one task's rows.

    `more_wanted` brings its name, how many of the first rows are there, and how many are wanted.
    """

    more_wanted = Signal(str, int, int)
    check_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rows_dialog")
        self._task = ""
        self._facts = TaskFacts()
        self._rows: tuple[SeenRow, ...] = ()
        self._shown: SeenRow | None = None  # token by token
        self._wanted = 0  # rows of the file, of the last request for more
        self._has_all = False  # whether an answer brought the file's last row
        self.heading = ElidedText("", size=1.25, strong=True)
        self.read_as = WrappedText("", "quiet")
        self.read_as.setObjectName("rows_read_as")
        self.said = WrappedText("", "warning", 0.95)
        self.said.setObjectName("rows_said")
        self.list = QListWidget()
        self.list.setObjectName("rows_list")
        self.list.setAccessibleName(tr("Rows of the task"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setUniformItemSizes(True)
        self.list.setMinimumWidth(round(unit() * 10))
        self.pane = TokenPane("token_pane")
        self.counts = Text("", "quiet", 0.95)
        self.counts.setObjectName("row_counts")
        self.histogram = LengthHistogram()
        self.more = button("more_rows", tr("More rows"), "chevron-down", "quiet", tr("Show more rows of the file"))
        self.count_all = button(
            "count_rows", tr("Check all rows"), "data", hint=tr("Read and count every row of every task")
        )
        self.close_button = button("close_rows", tr("Close"), look="primary")
        self._lay_out()
        self.list.currentRowChanged.connect(self._on_row)
        self.more.clicked.connect(self._on_more)
        self.count_all.clicked.connect(self.check_wanted)
        self.close_button.clicked.connect(self.accept)
        theme.changed.connect(self._fill)

    def show_task(self, name: str, facts: TaskFacts) -> None:
        """Show this task from its first row on."""
        self._task, self._facts = name, facts
        self.setWindowTitle(tr("Rows of {task}", task=name))
        self.heading.setText(tr("Rows of {task}", task=name))
        self.resize(self.sizeHint())  # Qt itself opens no dialog on more than two thirds of a screen
        self.list.setCurrentRow(-1)
        self._wanted, self._has_all = 0, False
        self.show_facts(facts)
        self.show_rows(facts.rows)
        self.list.setFocus()

    def show_facts(self, facts: TaskFacts) -> None:
        """Show what was found in all rows; the list stays."""
        had_words = not self._facts.has_tokens
        self._facts = facts
        if had_words and facts.has_tokens and facts.rows:
            self.show_rows(facts.rows)
        self.read_as.setText(". ".join(sentence(part) for part in (facts.reading, facts.numbers) if part))
        self._say(facts.warnings, "warning")
        self.histogram.show_bins(facts.lengths)
        self.count_all.setVisible(not facts.whole)

    def show_rows(self, rows: tuple[SeenRow, ...]) -> None:
        """Show these rows of the file's beginning; the one that is shown stays."""
        chosen = max(0, self.list.currentRow())
        self._rows = rows
        self._fill()
        self.list.setCurrentRow(min(chosen, len(rows) - 1))
        if self._shown != (rows[self.list.currentRow()] if rows else None):
            self._on_row(self.list.currentRow())
        found, count = self._facts.found, self._count
        self.more.setVisible(not self._has_all and self._facts.has_tokens and (found is None or count < found))
        self.more.setEnabled(True)

    def show_more(self, facts: TaskFacts) -> None:
        """Show the rows that were asked for, or why there are none."""
        if not facts.problems and facts.after == self._count:
            self._has_all = facts.found is not None  # rows may be fewer: some are left out while they are read
            packs = tuple(row for row in self._rows if row.seams)
            self.show_rows((*(row for row in self._rows if not row.seams), *facts.rows, *packs))
        self._say((*facts.problems, *self._facts.warnings), "danger" if facts.problems else "warning")
        self.more.setEnabled(True)

    @property
    def task(self) -> str:
        """The name of the task that is shown."""
        return self._task

    @property
    def _count(self) -> int:
        """How many rows of the file are shown; packs of them are not."""
        return sum(not row.seams for row in self._rows)

    def _say(self, found: tuple[Problem, ...], role: str) -> None:
        self.said.setText("\n".join(sentences(sentence(each.what), each.remedy) for each in found))
        self.said.set_role(role)
        self.said.setVisible(bool(found))

    def _lay_out(self) -> None:
        pad = round(unit())
        left = QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.list, 1)
        rows.addWidget(self.more)
        right = QWidget()
        shown = QVBoxLayout(right)
        shown.setContentsMargins(round(unit() * 0.5), 0, 0, 0)
        shown.setSpacing(round(unit() * 0.4))
        shown.addWidget(TokenLegend())
        shown.addWidget(self.pane, 1)
        shown.addWidget(self.counts)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.addWidget(left)
        across.addWidget(right)
        across.setStretchFactor(0, 2)
        across.setStretchFactor(1, 5)
        across.setChildrenCollapsible(False)
        foot = QHBoxLayout()
        foot.addWidget(self.count_all)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(round(unit() * 0.5))
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(round(unit() * 0.5))
        body.addWidget(self.read_as)
        body.addWidget(self.said)
        body.addWidget(across, 1)
        body.addWidget(Text(tr("Lengths of all rows"), size=0.97, strong=True))
        body.addWidget(self.histogram)
        column.addWidget(self.heading)
        column.addWidget(self.scrolled(inside), 1)
        column.addLayout(foot)
        self.setMinimumSize(round(unit() * 36), round(unit() * 26))

    def sizeHint(self) -> QSize:
        parent = self.parentWidget()
        window = parent.window().size() if parent is not None else QSize(1200, 800)
        return QSize(round(window.width() * 0.86), round(window.height() * 0.88))

    @Slot()
    def _fill(self) -> None:
        chosen = self.list.currentRow()
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for row in self._rows:
            item = QListWidgetItem(f"{row.line}  {_title(row)}")
            if row.seams:
                item.setText(tr("Packed: {rows} rows, {tokens:,} tokens", rows=len(row.seams) + 1, tokens=len(row)))
            elif row.left_out:
                item.setForeground(QColor(theme.roles.danger))
                item.setText(tr("{line}  left out: {why}", line=row.line, why=row.left_out))
            elif row.count("cut"):
                item.setForeground(QColor(theme.roles.warning))
            item.setToolTip(unmarked(item.text()))
            self.list.addItem(item)
        self.list.setCurrentRow(chosen)
        self.list.blockSignals(blocked)

    @Slot(int)
    def _on_row(self, number: int) -> None:
        row = self._rows[number] if 0 <= number < len(self._rows) else None
        self._shown = row
        self.pane.show_row(row)
        told = row.counts_text if row else ""
        if row and not self._facts.has_tokens:
            told = tr("As the file has it. Its tokens follow once the model's tokenizer is loaded.")
        if row and row.left_out:
            told = tr("Left out: {why}. It has {counts}.", why=row.left_out, counts=told)
        self.counts.setText(told)
        self.counts.set_role("danger" if row and row.left_out else "quiet")

    @Slot()
    def _on_more(self) -> None:
        self.more.setEnabled(False)
        tokens = sum(map(len, self._rows)) // max(1, len(self._rows))
        self._wanted = max(self._wanted, self._count) + max(1, min(MORE, MOST_TOKENS // max(1, tokens)))
        self.more_wanted.emit(self._task, self._count, self._wanted)


def _title(row: SeenRow) -> str:
    read, learned = row.gist(120)
    return one_line(read or learned).replace("\\n", " ")
